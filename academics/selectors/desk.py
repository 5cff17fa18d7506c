"""The data of the enrollment desk of a class."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Q

from academics.models import Enrollment, Schedule, SchoolClass, WaitlistEntry
from academics.models.enrollment import EnrollmentQuerySet
from academics.models.school_class import SchoolClassQuerySet
from academics.models.waitlist_entry import WaitlistQuerySet
from core.models import User

RECENT = 10


def classes() -> SchoolClassQuerySet:
    """Return the active classes by name, with `waiting`, the length of their queue."""
    waits = Q(waitlist__status=WaitlistEntry.Status.WAITING)
    return (
        SchoolClass.objects.active()
        .select_related("teacher", "term")
        .annotate(waiting=Count("waitlist", filter=waits))
        .order_by("sort_name", "id")
    )


def roster(school_class: SchoolClass) -> EnrollmentQuerySet:
    """Return the active enrollments of a class, by name."""
    return (
        Enrollment.objects.active()
        .filter(school_class=school_class)
        .select_related("student")
        .order_by("student__sort_name", "id")
    )


def dropped(school_class: SchoolClass) -> EnrollmentQuerySet:
    """Return the enrollments of a class that were dropped last."""
    return (
        Enrollment.objects.filter(school_class=school_class, status=Enrollment.Status.DROPPED)
        .select_related("student")
        .order_by("-updated_at", "-id")[:RECENT]
    )


def queue(school_class: SchoolClass) -> WaitlistQuerySet:
    """Return who waits for the class, the next one first."""
    return school_class.waitlist.waiting().select_related("student")


def taken_in(school_class: SchoolClass) -> WaitlistQuerySet:
    """Return those who got a seat from the waitlist last."""
    return (
        school_class.waitlist.filter(status=WaitlistEntry.Status.ENROLLED)
        .select_related("student")
        .order_by("-decided_at", "-id")[:RECENT]
    )


def clashes(school_class: SchoolClass, students: Collection[User]) -> dict[UUID, list[Schedule]]:
    """Return {student's id: [other classes' slots]} that overlap with the class's own slots."""
    own = list(school_class.schedules.exclude(booked__isnull=True))
    overlaps = Q()
    for slot in own:
        overlaps |= Q(
            weekday=slot.weekday,
            start_time__lt=slot.end_time,
            end_time__gt=slot.start_time,
            booked__overlap=slot.booked,
        )
    if not own or not students:
        return {}
    slots = {
        slot.school_class_id: slot
        for slot in Schedule.objects.filter(overlaps)
        .exclude(school_class=school_class)
        .select_related("school_class")
        .order_by("-weekday")
    }
    places = Enrollment.objects.active().filter(student__in=students, school_class__in=[*slots])
    by_student: dict[UUID, list[Schedule]] = {}
    for student_id, class_id in places.values_list("student_id", "school_class_id"):
        by_student.setdefault(student_id, []).append(slots[class_id])
    return by_student
