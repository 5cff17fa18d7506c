"""Ending the enrollments of students who leave, which frees their seats."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import DateField, F, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from academics.models import Enrollment, SchoolClass, WaitlistEntry
from academics.models.enrollment import EnrollmentQuerySet
from academics.models.waitlist_entry import WaitlistQuerySet
from core.defaults import today
from core.models import User


def consequences(people: Collection[User]) -> list[str]:
    """Return a sentence for each class in which these people have a place, by name."""
    places: dict[SchoolClass, list[User]] = defaultdict(list)
    for row in _places(people).select_related("school_class", "student"):
        places[row.school_class].append(row.student)
    following = _following(places, people)
    return [
        _sentence(school_class, students, following[school_class.pk])
        for school_class, students in sorted(
            places.items(), key=lambda it: (it[0].sort_name, it[0].pk)
        )
    ]


@transaction.atomic
def end(people: Collection[User], day: date | None = None) -> list[str]:
    """Drop the active enrollments of these people today; return sentences about the seats.

    With the last day of people who leave school, those in classes that were over by then are
    completed instead.
    Call it after their status has changed, so that they get no seat from a waitlist themselves.
    """
    classes = set(_places(people).values_list("school_class_id", flat=True))
    # In the order of their ids, like every trigger; "no_key" as in services.enrollment.lock().
    locked = SchoolClass.all_objects.select_for_update(no_key=True, of=("self",))
    list(locked.filter(pk__in=classes).order_by("id"))
    before = set(_taken_in(classes).values_list("pk", flat=True))
    places = _places(people).filter(school_class__in=classes)
    last_day = Greatest(Value(day or today(), DateField()), F("enrollment_date"))
    completed = 0
    if day is not None:
        over = places.filter(_is_over(day))
        completed = over.update(status=Enrollment.Status.COMPLETED, completion_date=last_day)
    ended = completed + places.update(status=Enrollment.Status.DROPPED, completion_date=last_day)
    if not ended:
        return []
    text = ngettext("%(n)d enrollment was ended.", "%(n)d enrollments were ended.", ended)
    entries = _taken_in(classes).exclude(pk__in=before).select_related("student", "school_class")
    return [text % {"n": ended}] + [
        _("%(name)s got a seat in %(class)s.") % {"name": e.student, "class": e.school_class}
        for e in entries.order_by("school_class__sort_name", "queued_at")
    ]


def _is_over(day: date) -> Q:
    """Return the condition of an enrollment whose class had its last day by then."""
    by_term = Q(school_class__end_date=None, school_class__term__end_date__lte=day)
    return Q(school_class__end_date__lte=day) | by_term


def _places(people: Collection[User]) -> EnrollmentQuerySet:
    return Enrollment.objects.active().filter(student__in=people)


def _taken_in(classes: Collection[UUID]) -> WaitlistQuerySet:
    return WaitlistEntry.objects.filter(
        school_class__in=classes, status=WaitlistEntry.Status.ENROLLED
    )


def _following(
    places: Mapping[SchoolClass, Sequence[User]], people: Collection[User]
) -> dict[UUID, list[User]]:
    """Return {class id: [who would get the seats]}, the next one first."""
    free = {
        row.pk: row.capacity - row.enrolled_count + len(students)
        for row, students in places.items()
        if row.status == SchoolClass.Status.ACTIVE and row.deleted_at is None
    }
    queue = (
        WaitlistEntry.objects.waiting()
        .filter(school_class__in=free, student__status=User.Status.ACTIVE)
        .filter(student__deleted_at=None)
        .exclude(student__in=people)
        .select_related("student")
    )
    following: dict[UUID, list[User]] = defaultdict(list)
    for entry in queue:
        if len(following[entry.school_class_id]) < free[entry.school_class_id]:
            following[entry.school_class_id].append(entry.student)
    return following


def _sentence(
    school_class: SchoolClass, students: Sequence[User], following: Sequence[User]
) -> str:
    words = {
        "class": school_class,
        "names": _names(students),
        "following": _names(following),
    }
    if not following:
        return _("%(class)s: %(names)s. Nobody waits for the seat.") % words
    return (
        ngettext(
            "%(class)s: %(names)s. The seat goes to %(following)s, who waits for it.",
            "%(class)s: %(names)s. The seats go to %(following)s, who wait for them.",
            len(following),
        )
        % words
    )


def _names(people: Sequence[User], most: int = 10) -> str:
    shown = sorted(people[:most], key=lambda person: person.sort_name)
    names = [person.name for person in shown]
    more = len(people) - most
    return ", ".join(names) + (_(" and %(n)d more") % {"n": more} if more > 0 else "")
