"""How far the work on a batch has come, reported on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from django.db import connections, transaction
from procrastinate.exceptions import JobAborted

from core import jobs, rls
from exchange.imports.service import is_large
from exchange.models import ImportBatch

if TYPE_CHECKING:
    from core.database.backend.base import DatabaseWrapper


@contextmanager
def share_of(batch: ImportBatch) -> Iterator[Callable[[float], None]]:
    """Give a function that takes the share of the work (0 to 1) that is done.

    For work that goes by statements, not by rows; the share is reported as so many rows.
    """
    with progress_of(batch) as progress:

        def report(share: float) -> None:
            if progress is not None:
                progress(int(share * batch.row_count))

        yield report


@contextmanager
def progress_of(batch: ImportBatch) -> Iterator[Callable[[int], None] | None]:
    """Give a function that takes the number of rows done; None for what is not worth a bar.

    The work is one transaction, of which nothing is seen before it ends; so the number is written
    by a thread with its own connection. The function raises `JobAborted` when the worker is to
    stop.
    """
    if not is_large(batch):
        yield None
        return
    context, is_stopping = rls.current(), jobs.stopping()

    def report(rows: int) -> None:
        connection = connections["default"]
        cast("DatabaseWrapper", connection).set_context(context)
        with transaction.atomic():
            ImportBatch.objects.filter(pk=batch.pk).update(rows_done=rows)

    def progress(rows: int) -> None:
        if is_stopping():
            raise JobAborted
        thread.submit(report, rows).result()

    with ThreadPoolExecutor(1) as thread:
        try:
            yield progress
        finally:
            thread.submit(connections.close_all)
