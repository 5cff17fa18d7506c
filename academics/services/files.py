"""Uploaded files: kept in the school's own folder under a random name, one row for each.

The row decides who may read the file (row-level security). A file is removed when the transaction
that deleted its row commits; `remove_orphans()` removes files that a crash left behind.
"""

import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models.signals import post_delete
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from academics.models import (
    Absence,
    ApplicationDocument,
    Assignment,
    AttachmentFile,
    Submission,
)
from academics.services.file_types import FileRefused, clean_name, content_type
from core import rls
from core.models import Tenant, User

FOLDER = "attachments/"
ABSENCES = "absences/"
APPLICATIONS = "applications/"
Row = Absence | ApplicationDocument | AttachmentFile
# Folder -> the model whose rows have its files, and the column with their names.
FOLDERS: dict[str, tuple[type[Row], str]] = {
    FOLDER: (AttachmentFile, "name"),
    ABSENCES: (Absence, "stored_name"),
    APPLICATIONS: (ApplicationDocument, "stored_name"),
}
# Letters, and pictures of letters: as of check_absence_file_type, check_application_document_type.
LETTERS = frozenset(
    (
        "application/msword",
        "application/pdf",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "image/gif",
        "image/heic",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
    )
)
MAX_FILES = 10  # of one assignment, and of one submission
# A file is written before its row is committed, but not so long before.
ORPHAN_SECONDS = 24 * 60 * 60
SOURCE = {"source": "cleanup"}


def max_mb() -> int:
    """Return how many megabytes one file may have."""
    return settings.UPLOAD_MAX_BYTES // 2**20


def refusals(uploads: Sequence[File], *, kept: int = 0) -> list[str]:
    """Return a sentence for each upload that cannot be taken, beside `kept` files already there."""
    sentences = []
    if len(uploads) + kept > MAX_FILES:
        sentences.append(
            ngettext(
                "There can be %(max)d file at most.",
                "There can be %(max)d files at most.",
                MAX_FILES,
            )
            % {"max": MAX_FILES}
        )
    for upload in uploads:
        try:
            check(upload)
        except FileRefused as error:
            sentences.append(str(error))
    return sentences


def check(upload: File) -> tuple[str, str]:
    """Return (name, content type) of an uploaded file; raises `FileRefused`."""
    name = clean_name(upload.name)
    if not upload.size:
        raise FileRefused(_("“%(name)s” is empty.") % {"name": name})
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise FileRefused(
            _("“%(name)s” is larger than %(max)d MB.") % {"name": name, "max": max_mb()}
        )
    return name, content_type(name, upload)


def check_letter(upload: File) -> tuple[str, str]:
    """Return (name, content type) of a letter or a picture of one; raises `FileRefused`."""
    name, type_ = check(upload)
    if type_ not in LETTERS:
        raise FileRefused(_("“%(name)s”: send a PDF, a letter or a photo.") % {"name": name})
    return name, type_


def add(
    *,
    assignment: Assignment,
    uploads: Sequence[File],
    by: User,
    submission: Submission | None = None,
) -> list[AttachmentFile]:
    """Keep uploaded files with an assignment, or with what a student handed in; return the rows.

    Raises `FileRefused`, or the database's refusal; then none of these is kept.
    """
    if not uploads:
        return []
    checked = [(upload, *check(upload)) for upload in uploads]
    kept = AttachmentFile.objects.filter(assignment=assignment, submission=submission).count()
    if kept + len(checked) > MAX_FILES:
        raise FileRefused(_("There can be %(max)d files at most.") % {"max": MAX_FILES})
    stored: list[str] = []
    try:
        rows = [
            AttachmentFile(
                assignment=assignment,
                submission=submission,
                student_id=submission.student_id if submission else None,
                name=store(upload, stored),
                filename=name,
                content_type=type_,
                size=upload.size,
                uploaded_by=by,
            )
            for upload, name, type_ in checked
        ]
        with transaction.atomic():
            return AttachmentFile.objects.bulk_create(rows)
    except BaseException:
        for name in stored:
            default_storage.delete(name)
        raise


def copy(
    *, rows: Iterable[AttachmentFile], assignment: Assignment, by: User
) -> list[AttachmentFile]:
    """Copy the files of other rows to an assignment."""
    copies = []
    for row in rows:
        file = open_file(row)
        if file is not None:  # gone from the disk: nothing to copy
            copies.append(File(file, name=row.filename))
    try:
        return add(assignment=assignment, uploads=copies, by=by)
    finally:
        for file in copies:
            file.close()


def remove(rows: Sequence[AttachmentFile]) -> None:
    """Delete rows, and their files with the commit; raises `FileRefused` unless all may go."""
    if not rows:
        return
    remaining = AttachmentFile.objects.filter(pk__in=[row.pk for row in rows])
    remaining.delete()
    # Row-level security skips rows that may not be deleted, without an error.
    if remaining.exists():
        raise FileRefused(_("This file can no longer be removed."))


def open_file(row: AttachmentFile) -> File | None:
    """Return the open file of a row, or None when it is not there."""
    return open_stored(row.name)


def open_stored(name: str) -> File | None:
    """Return the open file that is kept under a name, or None when it is not there."""
    try:
        return default_storage.open(name)
    except (FileNotFoundError, IsADirectoryError, SuspiciousFileOperation):
        return None


def store(upload: File, stored: list[str], folder: str = FOLDER) -> str:
    """Write one file under a random name, which is added to `stored`."""
    upload.seek(0)
    stored.append(default_storage.save(f"{folder}{uuid.uuid4().hex}", upload))
    return stored[-1]


# --- removing -------------------------------------------------------------------------------------


def _forget(
    sender: type[Row],
    instance: Row,
    using: str,
    **kwargs: Any,
) -> None:
    """Remove the file of a deleted row at commit (a savepoint may restore the row)."""
    column = next(column for model, column in FOLDERS.values() if model is sender)
    name = getattr(instance, column)
    if using == "default" and name:
        forget(name)


def forget(name: str) -> None:
    """Remove a file that no row names any more, at commit."""
    tenant = rls.current().tenant
    if tenant is not None:
        transaction.on_commit(partial(_remove_file, tenant, name), robust=True)


def _remove_file(tenant: Tenant, name: str) -> None:
    model, column = FOLDERS[name[: name.index("/") + 1]]
    with rls.tenant_context(tenant, role="admin", request=SOURCE):
        # Row-level security may have kept the row without an error.
        if not model.objects.filter(**{column: name}).exists():
            with suppress(SuspiciousFileOperation):
                default_storage.delete(name)


def connect() -> None:
    """Watch for deleted rows, whoever deletes them."""
    for folder, (model, _column) in FOLDERS.items():
        post_delete.connect(_forget, sender=model, dispatch_uid=f"academics.files.{folder}")


def remove_orphans(now: float | None = None) -> int:
    """Remove files older than a day that have no row, in every school; return their number."""
    oldest = (now or time.time()) - ORPHAN_SECONDS
    return sum(
        _remove_orphans_of(tenant, folder, oldest) for tenant in schools() for folder in FOLDERS
    )


def schools() -> list[Tenant]:
    """Return every school, as far as a context and its folder need it."""
    with connection.cursor() as cursor:
        cursor.execute("select tenant_id, schema_name from app.school_folders()")
        return [Tenant(pk=pk, schema_name=name) for pk, name in cursor.fetchall()]


def _remove_orphans_of(tenant: Tenant, folder: str, oldest: float) -> int:
    model, column = FOLDERS[folder]
    with rls.tenant_context(tenant, role="admin", request=SOURCE):
        names = [folder + name for name in _names_in(folder)]
        old = [name for name in names if _modified(name) < oldest]
        if not old:
            return 0
        rows = model.objects.filter(**{f"{column}__in": old})
        known = set(rows.values_list(column, flat=True))
        for name in set(old) - known:
            default_storage.delete(name)
        return len(set(old) - known)


def _names_in(folder: str) -> list[str]:
    try:
        return default_storage.listdir(folder)[1]
    except FileNotFoundError:  # nobody has uploaded anything there
        return []


def _modified(name: str) -> float:
    try:
        return default_storage.get_modified_time(name).timestamp()
    except FileNotFoundError:  # another process was quicker
        return float("inf")
