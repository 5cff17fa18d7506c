"""Queries that are composed once and asked many times.

Django composes the SQL of a queryset anew for each request, which takes longer than PostgreSQL
needs to answer it: half of the time of a page with ten queries. A function decorated with
`composed` is called once, with `Parameter`s for its arguments; from then on its SQL is sent with
the values.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cached_property, update_wrapper
from typing import Any, Generic, ParamSpec

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, QuerySet
from django.db.models.query import (  # type: ignore[attr-defined]  # private
    create_namedtuple_class,
)

from core.models.base import ContextTenant

P = ParamSpec("P")


class Parameter(Expression):
    """What stands for a value that is known when the query is asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


def _filled(param: object, values: dict[str, Any], tenant: ContextTenant) -> Any:
    """Return what is sent for a parameter of the composed SQL, which was another school's."""
    if isinstance(param, ContextTenant):
        return tenant
    return values[param.name] if isinstance(param, Parameter) else param


class composed(Generic[P]):  # noqa: N801 - a decorator
    """Decorate a function that returns a `values_list()`: it returns its rows, named.

    The function may only filter and annotate by its arguments, never look at them: they are
    `Parameter`s. What it does besides must not depend on the request (language, time zone, today).
    Arguments are values (ids, dates, texts), not instances.
    """

    def __init__(self, build: Callable[P, QuerySet[Any, Any]]) -> None:
        update_wrapper(self, build)
        self._build = build
        self._signature = inspect.signature(build)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[Any]:
        sql, params, make = self._query
        values = self._signature.bind(*args, **kwargs).arguments
        connection = connections[DEFAULT_DB_ALIAS]
        tenant = ContextTenant.of(connection)
        with connection.cursor() as cursor:
            cursor.execute(sql, [_filled(value, values, tenant) for value in params])
            return make(cursor.fetchall())

    @cached_property
    def _query(self) -> tuple[str, Sequence[Any], Callable[[Any], list[Any]]]:
        """Return (SQL, its parameters, a function from what is fetched to named rows)."""
        build: Any = self._build
        queryset = build(**{name: Parameter(name) for name in self._signature.parameters})
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        shown = [column for column, _sql, _alias in compiler.select[: compiler.col_count]]
        converters = compiler.get_converters(shown)
        row = create_namedtuple_class(*queryset._fields)

        def make(fetched: Any) -> list[Any]:
            rows = compiler.apply_converters(fetched, converters) if converters else fetched
            return [row._make(values) for values in rows]

        return sql, params, make
