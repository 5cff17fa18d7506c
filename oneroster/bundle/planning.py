"""Advice to PostgreSQL's planner for work on a whole school at once."""

from contextlib import contextmanager

from django.db import connection

from core.database.backend.cursors import Several


@contextmanager
def many_rows():
    """Plan the block's statements for many rows, including the subqueries of the policies.

    A school that was filled a moment ago has no statistics yet: the planner expects one row in
    every table and chooses nested loops, which take minutes where hashing takes a second. Do not
    use it for writing enrollments: their trigger counts class by class and would become slower.
    Needs a transaction; a rollback of the block restores the settings, too.
    """
    with connection.cursor() as cursor:
        # Up to PostgreSQL 17 a plan with a disabled node costs so much that JIT would start.
        cursor.execute(Several("SET LOCAL enable_nestloop = off; SET LOCAL jit = off"))
    yield
    with connection.cursor() as cursor:
        cursor.execute(Several("SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL jit TO DEFAULT"))
