"""Comments on report cards, written for a whole class at once."""

import hashlib
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from academics.models import Enrollment, SchoolClass
from academics.models.enrollment import EnrollmentQuerySet

MAX_LENGTH = 2000


def of_class(school_class: SchoolClass) -> EnrollmentQuerySet:
    """Return the enrollments that get a report card in a class, by the student's name."""
    return (
        Enrollment.objects.filter(school_class=school_class, student__deleted_at__isnull=True)
        .exclude(status=Enrollment.Status.DROPPED)
        .select_related("student")
        .order_by("student__sort_name", "id")
    )


def version(comment: str | None) -> str:
    """Return a digest of a comment, by which a page notices that it was changed meanwhile."""
    return hashlib.sha256((comment or "").encode()).hexdigest()[:16]


@transaction.atomic
def save(
    *, school_class: SchoolClass, texts: Mapping[UUID, tuple[str, str]]
) -> tuple[int, dict[UUID, str]]:
    """Save {enrollment's id: (text, version it was read as)} in one statement.

    Returns (saved, {id: the comment now}): those that somebody else changed since are left alone.
    Ids of other classes are ignored. The database checks whether the caller may write them.
    """
    rows = of_class(school_class).filter(pk__in=texts).select_for_update(of=("self",))
    changed, clashes = [], {}
    for enrollment in rows:
        text, read_as = texts[enrollment.pk]
        if text == (enrollment.report_comment or ""):
            continue
        if version(enrollment.report_comment) != read_as:
            clashes[enrollment.pk] = enrollment.report_comment or ""
            continue
        enrollment.report_comment = text or None
        changed.append(enrollment)
    if changed:
        Enrollment.objects.bulk_update(changed, ["report_comment"])
    return len(changed), clashes
