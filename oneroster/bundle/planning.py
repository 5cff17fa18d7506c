"""Advice to PostgreSQL's planner for work on a whole school at once."""

from contextlib import contextmanager

from django.db import connection


@contextmanager
def many_rows():
    """Have the block's statements planned for many rows, those of the policies included.

    Of a school that was filled a moment ago the statistics know nothing: the planner expects one
    row of everything and joins by comparing each row with each, minutes where hashing takes a
    second. Not for writing enrollments, whose trigger counts class by class and is slower so.
    Needs a transaction; a rollback of the block ends it, too.
    """
    with connection.cursor() as cursor:
        # Up to PostgreSQL 17 what is off costs so much that plans would be compiled.
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL jit TO DEFAULT")
