"""The overview of a guardian's children."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, TypedDict, cast
from uuid import UUID

from django.db.models import Count, F, Q

from academics import attendance_settings
from academics.models import Assignment, Attendance, DailyAttendance, Enrollment
from core.models import User
from finance.models import Invoice
from portal.selectors import student as selectors
from portal.selectors.own_attendance import MISSED

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

    class Child(TypedDict):
        child: UUID

    ChildsAssignment = WithAnnotations[Assignment, Child]


def add_news(children: Sequence[User], today: date) -> None:
    """Set on each child what their guardian should know now.

    `day_mark` of today's register, `missed` lessons of today and `unexcused` ones of the days
    before (records), `overdue` and `next_due` (assignments), `open_invoices` and `overdue_invoices`
    (numbers). Five queries, whatever the number of children; six where attendance is daily.
    """
    missed, unexcused = _missed(children, today), _unexcused(children, today)
    overdue, due = _overdue(children, today), _next_due(children, today)
    invoices, day_marks = _open(children, today), _day_marks(children, today)
    for child in children:
        open_invoices, overdue_invoices = invoices.get(child.pk, (0, 0))
        vars(child).update(
            day_mark=day_marks.get(child.pk),
            missed=missed.get(child.pk, []),
            unexcused=unexcused.get(child.pk, []),
            overdue=overdue.get(child.pk, []),
            next_due=due.get(child.pk),
            open_invoices=open_invoices,
            overdue_invoices=overdue_invoices,
        )


def _day_marks(children: Sequence[User], today: date) -> dict[UUID, DailyAttendance]:
    if not attendance_settings.takes_daily():
        return {}
    rows = DailyAttendance.objects.filter(student__in=children, day=today, status__in=MISSED)
    return {row.student_id: row for row in rows}


def _missed(children: Sequence[User], today: date) -> dict[UUID, list[Attendance]]:
    by_child: dict[UUID, list[Attendance]] = {}
    for record in (
        Attendance.objects.filter(
            student__in=children, class_session__session_date=today, status__in=MISSED
        )
        .select_related("class_session__school_class")
        .order_by("class_session__start_time", "id")
    ):
        by_child.setdefault(record.student_id, []).append(record)
    return by_child


def _unexcused(children: Sequence[User], today: date) -> dict[UUID, list[Attendance]]:
    by_child: dict[UUID, list[Attendance]] = {}
    for record in selectors.unexcused(children, today):
        by_child.setdefault(record.student_id, []).append(record)
    return by_child


def _to_hand_in(children: Sequence[User]) -> QuerySet[ChildsAssignment]:
    """Return the assignments that the children have not handed in, each row with its `child`."""
    rows = (
        Assignment.objects.filter(
            status=Assignment.Status.ACTIVE,
            school_class__enrollments__status=Enrollment.Status.ACTIVE,
            school_class__enrollments__student__in=children,
        )
        .exclude(submissions__student=F("school_class__enrollments__student"))
        .annotate(child=F("school_class__enrollments__student"))
        .select_related("school_class")
        .order_by("child", "due_date", "title", "id")
    )
    return cast("QuerySet[ChildsAssignment]", rows)


def _overdue(children: Sequence[User], today: date) -> dict[UUID, list[Assignment]]:
    """Return {child: late assignments that are still accepted, the oldest first}."""
    by_child: dict[UUID, list[Assignment]] = {}
    for row in _to_hand_in(children).filter(selectors.late(today)):
        by_child.setdefault(row.child, []).append(row)
    return by_child


def _next_due(children: Sequence[User], today: date) -> dict[UUID, Assignment]:
    """Return {child: the assignment they have to hand in next}."""
    rows = _to_hand_in(children).filter(due_date__gte=today).distinct("child")
    return {row.child: row for row in rows}


def _open(children: Sequence[User], today: date) -> dict[UUID, tuple[int, int]]:
    """Return {child: (number of open invoices, of overdue ones)}."""
    rows = (
        Invoice.objects.open()
        .filter(student__in=children)
        .order_by()
        .values_list("student")
        .annotate(all=Count("id"), late=Count("id", filter=Q(due_date__lt=today)))
    )
    return {child: tuple(numbers) for child, *numbers in rows}
