"""Advice to PostgreSQL's planner for work on a whole school at once."""

from contextlib import contextmanager

from django.db import connection


@contextmanager
def many_rows():
    """Have the block's statements planned for many rows, triggers and policies included.

    Of a school that was filled a moment ago the statistics know nothing: the planner expects one
    row of everything and joins by comparing each row with each, minutes where hashing takes a
    second. Needs a transaction; a rollback of the block ends it, too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
