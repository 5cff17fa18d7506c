"""The queue of jobs in a test, at which only the worker's role may look."""

import json
from contextlib import contextmanager

from django.db import connection, transaction

from core.database.roles import ACTING


@contextmanager
def as_worker():
    """Yield a cursor that works on the queue; the context that was goes on afterwards."""
    with transaction.atomic(), connection.without_context(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        [before] = cursor.fetchone()
        cursor.execute(f"SET LOCAL ROLE {ACTING['worker']}")
        try:
            yield cursor
        finally:
            cursor.execute(f"SET LOCAL ROLE {before}")


def execute(sql, params=()):
    """Run a statement as the worker; return its rows."""
    with as_worker() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def queued(task, **ids):
    """Return the arguments of the jobs of that name that wait and have these ids, in order."""
    rows = execute(
        "SELECT args FROM procrastinate_jobs"
        " WHERE status = 'todo' AND task_name = %s AND args @> %s::jsonb ORDER BY id",
        [task, json.dumps({name: str(value) for name, value in ids.items()})],
    )
    return [json.loads(args) if isinstance(args, str) else args for (args,) in rows]
