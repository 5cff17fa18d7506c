"""Queries that stay quick under row-level security."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, F, Field, Func, Model, QuerySet, UUIDField, Value
from django.db.models.sql import Query

from core.models.base import Row


class AnyOf(Func):
    """`column = ANY (array)`: several of them, joined by OR, are each looked up in an index.

    The array is a list of ids, or a queryset of them, which is asked once.
    """

    output_field = BooleanField()
    arity = 2

    def __init__(self, column: str, ids: Iterable[UUID] | QuerySet[Any]) -> None:
        array: Any = (
            ArraySubquery(ids)
            if isinstance(ids, QuerySet)
            else Value(list(ids), output_field=ArrayField(UUIDField()))
        )
        super().__init__(F(column), array)

    def as_sql(  # type: ignore[override]  # no template
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        (column, its), (array, more) = map(compiler.compile, self.source_expressions)
        return f"{column} = ANY ({array})", [*its, *more]


def among(model: type[Model], path: str, ids: Iterable[UUID]) -> AnyOf:
    """Return the condition that a row's relation at `path` ("class_session__school_class") is
    among the ids, without a join: relations on the way are looked up first.
    """
    first, _, rest = path.partition("__")
    if not rest:
        return AnyOf("pk" if first == "pk" else f"{first}_id", ids)
    related: Any = model._meta.get_field(first).related_model
    inner = related._base_manager.filter(among(related, rest, ids)).order_by()
    return AnyOf(f"{first}_id", inner.values("pk"))


class LeftJoinQuery(Query):
    """Joins every relation with LEFT JOIN, so that the planner keeps the order of the list's index.

    A filter across a relation still makes its join an inner one, where that is what it means.
    """

    def is_nullable(self, field: Field) -> bool:
        return field.is_relation or super().is_nullable(field)


def left_joins(queryset: QuerySet[Row]) -> QuerySet[Row]:
    """Return the queryset with `LeftJoinQuery` as its query."""
    queryset = queryset.all()
    queryset.query = queryset.query.chain(klass=LeftJoinQuery)
    return queryset
