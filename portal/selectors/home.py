"""What a student's first page says: composed once (core.composed), for many open it at once."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from academics.models import Assignment, Attendance, ClassSession, Grade
from academics.models.assignment import AssignmentQuerySet
from academics.models.enrollment import EnrollmentQuerySet
from core.composed import composed
from core.models.base import TenantQuerySet
from finance.models import Invoice
from finance.models.invoice import InvoiceQuerySet
from portal.selectors import student as selectors

DUE_WITHIN = timedelta(days=14)
RECENT_GRADES = 5


@composed
def sessions_on(student: UUID, day: date) -> TenantQuerySet[ClassSession]:
    """Return the student's sessions of a date, in the order of the day; cancelled ones too."""
    return selectors.sessions(student).filter(session_date=day).order_by("start_time", "id")


@composed
def classes(student: UUID) -> EnrollmentQuerySet:
    """Return the student's enrollments that are not dropped, active ones first."""
    return selectors.classes(student)


def assignments_due(student: UUID, today: date) -> list[Assignment]:
    """Return work due in the coming two weeks, and late homework that is still accepted."""
    return _due(student, today - selectors.LATE_FOR, today, today + DUE_WITHIN)


@composed
def _due(student: UUID, first: date, today: date, last: date) -> AssignmentQuerySet:
    coming = Q(due_date__range=(today, last))
    late = selectors.late_since(first, today)
    return selectors.open_assignments(student).filter(late | coming)


def unexcused(student: UUID, today: date) -> list[Attendance]:
    """Return the student's unexcused absences of the last days before today, the oldest first."""
    return _unexcused(student, today - selectors.ABSENT_FOR, today)


@composed
def _unexcused(student: UUID, first: date, today: date) -> TenantQuerySet[Attendance]:
    return selectors.unexcused_since(first, today).filter(student=student)


@composed
def recent_grades(student: UUID) -> TenantQuerySet[Grade]:
    """Return the student's latest grades, newest first.

    Prefetched, not joined: an assignment of a class that is over is hidden from its students, and
    a join would take the grade away with it.
    """
    return (
        Grade.objects.filter(student=student)
        .prefetch_related("assignment__school_class")
        .order_by("-graded_at", "-id")[:RECENT_GRADES]
    )


def unread_grades(student: UUID, since: datetime) -> int:
    """Return the number of results that came after `since`."""
    [[count]] = _unread(student, since) or [[0]]
    return count


@composed
def _unread(student: UUID, since: datetime) -> QuerySet:
    unread = Grade.objects.filter(student=student, graded_at__gt=since)
    return unread.order_by().values("student").values_list(Count("pk"))


@composed
def open_invoices(student: UUID) -> InvoiceQuerySet:
    """Return unpaid invoices, the oldest first."""
    return Invoice.objects.open().filter(student=student).oldest_first()
