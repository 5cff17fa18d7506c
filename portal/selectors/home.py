"""What a student's first page says: composed once (core.composed), for many open it at once."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q

from academics import attendance_settings
from academics.models import Assignment, Attendance, ClassSession, DailyAttendance
from academics.models.assignment import AssignmentQuerySet
from academics.models.enrollment import EnrollmentQuerySet
from core import rls
from core.composed import composed
from core.models.base import TenantQuerySet
from finance.models import Invoice
from finance.models.invoice import InvoiceQuerySet
from portal.selectors import student as selectors
from portal.selectors.own_attendance import MISSED

DUE_WITHIN = timedelta(days=14)
RECENT_GRADES = 5

# An assignment of a class that is over is hidden from its students; the grade stays.
RESULTS = """
    with own as (select id, tenant_id, assignment_id, score, grade, excused, feedback, graded_at
                   from grades where tenant_id = %(tenant)s and student_id = %(student)s)
    select (select count(*) from own where graded_at > %(since)s),
           w.id, w.title, w.max_score, c.name, g.score, g.grade, g.excused, g.feedback, g.graded_at
      from (select * from own order by graded_at desc, id desc limit %(limit)s) g
      left join assignments w on w.tenant_id = g.tenant_id and w.id = g.assignment_id
      left join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
     order by g.graded_at desc, g.id desc
"""


class Result(NamedTuple):
    """A grade, with its assignment (None where it is hidden)."""

    assignment_id: UUID | None
    title: str | None
    max_score: int | None
    class_name: str | None
    score: Decimal | None
    grade: str | None
    excused: bool
    feedback: str | None
    graded_at: datetime


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


def missed_days(student: UUID, today: date) -> list[DailyAttendance]:
    """Return what today's register says but "present", and days without an excuse before it."""
    if not attendance_settings.takes_daily():
        return []
    days = (today - selectors.ABSENT_FOR, today)
    rows = DailyAttendance.objects.filter(student=student, day__range=days, status__in=MISSED)
    return list(rows.filter(Q(day=today) | Q(status=Attendance.Status.ABSENT)).order_by("day"))


def recent_grades(student: UUID, since: datetime) -> tuple[list[Result], int]:
    """Return (the student's latest grades, newest first; how many of all came after `since`)."""
    values = {"tenant": rls.current_tenant_id(), "student": student, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(RESULTS, values | {"limit": RECENT_GRADES})
        rows = cursor.fetchall()
    return [Result(*row[1:]) for row in rows], rows[0][0] if rows else 0


@composed
def open_invoices(student: UUID) -> InvoiceQuerySet:
    """Return unpaid invoices, the oldest first."""
    return Invoice.objects.open().filter(student=student).oldest_first()
