"""Making the file of one `Export`: whole under its name, or not there at all."""

from django.db import transaction
from django.utils import timezone

from core import rls
from exchange.exports import files, kept
from exchange.exports.errors import Cancelled
from exchange.exports.kinds import KINDS, Builder
from exchange.exports.progress import Unwatched, Watched
from exchange.models import Export


def make(
    export: Export, progress: Unwatched | Watched | None = None, builder: Builder | None = None
) -> Export:
    """Make the file of `export` and save the row as ready.

    Runs in the current context, which must be that of the person who asked: the file holds what
    they may see. `progress` watches a file in the background (`progress.Watched`). `builder` stands
    in for that of the export's kind. Raises `ExportRefused`, or `Cancelled` when the person no
    longer wants it; then no file is left and the row is unchanged.
    """
    part = files.part_of(export)
    builder = builder or KINDS[export.kind].build
    started_at = export.started_at or timezone.now()
    rls.take_time()
    try:
        with transaction.atomic():
            # The watch is over before this transaction locks the row that it writes to.
            with progress or Unwatched() as watch:
                row_count = builder(export, part, watch)
            finished_at = timezone.now()
            _save(
                export,
                status=Export.Status.READY,
                row_count=row_count,
                rows_done=row_count,
                file_size=part.stat().st_size,
                started_at=started_at,
                finished_at=finished_at,
                expires_at=finished_at + kept.FILES.time(),
                # Since it was asked for they may have got another: it is for who has this one.
                requester_role=export.requested_by.role,
            )
            files.settle(export)
    finally:
        part.unlink(missing_ok=True)
    return export


def _save(export: Export, **values: object) -> None:
    """Write the row, unless its person has cancelled it meanwhile."""
    for name, value in values.items():
        setattr(export, name, value)
    if export._state.adding:
        export.save(force_insert=True)
        return
    cancelled = Export.Status.CANCELLED
    if not Export.objects.filter(pk=export.pk).exclude(status=cancelled).update(**values):
        raise Cancelled
