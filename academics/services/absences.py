"""Absences: reported by a guardian or entered by the office, approved or declined, withdrawn.

What follows for the registers is the database's (academics/sql/absences.sql).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from academics.models import Absence, AbsenceCall
from academics.services import files
from core.constraints import RefusedByDatabase, explained
from core.models import User

Status = Absence.Status


@dataclass(frozen=True)
class Details:
    """When somebody is away, and why."""

    starts_on: date
    ends_on: date
    reason: str
    note: str = ""
    starts_at: time | None = None
    ends_at: time | None = None


def report(*, student: User, details: Details, upload: File | None = None) -> Absence:
    """Report an absence as a guardian; the office decides.

    Raises `FileRefused`, or DatabaseError by a rule; then nothing is kept.
    """
    return _add(student, details, upload, Status.REPORTED)


def enter(*, student: User, details: Details, upload: File | None = None) -> Absence:
    """Enter an absence as the office, which approves it by that."""
    return _add(student, details, upload, Status.APPROVED)


def _add(student: User, details: Details, upload: File | None, status: str) -> Absence:
    row = Absence(student=student, status=status, **vars(details))
    row.note = row.note or None
    keep_file(row, upload, row.save)
    return row


def keep_file(row: Absence, upload: File | None, save: Callable[[], None]) -> None:
    """Put an upload, if any, in the place of the row's file, and save the row by `save`."""
    if upload is None:
        save()
        return
    stored: list[str] = []
    before = row.stored_name
    row.filename, row.content_type = files.check_letter(upload)
    row.size = upload.size
    try:
        row.stored_name = files.store(upload, stored, files.ABSENCES)
        with transaction.atomic():
            save()
    except BaseException:
        for name in stored:
            default_storage.delete(name)
        raise
    if before:
        files.forget(before)


def decide(rows: Iterable[Absence], status: str) -> dict[Absence, str]:
    """Approve or decline absences; return {absence: why not} of those that were refused."""
    refused = {}
    for row in rows:
        try:
            with explained(), transaction.atomic():
                Absence.objects.filter(pk=row.pk).exclude(status=status).update(status=status)
        except RefusedByDatabase as error:
            refused[row] = str(error)
    return refused


def withdraw(absence: Absence) -> bool:
    """Take a report back; return False where it is decided on, or gone, by now."""
    mine = Absence.objects.filter(pk=absence.pk)
    mine.delete()
    return not mine.exists()


@transaction.atomic
def note_call(
    *,
    student: User,
    day: date,
    outcome: str,
    spoken_to: str = "",
    note: str = "",
    details: Details | None = None,
) -> AbsenceCall:
    """Log a call about a student who is missing; `details` are of the absence that excuses it.

    Raises DatabaseError by a rule, and then neither is written.
    """
    if details is not None:
        enter(student=student, details=details)
    return AbsenceCall.objects.create(
        student=student, day=day, outcome=outcome, spoken_to=spoken_to or None, note=note or None
    )
