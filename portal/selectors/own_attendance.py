"""A student's attendance: class by class and session by session, and day by day."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from academics.models import Attendance, DailyAttendance
from core.models import User
from core.models.base import TenantQuerySet
from portal.selectors import student as selectors
from portal.selectors.own_terms import TermChoice

MISSED = ["absent", "late", "excused"]


def records(student: User, term: TermChoice) -> TenantQuerySet[Attendance]:
    """Return the student's records in the term's classes, newest first."""
    return (
        term.narrow(Attendance.objects.filter(student=student), "class_session__school_class")
        .filter(class_session__school_class__in=selectors.attended(student))
        .select_related("class_session__school_class")
        .order_by("-class_session__session_date", "-class_session__start_time", "-id")
    )


def days(student: User, term: TermChoice) -> TenantQuerySet[DailyAttendance]:
    """Return what the registers of the term's days say of the student, newest first."""
    rows = DailyAttendance.objects.filter(student=student).order_by("-day")
    if term.chosen is None:
        return rows
    return rows.filter(day__range=(term.chosen.start_date, term.chosen.end_date))


def counts(student: User, term: TermChoice) -> dict[UUID, dict[str, Any]]:
    """Return {class id: {status: number}} of the term's classes."""
    rows = (
        records(student, term)
        .order_by()
        .select_related(None)
        .values("class_session__school_class")
        .annotate(
            **{status: Count("id", filter=Q(status=status)) for status in Attendance.Status.values}
        )
    )
    return {row["class_session__school_class"]: row for row in rows}
