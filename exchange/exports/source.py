"""What a file is made of: a query whose columns are the file's, and how each is written."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Case, CharField, F, Field, Model, QuerySet, Value, When
from django.utils.text import capfirst

from core import rls
from core.querying import left_joins
from exchange.columns import Column, Kind, Reference
from exchange.resources import resource_for

# Django's method for the label of a choice, which a column may name instead of a field.
DISPLAY = re.compile(r"get_(\w+)_display$")


class Countable(Protocol):
    """What knows how many rows a file is to have."""

    def count(self, limit: int | None = None) -> int: ...


@dataclass(frozen=True)
class Chosen:
    """So many rows as were chosen."""

    number: int

    def count(self, limit: int | None = None) -> int:
        return self.number


@dataclass(frozen=True)
class SourceColumn:
    """One column of a file: its header, and its kind (a widget of `exchange.columns`).

    One that is not `on_paper`, such as an id for other programs, is left out of a PDF.
    """

    label: str
    kind: Kind
    on_paper: bool = True


@dataclass(frozen=True)
class Source:
    """Rows on their way into a file, read under the context of whoever asks.

    `sql` with `params` (psycopg's %s) returns the columns in their order, typed as PostgreSQL has
    them. `settings` are transaction-local settings that the query reads (a report's period).
    `filters` are (label, text) pairs that explain how the rows were chosen. `unordered` is the
    same query without its order, for counting: PostgreSQL would sort for nothing.
    """

    title: str
    columns: tuple[SourceColumn, ...]
    sql: str
    params: tuple[Any, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    filters: tuple[tuple[str, str], ...] = ()
    unordered: str = ""

    def count(self, limit: int | None = None) -> int:
        """Return the number of rows, at most `limit`."""
        rows, params = self.unordered or self.sql, [*self.params]
        sql = f"SELECT count(*) FROM ({rows}) rows"  # noqa: S608
        if limit is not None:
            sql = f"SELECT count(*) FROM (SELECT FROM ({rows}) rows LIMIT %s) few"  # noqa: S608
            params.append(limit)
        with self.applied(), connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchone()[0]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Hold the settings for the block; they end with the transaction anyway."""
        self._set(self.settings)
        yield
        self._set(dict.fromkeys(self.settings, ""))

    @staticmethod
    def _set(settings: Mapping[str, str]) -> None:
        if settings:
            with connection.cursor() as cursor:
                rls.set_local(cursor, settings)


def from_queryset(queryset: QuerySet[Any]) -> Source:
    """Return the rows of `queryset`, in its order, as the columns of its model's resource.

    Every relation is a LEFT JOIN: a reader may see a row without being allowed to see everybody it
    names. Must be called inside the context that the file is made in.
    """
    resource = resource_for(queryset.model)()
    columns = resource.columns()
    rows = left_joins(queryset.select_related(None).prefetch_related(None))
    values = {f"column_{index}": _value(rows.model, c) for index, c in enumerate(columns)}
    # A filter that lets nothing through is a file without rows, not an EmptyResultSet.
    compiler = rows.values(**values).query.get_compiler(DEFAULT_DB_ALIAS, elide_empty=False)
    sql, params = compiler.as_sql()
    return Source(
        title=capfirst(str(queryset.model._meta.verbose_name_plural)),
        columns=tuple(SourceColumn(str(c.label), c.widget) for c in columns),
        sql=sql,
        params=tuple(params),
    )


def _value(model: type[Model], column: Column) -> Any:
    """Return the expression of a resource's column."""
    if column.expression:
        return column.expression()
    if isinstance(column.widget, Reference):
        return F(f"{column.attribute}__{column.widget.attribute}")
    if display := DISPLAY.match(column.attribute):
        name = display[1]
        labels = cast("Field", model._meta.get_field(name)).flatchoices
        whens = [When(**{name: value}, then=Value(str(label))) for value, label in labels]
        return Case(*whens, output_field=CharField(null=True))
    return F(column.attribute)
