"""A student's lessons, work, results and invoices; row-level security restricts them.

A guardian may see several children, so every query names the student.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import ExtractIsoWeekDay

from academics.models import (
    Assignment,
    Attendance,
    ClassSession,
    Enrollment,
    Schedule,
)
from academics.models.assignment import AssignmentQuerySet
from academics.models.enrollment import EnrollmentQuerySet
from core import rls
from core.models import User
from core.models.base import TenantQuerySet
from core.models.user import UserQuerySet

LATE_FOR = timedelta(days=60)
ABSENT_FOR = timedelta(days=7)  # back over a weekend or a few holidays to the last school day
NEW_FOR = timedelta(days=30)  # results that nobody marked as read
ATTENDED = [Enrollment.Status.ACTIVE, Enrollment.Status.COMPLETED]
HOMEWORK = [Assignment.Type.HOMEWORK, Assignment.Type.PROJECT]

Student: TypeAlias = User | UUID  # either, in a filter


def children() -> UserQuerySet:
    """Return a guardian's children: the policies show no other students."""
    return User.objects.students().order_by("sort_name", "id")


def class_teachers() -> dict[UUID, str]:
    """Return {class id: name of its teacher}, the only data of teachers shown here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT class_id, name FROM app.class_teachers WHERE tenant_id = %s",
            [rls.current_tenant_id()],
        )
        return dict(cursor.fetchall())


def attended(student: Student, *statuses: str) -> QuerySet[Enrollment, Any]:
    """Return the ids of the student's classes, for a filter."""
    return Enrollment.objects.filter(student=student, status__in=statuses or ATTENDED).values(
        "school_class"
    )


def sessions(student: Student) -> TenantQuerySet[ClassSession]:
    """Return the sessions of the student's classes, each with its `room` and own `attended`."""
    slot = Schedule.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=OuterRef("session_date")),
        Q(valid_to__isnull=True) | Q(valid_to__gte=OuterRef("session_date")),
        school_class=OuterRef("school_class"),
        weekday=ExtractIsoWeekDay(OuterRef("session_date")),
        start_time=OuterRef("start_time"),
    )
    record = Attendance.objects.filter(class_session=OuterRef("pk"), student=student)
    return (
        ClassSession.objects.filter(school_class__in=attended(student))
        .select_related("school_class")
        .annotate(
            room=Subquery(slot.values("room")[:1]), attended=Subquery(record.values("status")[:1])
        )
    )


def classes(student: Student) -> EnrollmentQuerySet:
    """Return the student's enrollments that are not dropped, active ones first."""
    return (
        Enrollment.objects.filter(student=student)
        .exclude(status=Enrollment.Status.DROPPED)
        .filter(school_class__deleted_at__isnull=True)
        .select_related("school_class__term")
        .order_by("status", "school_class__sort_name", "id")
    )


def split(
    enrollments: Iterable[Enrollment], day: date
) -> tuple[list[Enrollment], list[Enrollment]]:
    """Return (enrollments in present and past classes, enrollments in coming classes).

    Classes held on the date come first; `is_over` marks past classes that were not completed.
    """
    here: list[Enrollment] = []
    coming: list[Enrollment] = []
    for enrollment in enrollments:
        vars(enrollment).update(is_over=enrollment.school_class.is_over(day))
        is_coming = enrollment.is_active and enrollment.school_class.coming_from is not None
        (coming if is_coming else here).append(enrollment)
    here.sort(
        key=lambda enrollment: not (enrollment.is_active and enrollment.school_class.is_held(day))
    )
    return here, coming


def open_assignments(student: Student) -> AssignmentQuerySet:
    """Return the open assignments of the student's classes that they have not handed in."""
    return (
        Assignment.objects.filter(
            status=Assignment.Status.ACTIVE,
            school_class__in=attended(student, Enrollment.Status.ACTIVE),
        )
        .exclude(submissions__student=student)
        .select_related("school_class")
        .order_by("due_date", "title", "id")
    )


def late(today: date) -> Q:
    """Return the condition on late assignments that are still accepted: homework."""
    return late_since(today - LATE_FOR, today)


def late_since(first: date, today: date) -> Q:
    """Return the same condition on assignments due from `first` on."""
    days = Q(due_date__gte=first, due_date__lt=today)
    return days & Q(closes_automatically=False, type__in=HOMEWORK)


def unexcused(students: Collection[User], today: date) -> TenantQuerySet[Attendance]:
    """Return the unexcused absences of the last days before today, the oldest first."""
    return unexcused_since(today - ABSENT_FOR, today).filter(student__in=students)


def unexcused_since(first: date, today: date) -> TenantQuerySet[Attendance]:
    """Return everybody's unexcused absences from `first` to the day before today."""
    return (
        Attendance.objects.filter(
            status=Attendance.Status.ABSENT,
            class_session__session_date__gte=first,
            class_session__session_date__lt=today,
        )
        .select_related("class_session__school_class")
        .order_by("class_session__session_date", "class_session__start_time", "id")
    )
