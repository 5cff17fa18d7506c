"""Asking for a file: small ones are made at once, large ones in the background."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from core import jobs, rls
from core.models import User
from exchange.exports import files, kept, pdf_file
from exchange.exports.background import make_export
from exchange.exports.kinds import KINDS
from exchange.exports.run import make
from exchange.models import Export


def request(
    *,
    kind: str,
    template_id: str,
    by: User,
    title: str | None = None,
    file_format: str = "zip",
    filters: dict[str, Any] | None = None,
    sort: str | None = None,
    selection: list[str] | None = None,
    origin: str = Export.Origin.PERSON,
    background: bool | None = None,
) -> Export:
    """Ask for a file in the context of `by`; return its `Export`, ready or queued.

    `template_id` ("user_roster_v1") with `filters`, `sort` and `selection` (ids as text, or None
    for all that the filters let through) is what makes the file again. `title` names the file.
    `background` None: by the number of rows (more than EXPORT_BACKGROUND_ROWS, or a kind that
    cannot be counted before); False: now; True: queued. Raises `ExportRefused`.

    The job is queued in the current transaction: it exists when that commits.
    """
    now = timezone.now()
    export = Export(
        kind=kind,
        template_id=template_id,
        template_version=template_id.rpartition("_v")[2] if "_v" in template_id else "1",
        filename=_filename(title or template_id, file_format),
        file_format=file_format,
        filters=filters,
        sort=sort,
        selection=selection,
        origin=origin,
        requested_by=by,
        requester_role=by.role,
        expires_at=now + kept.FILES.time(),
    )
    export.tenant_id = rls.current_tenant_id()
    if _is_large(export) if background is None else background:
        export.status = Export.Status.QUEUED
        export.save(force_insert=True)
        queue(export)
        return export
    # What is handed over at once needs no notice.
    export.noticed_at = now if origin == Export.Origin.PERSON else None
    return make(export)


def queue(export: Export) -> None:
    """Queue the job that makes the file; of one person's files one at a time is made."""
    jobs.defer(
        make_export,
        lock=f"exports-{export.requested_by_id}",
        user_id=export.requested_by_id,
        export_id=export.pk,
    )


def wants(export: Export) -> dict[str, Any]:
    """Return what `request` takes to make the same file again."""
    return {
        "kind": export.kind,
        "template_id": export.template_id,
        "title": export.filename.rsplit("-", 4)[0],  # as _filename made it
        # Of rows from before there was a choice the name alone says.
        "file_format": export.file_format or export.filename.rpartition(".")[2],
        "filters": export.filters,
        "sort": export.sort,
        "selection": export.selection,
    }


def retry(export: Export) -> bool:
    """Queue a failed export again; return whether it had failed."""
    failed = Export.objects.filter(pk=export.pk, status=Export.Status.FAILED)
    again = failed.update(
        status=Export.Status.QUEUED,
        error=None,
        rows_done=0,
        rows_total=None,
        started_at=None,
        finished_at=None,
        noticed_at=None,
    )
    if again:
        queue(export)
    return bool(again)


def cancel(export: Export) -> bool:
    """Cancel an export that is not finished; return whether it was unfinished.

    Whoever makes the file notices within seconds.
    """
    unfinished = Export.objects.unfinished().filter(pk=export.pk)
    return bool(unfinished.update(status=Export.Status.CANCELLED, finished_at=timezone.now()))


def delete(export: Export) -> None:
    """Delete an export, and its file when that is final; one being made comes to nothing."""
    gone = Export(pk=export.pk, tenant_id=export.tenant_id, filename=export.filename)
    export.delete()
    transaction.on_commit(lambda: files.remove(gone))


def record(
    *,
    kind: str,
    template_id: str,
    by: User,
    filename: str,
    row_count: int,
    file_size: int | None = None,
    filters: dict[str, Any] | None = None,
    sort: str | None = None,
) -> Export:
    """Record a file that a command has written elsewhere, in the context of `by`.

    There is nothing to fetch, so that it does not expire: it says who took what out, and when.
    """
    now = timezone.now()
    suffix = filename.rpartition(".")[2]
    return Export.objects.create(
        kind=kind,
        template_id=template_id,
        template_version=template_id.rpartition("_v")[2] if "_v" in template_id else "1",
        filename=filename[-255:],
        file_format=suffix if suffix in ("csv", "xlsx", "pdf", "zip") else None,
        file_size=file_size,
        row_count=row_count,
        filters=filters,
        sort=sort,
        origin=Export.Origin.COMMAND,
        requested_by=by,
        requester_role=by.role,
        started_at=now,
        finished_at=now,
        noticed_at=now,
    )


def _is_large(export: Export) -> bool:
    source_of = KINDS[export.kind].source
    if source_of is None:
        return True
    limit = settings.EXPORT_BACKGROUND_ROWS
    if export.file_format != "pdf":
        return source_of(export).count(limit + 1) > limit
    count = source_of(export).count(max(limit, pdf_file.MAX_ROWS) + 1)
    pdf_file.refuse_beyond_limit(count)  # now, not in a job that can only fail
    return count > limit


def _filename(title: str, file_format: str) -> str:
    name = slugify(title, allow_unicode=True) or "export"
    return f"{name}-{timezone.localtime():%Y-%m-%d-%H%M}.{file_format}"
