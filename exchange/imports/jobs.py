"""Large imports in the background: checked, applied, undone by a worker, a transaction each.

A job that is killed leaves nothing behind, and begins again. Its status says what is to be done.
"""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from core import jobs, rls, unavailable
from core.models import Tenant, User
from exchange.imports import service, targets
from exchange.imports.errors import ImportRefused
from exchange.models import ImportBatch

logger = logging.getLogger(__name__)
SOURCE = "import"  # in the audit trail
WANTED_BY = "wanted_by"  # key of a batch's options
Status = ImportBatch.Status


def start_check(batch: ImportBatch) -> ImportBatch:
    """Check a batch, at once or in the background; its status says which."""
    if targets.is_table(batch.target) and not service.is_large(batch):
        return service.check(batch)
    batch.status, batch.rows_done, batch.error = Status.CHECKING, 0, None
    batch.save()
    queue_check(batch)
    return batch


def start_apply(batch: ImportBatch, by: User) -> ImportBatch:
    """Apply a batch, at once or in the background; its status says which."""
    service.require_applicable(batch)
    if targets.is_table(batch.target) and not service.is_large(batch):
        return service.apply(batch, by)
    batch.status, batch.rows_done = Status.RUNNING, 0
    batch.save()
    queue_apply(batch, by)
    return batch


def start_undo(batch: ImportBatch, by: User) -> ImportBatch:
    """Undo a batch, at once or in the background; its status says which.

    Raises what `undo` does; in the background a refusal comes to stand on the batch, which is
    "applied" again then.
    """
    if not service.is_large(batch):
        return service.undo(batch, by)
    # A second click must not wait for the lock that the job holds while it works.
    batch.refresh_from_db()
    service.require_undoable(batch)
    with service.alone(batch):
        service.require_rights(batch.target, by)
        service.require_undoable(batch)
        batch.status, batch.rows_done, batch.error = Status.UNDOING, 0, None
        batch.save()
        _note(batch, by)
        _queue(undo_import, batch, by.pk)
    return batch


def queue_check(batch: ImportBatch) -> None:
    """Queue the check of a batch in the current transaction."""
    _queue(check_import, batch, batch.requested_by_id)


def queue_apply(batch: ImportBatch, by: User) -> None:
    """Queue the applying of a batch in the current transaction."""
    _note(batch, by)
    _queue(apply_import, batch, by.pk)


def _note(batch: ImportBatch, by: User) -> None:
    """Note who wants it in the row, which the policies guard: a job alone is nobody's word."""
    batch.options = {**(batch.options or {}), WANTED_BY: str(by.pk)}
    batch.save(update_fields=["options"])


def _queue(task: Any, batch: ImportBatch, user_id: UUID) -> None:
    # Two imports into one school at once would each miss what the other makes.
    jobs.defer(task, lock="imports", user_id=user_id, batch_id=batch.pk)


def check(tenant_id: UUID | str, user_id: UUID | str, batch_id: UUID | str) -> None:
    """Check a batch that still waits for it."""
    _work(tenant_id, user_id, batch_id, Status.CHECKING, lambda batch, _user: service.check(batch))


def apply(tenant_id: UUID | str, user_id: UUID | str, batch_id: UUID | str) -> None:
    """Apply a batch that still waits for it."""
    _work(tenant_id, user_id, batch_id, Status.RUNNING, service.apply)


def undo(tenant_id: UUID | str, user_id: UUID | str, batch_id: UUID | str) -> None:
    """Undo a batch that still waits for it."""
    _work(tenant_id, user_id, batch_id, Status.UNDOING, service.undo)


def _work(
    tenant_id: UUID | str,
    user_id: UUID | str,
    batch_id: UUID | str,
    status: str,
    do: Callable[[ImportBatch, User], object],
) -> None:
    try:
        with jobs.job_context(tenant_id, user_id, SOURCE) as (_tenant, user):
            batch = ImportBatch.objects.filter(pk=batch_id, status=status).first()
            if batch is not None and _is_wanted_by(batch, user):
                do(batch, user)
    except jobs.JobRefused:
        _fail(tenant_id, batch_id, _("Your account or your school was closed meanwhile."))
    except PermissionDenied:
        _fail(tenant_id, batch_id, _("You are no longer allowed to do this."))
    except ImportRefused as refusal:
        _fail(tenant_id, batch_id, str(refusal))
    except unavailable.ERRORS as error:
        if not unavailable.is_full(error):
            raise
        logger.error("Import %s: %s", batch_id, unavailable.FULL)
        _fail(tenant_id, batch_id, str(unavailable.FULL))


def _is_wanted_by(batch: ImportBatch, user: User) -> bool:
    """Return whether it was this person who asked; a check is wanted by who brought the file."""
    wanted_by = str(batch.requested_by_id)
    if batch.status != Status.CHECKING:
        wanted_by = (batch.options or {}).get(WANTED_BY, "")
    return wanted_by == str(user.pk)


def give_up(tenant_id: UUID | str, user_id: UUID | str, batch_id: UUID | str) -> None:
    """Say on the batch that it failed, after the last run that did."""
    _fail(
        tenant_id,
        batch_id,
        _("Something went wrong on our side. Nothing was changed. Please try again."),
    )


def _fail(tenant_id: UUID | str, batch_id: UUID | str, sentence: str) -> None:
    """Record why it ended, in the school's own name: the person may be gone."""
    with rls.tenant_context(Tenant(pk=tenant_id), role="admin", request={"source": SOURCE}):
        batch = ImportBatch.objects.filter(pk=batch_id)
        unfinished = batch.filter(status__in=[Status.CHECKING, Status.RUNNING])
        unfinished.update(status=Status.FAILED, error=sentence)
        # What could not be undone is in the tables, as it was.
        batch.filter(status=Status.UNDOING).update(status=Status.APPLIED, error=sentence)


@jobs.task(queue="imports", retry=jobs.Retry(), given_up=give_up)
def check_import(tenant_id: UUID | str, user_id: UUID | str, batch_id: UUID | str) -> None:
    """Find out what each row of a large file would do."""
    check(tenant_id, user_id, batch_id)


@jobs.task(queue="imports", retry=jobs.Retry(), given_up=give_up)
def apply_import(tenant_id: UUID | str, user_id: UUID | str, batch_id: UUID | str) -> None:
    """Do what a large file says, all of it or nothing."""
    apply(tenant_id, user_id, batch_id)


@jobs.task(queue="imports", retry=jobs.Retry(), given_up=give_up)
def undo_import(tenant_id: UUID | str, user_id: UUID | str, batch_id: UUID | str) -> None:
    """Take back what a large import did, all of it or nothing."""
    undo(tenant_id, user_id, batch_id)
