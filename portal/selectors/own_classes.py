"""A student's classes with slots and results, and the student's places on waitlists."""

from datetime import date

from django.db.models import DecimalField, F, Func, IntegerField, Prefetch
from django.db.models.functions import Coalesce

from academics.models import (
    Assignment,
    ClassSession,
    Grade,
    Schedule,
    SchoolClass,
    Submission,
    WaitlistEntry,
)
from academics.models.assignment import AssignmentQuerySet
from academics.models.enrollment import EnrollmentQuerySet
from academics.models.waitlist_entry import WaitlistQuerySet
from core.models import User
from core.models.base import TenantQuerySet
from portal.selectors import student as selectors

NEXT_SESSIONS = 5


class MeanPercent(Func):
    """The student's mean percent in the class, as the class weighs it (app.mean_percent)."""

    function = "app.mean_percent"
    output_field = DecimalField(max_digits=12, decimal_places=6)


class OwnPercent(Func):
    """The same for one's own enrollment, even if the class is over (app.own_percent)."""

    function = "app.own_percent"
    output_field = DecimalField(max_digits=12, decimal_places=6)


class WaitlistPlace(Func):
    """The place in the queue, 1 for the next one (app.waitlist_place)."""

    function = "app.waitlist_place"
    output_field = IntegerField()


def enrollments(student: User) -> EnrollmentQuerySet:
    """Return the student's enrollments, each with the `percent` that its grade comes from."""
    return selectors.classes(student).annotate(
        percent=Coalesce(
            MeanPercent(F("tenant_id"), F("student_id"), F("school_class_id")), OwnPercent(F("id"))
        )
    )


def with_slots(enrollments: EnrollmentQuerySet) -> EnrollmentQuerySet:
    """Prefetch the weekly slots of the classes."""
    slots = Prefetch("school_class__schedules", Schedule.objects.order_by("weekday", "start_time"))
    return enrollments.prefetch_related(slots)


def waitlist(student: User) -> WaitlistQuerySet:
    """Return the queues the student waits in, each with the `place`.

    The class itself may be hidden from the student, who can only read attended classes.
    """
    return (
        WaitlistEntry.objects.waiting()
        .filter(student=student)
        .annotate(place=WaitlistPlace(F("id")))
        .prefetch_related("school_class")
    )


def coming_sessions(
    student: User, school_class: SchoolClass, day: date
) -> TenantQuerySet[ClassSession]:
    """Return the next sessions of a class."""
    return (
        selectors.sessions(student)
        .filter(school_class=school_class, session_date__gte=day)
        .order_by("session_date", "start_time", "id")[:NEXT_SESSIONS]
    )


def assignments(student: User, school_class: SchoolClass) -> AssignmentQuerySet:
    """Return a class's assignments, newest first, with the student's submission and grade."""
    return (
        Assignment.objects.filter(school_class=school_class)
        .prefetch_related(
            Prefetch("submissions", Submission.objects.filter(student=student), to_attr="own_work"),
            Prefetch("grades", Grade.objects.filter(student=student), to_attr="own_grades"),
        )
        .order_by("-due_date", "-id")
    )
