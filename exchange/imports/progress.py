"""How far the work on a batch has come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from exchange.imports.service import is_large
from exchange.models import ImportBatch
from exchange.progress import following


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
    """Give a function that takes the number of rows done; None for what is not worth a bar."""
    if not is_large(batch):
        yield None
        return

    def write(rows: int) -> None:
        ImportBatch.objects.filter(pk=batch.pk).update(rows_done=rows)

    with following(write) as progress:
        yield progress
