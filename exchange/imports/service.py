"""The life of a batch: staged, checked, applied or discarded, undone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import permissions, rls
from core.models import User
from exchange.imports.errors import ImportRefused
from exchange.imports.mapping import guess_mapping
from exchange.imports.matching import as_mapping
from exchange.imports.targets import handler_for, is_table
from exchange.imports.uploads import SUFFIXES, Sheet, Upload, UploadRefused
from exchange.models import ImportBatch
from exchange.resources import resource_for

Status = ImportBatch.Status
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
# What may still be thrown away: nothing of it is in the tables of the school.
UNAPPLIED = (Status.CHECKING, Status.PREVIEWED, Status.REFUSED, Status.FAILED)


def stage(
    upload: File,
    target: str,
    by: User,
    mapping: Mapping[str, str | None] | None = None,
    options: Mapping[str, str] | None = None,
) -> ImportBatch:
    """Keep an uploaded file (`name`, `read(size)`) and return its `ImportBatch`, to be checked.

    `mapping` {header: column or None} where the person chose it, else it is guessed; `options`:
    "encoding" and "delimiter" of a CSV where they are not to be detected. Raises `UploadRefused`
    for a file that cannot be read; a column that is missing is said by `mapping_problems`.
    """
    require_rights(target, by)
    name = upload.name or ""
    _require_suffix(name, target)
    batch = ImportBatch(
        target=target,
        filename=name[-255:],
        mapping=mapping,
        options=dict(options or {}),
        requested_by=by,
    )
    batch.tenant_id = rls.current_tenant_id()
    kept = kept_upload(batch)
    batch.digest = kept.save(upload)
    try:
        if is_table(target):
            _look_into(batch, open_sheet(batch))
        batch.save(force_insert=True)
    except BaseException:
        kept.remove()
        raise
    return batch


def require_rights(target: str, by: User) -> None:
    """Who may add and change rows may import them; the database decides about each row.

    What fills more than one table is for the people's office.
    """
    if is_table(target):
        model = apps.get_model(target)
        opts, actions = model._meta, resource_for(model).import_actions
        needed = [f"{opts.app_label}.{what}_{opts.model_name}" for what in actions]
        if not all(permissions.allowed(by, name) for name in needed):
            raise PermissionDenied
    elif not by.is_people_office:
        raise PermissionDenied


def _require_suffix(name: str, target: str) -> None:
    if is_table(target) and not name.lower().endswith(SUFFIXES):
        raise UploadRefused(
            _("Only .csv and .xlsx files can be imported; “%(name)s” is neither.") % {"name": name}
        )


def _look_into(batch: ImportBatch, sheet: Sheet) -> None:
    batch.options = (batch.options or {}) | {
        "encoding": sheet.encoding,
        "delimiter": sheet.delimiter,
    }
    batch.remarks = [sheet.note] if sheet.note else []
    if batch.mapping is None:
        batch.mapping = as_mapping(guess_mapping(batch.target, sheet.headers))
    # To go through an XLSX takes as long as to check it: only so far as to know how it is done.
    limit = settings.IMPORT_BACKGROUND_ROWS + 1 if sheet.is_xlsx else None
    batch.row_count = sheet.count(limit)


def kept_upload(batch: ImportBatch) -> Upload:
    """Return where the file of a batch is kept."""
    return Upload(batch.tenant_id, batch.requested_by_id, batch.pk)


def open_sheet(batch: ImportBatch) -> Sheet:
    """Return the `Sheet` of a batch; raises `UploadRefused` when its file is gone."""
    options = batch.options or {}
    return Sheet(
        kept_upload(batch).verified(batch.digest),
        batch.filename,
        options.get("encoding", ""),
        options.get("delimiter", ""),
    )


def headers(batch: ImportBatch) -> list[str]:
    """Return the headers of the file; raises `UploadRefused` when it is gone."""
    return open_sheet(batch).headers


def sample(batch: ImportBatch, count: int = 5) -> list[list[Any]]:
    """Return the cells of the first rows, as many as there are headers."""
    sheet = open_sheet(batch)
    rows = []
    for _number, cells in sheet:
        rows.append((cells + [None] * len(sheet.headers))[: len(sheet.headers)])
        if len(rows) == count:
            break
    return rows


def remap(
    batch: ImportBatch,
    mapping: Mapping[str, str | None] | None,
    options: Mapping[str, Any] | None = None,
) -> ImportBatch:
    """Read the file by another mapping, or other options, from now on; it is to be checked again.

    Raises `UploadRefused`, or `ImportRefused` for what is applied already.
    """
    _require(batch, UNAPPLIED, _("This import was already applied."))
    batch.mapping, batch.options = mapping, dict(batch.options or {}) | dict(options or {})
    _look_into(batch, open_sheet(batch))
    batch.status, batch.error = Status.CHECKING, None
    batch.save()
    return batch


def is_large(batch: ImportBatch) -> bool:
    """Return whether the batch is worked on in the background."""
    return batch.row_count > settings.IMPORT_BACKGROUND_ROWS


def check(batch: ImportBatch) -> ImportBatch:
    """Find out what each row of the file would do, without doing it.

    The batch is "previewed" then, with its counts and rows, or "refused" with its `error`.
    """
    with alone(batch):
        _require(batch, UNAPPLIED, _("This import was already applied."))
        handler_for(batch.target).check(batch)
    return batch


def apply(batch: ImportBatch, by: User) -> ImportBatch:
    """Do what the file says, all of it or nothing; the batch is "applied" or "refused" then.

    Everything is validated again: what the data has become since decides. Raises `ImportRefused`
    for a batch that is not to be applied.
    """
    with alone(batch):
        require_rights(batch.target, by)
        if batch.status != Status.RUNNING:
            require_applicable(batch)
        handler_for(batch.target).apply(batch, by)
    if batch.status == Status.APPLIED:
        kept_upload(batch).remove()
    return batch


def undo(batch: ImportBatch, by: User) -> ImportBatch:
    """Take back what an applied batch did, as a whole.

    Raises `UndoRefused` when something since depends on it, `ImportRefused` when it is not applied.
    """
    with alone(batch):
        require_rights(batch.target, by)
        if batch.status != Status.UNDOING:
            require_undoable(batch)
        handler_for(batch.target).undo(batch, by)
    return batch


def discard(batch: ImportBatch) -> None:
    """Forget a batch that was not applied, and its file."""
    with alone(batch):
        _require(batch, UNAPPLIED, _("This import was already applied."))
        kept_upload(batch).remove()
        batch.delete()


def is_busy(batch: ImportBatch) -> bool:
    """Return whether somebody works on a batch."""
    is_checked = batch.status == Status.CHECKING and batch.rows_done > 0
    return is_checked or batch.status in (Status.RUNNING, Status.UNDOING)


def delete(batch: ImportBatch) -> None:
    """Delete a batch and what it recorded, its file too; what it did to the tables stays.

    Raises `ImportRefused` while somebody works on it.
    """
    with alone(batch):
        if is_busy(batch):
            raise ImportRefused(
                _("“%(file)s” is being worked on; delete it afterwards.") % {"file": batch.filename}
            )
        kept = kept_upload(batch)
        batch.delete()
        transaction.on_commit(kept.remove)


def _require(batch: ImportBatch, statuses: Collection[str], sentence: str) -> None:
    if batch.status == Status.RUNNING and Status.RUNNING not in statuses:
        raise ImportRefused(_("This import is being applied."))
    if batch.status == Status.UNDOING:
        raise ImportRefused(_("This import is being undone."))
    if batch.status not in statuses:
        raise ImportRefused(sentence)


def require_applicable(batch: ImportBatch) -> None:
    _require(batch, [Status.PREVIEWED], _("This import is not ready to be applied."))
    if batch.rejected_count:
        raise ImportRefused(_("All rows go in, or none: some of them are rejected."))


def require_undoable(batch: ImportBatch) -> None:
    if batch.status == Status.UNDONE:
        raise ImportRefused(_("This import was already undone."))
    _require(batch, [Status.APPLIED], _("This import was not applied."))


@contextmanager
def alone(batch: ImportBatch) -> Iterator[None]:
    """Work on a batch as the only one, with what others made of it; the audit trail names it.

    An advisory lock, not one of the row: the progress is written by another connection.
    """
    rls.take_time()
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [str(batch.pk)])
    batch.refresh_from_db()
    with rls.noting(import_batch=str(batch.pk)):
        yield
