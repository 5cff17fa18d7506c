"""Submissions: one for each assignment, which can be changed until it is graded or closed.

A grade given before anything was handed in (a zero for missing work) does not prevent changes.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from academics.models import Assignment, Submission
from academics.services import assignments, files
from academics.services.file_types import FileRefused
from core.models import User


class HandInRefused(Exception):
    """The work is refused; the message says why."""


def text_of(submission: Submission | None) -> str:
    """Return what was written, from `content`: {"text": ...}, or any text in it."""
    content = submission.content if submission is not None else None
    if isinstance(content, dict):
        content = content.get("text")
    return content if isinstance(content, str) else ""


def with_text(content: object, text: str) -> dict[str, Any] | None:
    """Return `content` with another text; what else is in it stays. None when nothing is left."""
    rest = {key: value for key, value in content.items() if key != "text"} if (
        isinstance(content, dict)) else {}  # fmt: skip
    return (rest | {"text": text} if text else rest) or None


def days_late(submission: Submission, due_date: date) -> int:
    """Return how many days after the due date, by the school's clock, it was handed in; at least 0.

    The school's time zone must be active, as it is in a request.
    """
    return max((timezone.localtime(submission.submitted_at).date() - due_date).days, 0)


@transaction.atomic
def hand_in(
    *,
    assignment: Assignment,
    student: User,
    text: str,
    uploads: Sequence[File] = (),
    removed: Collection[UUID | str] = (),
    day: date,
) -> Submission:
    """Hand in, or replace what was handed in; return the `Submission`.

    `removed` are ids of files to remove. Raises `HandInRefused` or `FileRefused`; then nothing is
    changed.
    """
    if not assignments.is_given(assignment, day):
        raise HandInRefused(_("This assignment is not given yet; nothing can be handed in."))
    if not assignments.is_open(assignment, day):
        raise HandInRefused(_("This assignment is closed; nothing more can be handed in."))
    mine = Submission.objects.filter(assignment=assignment, student=student)
    if not mine.exists():
        # A concurrent request (a double click) may have made the row; either row will do.
        new = Submission(assignment=assignment, student=student)
        Submission.objects.bulk_create([new], ignore_conflicts=True)
    # One statement decides: the policy leaves graded work alone. It also keeps a second request
    # waiting, so that files are counted one request after the other.
    content = with_text(mine.values_list("content", flat=True).first(), text)
    if not mine.update(content=content, submitted_at=Now()):
        raise HandInRefused(_("This is already graded and can no longer be changed."))
    submission = mine.get()
    if removed:
        files.remove(list(submission.files.filter(pk__in=removed)))
    files.add(assignment=assignment, uploads=uploads, by=student, submission=submission)
    if not (content or submission.attachments or submission.files.exists()):
        raise HandInRefused(_("Write something or choose a file to hand in."))
    return submission


__all__ = ["FileRefused", "HandInRefused", "days_late", "hand_in", "text_of", "with_text"]
