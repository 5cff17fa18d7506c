"""Querysets that are composed once and asked many times.

Django composes the SQL of a queryset anew for each request, which takes longer than PostgreSQL
needs to answer it: half of the time of a page with ten queries. A function decorated with
`composed` is called once, with `Parameter`s for its arguments; from then on its SQL is sent with
the values.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from functools import update_wrapper
from types import SimpleNamespace
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, QuerySet, prefetch_related_objects

from core.models.base import ContextTenant

P = ParamSpec("P")
Row = TypeVar("Row")


class Parameter(Expression):
    """What stands for a value that is known when the query is asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class composed(Generic[P, Row]):  # noqa: N801 - a decorator
    """Decorate a function that returns a queryset: it returns the list of its rows.

    The function filters and annotates by its arguments and never looks at them: they are
    `Parameter`s. Nothing else in it may depend on the request (language, time zone, today). It is
    called with values (ids, dates, texts), not with instances.
    """

    def __init__(self, build: Callable[P, QuerySet[Any, Row]]) -> None:
        update_wrapper(self, build)
        self._build = build
        self._signature = inspect.signature(build)
        self._composed: dict[str, tuple[Any, Any, str, tuple[Any, ...]]] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        values = self._signature.bind(*args, **kwargs).arguments
        connection: Any = connections[DEFAULT_DB_ALIAS]
        # A role's own: to some a column is withheld (core.models.withheld).
        if connection.acting not in self._composed:
            self._composed[connection.acting] = self._compose()
        queryset, compiler, sql, params = self._composed[connection.acting]
        tenant = ContextTenant.of(connection)
        asked = copy(compiler)
        asked.connection = connection
        filled = tuple(_filled(param, values, tenant) for param in params)
        asked.as_sql = lambda *_args, **_kwargs: (sql, filled)
        rows = list(queryset._iterable_class(_Asked(queryset, asked)))
        prefetch_related_objects(rows, *queryset._prefetch_related_lookups)
        return rows

    def _compose(self) -> tuple[Any, Any, str, tuple[Any, ...]]:
        """Return (queryset, its compiler, SQL, its parameters)."""
        build: Any = self._build
        queryset = build(**{name: Parameter(name) for name in self._signature.parameters})
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        return queryset, compiler, *compiler.as_sql()


class _Asked(SimpleNamespace):
    """What Django's iterables (of instances, dicts, tuples) want of a queryset."""

    def __init__(self, queryset: Any, compiler: Any) -> None:
        super().__init__(
            db=DEFAULT_DB_ALIAS,
            model=queryset.model,
            query=copy(queryset.query),
            _fields=queryset._fields,
            _known_related_objects={},
        )
        self.query.get_compiler = lambda *_args, **_kwargs: compiler


def _filled(param: object, values: dict[str, Any], tenant: ContextTenant) -> Any:
    """Return what is sent for a parameter of the SQL, which was composed for another school."""
    if isinstance(param, ContextTenant):
        return tenant
    return values[param.name] if isinstance(param, Parameter) else param
