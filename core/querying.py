"""Queries that stay quick under row-level security."""

from django.db.models.sql import Query


class LeftJoinQuery(Query):
    """Joins every relation with LEFT JOIN, so that the planner keeps the order of the list's index.

    A filter across a relation still makes its join an inner one, where that is what it means.
    """

    def is_nullable(self, field):
        return field.is_relation or super().is_nullable(field)


def left_joins(queryset):
    """Return the queryset with `LeftJoinQuery` as its query."""
    queryset = queryset._chain()
    queryset.query = queryset.query.chain(klass=LeftJoinQuery)
    return queryset
