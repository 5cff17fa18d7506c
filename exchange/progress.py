"""Reporting how far a long transaction has come, on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from django.db import connections, transaction
from procrastinate.exceptions import JobAborted

from core import jobs, rls

if TYPE_CHECKING:
    from core.database.backend.base import DatabaseWrapper


@contextmanager
def following(write: Callable[[int], object]) -> Iterator[Callable[[int], None]]:
    """Give a function that has `write(done)` run in the same context, and committed at once.

    The work is one transaction, of which nothing is seen before it ends; so `write` runs in a
    thread with its own connection, and must not touch rows that the work has locked. The function
    raises `JobAborted` when the worker is to stop.
    """
    context, is_stopping = rls.current(), jobs.stopping()

    def report(done: int) -> None:
        cast("DatabaseWrapper", connections["default"]).set_context(context)
        with transaction.atomic():
            write(done)

    def progress(done: int) -> None:
        if is_stopping():
            raise JobAborted
        thread.submit(report, done).result()

    with ThreadPoolExecutor(1) as thread:
        try:
            yield progress
        finally:
            thread.submit(connections.close_all)
