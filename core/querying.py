"""Queries that stay quick under row-level security."""

from django.db.models import Field, QuerySet
from django.db.models.sql import Query

from core.models.base import Row


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
