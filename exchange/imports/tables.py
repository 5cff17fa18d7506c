"""Batches that fill a table: checked, applied and undone through the table's resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from exchange.imports import bulk, record, staging, undoing
from exchange.imports.progress import progress_of, share_of
from exchange.imports.service import is_large, open_sheet
from exchange.imports.targets import resource_of
from exchange.imports.uploads import UploadRefused
from exchange.models import ImportBatch

if TYPE_CHECKING:
    from core.models import User
    from exchange.imports.resource import ImportResource
    from exchange.imports.uploads import Sheet

Status = ImportBatch.Status


class TableHandler:
    """What the service asks of a target, for the table of a model."""

    def __init__(self, target: str) -> None:
        self.target = target

    def check(self, batch: ImportBatch) -> None:
        staged = self._judge(batch, batch.requested_by)
        if staged is None:
            return
        with transaction.atomic():
            refused = staged.write()
            transaction.set_rollback(True)
        staged.reject(refused)
        record.rows(batch, staged, applied=False)
        self._count(batch, staged)
        batch.status = Status.PREVIEWED
        batch.save()

    def apply(self, batch: ImportBatch, by: User) -> None:
        staged = self._judge(batch, by)
        if staged is None:
            return
        with transaction.atomic():
            refused = staged.write()
            is_wrong = bool(refused or staged.rejected)
            transaction.set_rollback(is_wrong)
        staged.reject(refused)
        record.rows(batch, staged, applied=not is_wrong)
        self._count(batch, staged)
        if is_wrong:
            batch.status = Status.REFUSED
            batch.error = _("Since the check something has changed, and rows are rejected now.")
        else:
            batch.status, batch.applied_at = Status.APPLIED, timezone.now()
        batch.save()

    def undo(self, batch: ImportBatch, by: User) -> None:
        with share_of(batch) as report:
            undoing.undo(batch, resource_of(self.target), report)
        undoing.note(batch, by)

    def _judge(self, batch: ImportBatch, by: User) -> staging.Staging | None:
        """Return the `Staging` of the file; None when the batch is refused for the file itself."""
        resource = resource_of(self.target)(by=by)
        batch.error = None
        try:
            sheet = open_sheet(batch)
            resource.read_by(batch.mapping or {}, sheet.headers)
            with progress_of(batch) as progress:
                staged = bulk.judge(resource, sheet, whole=not is_large(batch), progress=progress)
        except UploadRefused as refusal:
            record.forget(batch)
            self._count(batch, None)
            batch.status, batch.error = Status.REFUSED, str(refusal)
            batch.save()
            return None
        batch.remarks = _remarks(sheet, resource)
        staged.remember()
        return staged

    @staticmethod
    def _count(batch: ImportBatch, staged: staging.Staging | None) -> None:
        batch.created_count = staged.created if staged else 0
        batch.changed_count = staged.changed if staged else 0
        batch.unchanged_count = staged.unchanged if staged else 0
        batch.rejected_count = staged.rejected if staged else 0
        if staged:
            batch.row_count = batch.rows_done = staged.rows
            if staged.gave_up:
                sentence = _("The database refused more than %(max)s rows; the rest was not tried.")
                batch.remarks = [
                    *(batch.remarks or []),
                    sentence % {"max": f"{staging.MOST_REFUSED:,}"},
                ]


def _remarks(sheet: Sheet, resource: ImportResource) -> list[str]:
    """Return the sentences about how the file was read."""
    remarks = [sheet.note] if sheet.note else []
    if unused := resource.unused(sheet.headers):
        remarks.append(
            _("These columns are not imported: %(names)s.") % {"names": ", ".join(unused)}
        )
    return remarks
