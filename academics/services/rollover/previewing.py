"""Preview of a roll-over: copies and problems. Changes nothing."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypedDict, cast
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from academics.models import (
    Assignment,
    Schedule,
    SchoolClass,
    Term,
)
from academics.models.school_class import SchoolClassQuerySet
from academics.services.rollover.plan import Move, Preview, Row, Slot, class_key
from academics.services.rollover.students import STUDENTS, copies_in, students_of
from core.models.base import TenantQuerySet

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

    class Counted(TypedDict):
        students: int


# What a slot takes up, a room or a teacher; and who takes it up on a weekday, from when until when.
Need = tuple[str, str | UUID]
Taken = dict[tuple[int, Need], list[tuple[Schedule | Slot, SchoolClass, date | None, date | None]]]

AT_A_TIME = 1000  # classes; each has three fields of the form, of which a request may have 10,000


def targets(source: Term) -> TenantQuerySet[Term]:
    """Return the terms after `source`, the next one first."""
    later = Term.objects.select_related("academic_year").filter(start_date__gt=source.end_date)
    return later.order_by("start_date")


def preview(*, source: Term, target: Term, ending: Collection[UUID] | None = None) -> Preview:
    """Return the `Preview` of rolling over; the number of queries is the same for every school.

    A class without a last day gets its term's when it is copied, or it would need its room and
    teacher in the next one too; `ending` are the ids of those that do, by default all.
    """
    classes = list(_classes(target).order_by("sort_name", "id"))
    there = {class_key(it): it for it in reversed(classes)}
    school_classes = (
        _classes(source)
        .exclude(status=SchoolClass.Status.CANCELLED)
        .select_related("teacher")
        .annotate(students=Count("enrollments__student", filter=STUDENTS, distinct=True))
        .order_by("sort_name", "id")
    )
    counted = cast("QuerySet[WithAnnotations[SchoolClass, Counted]]", school_classes)
    rows = [_row(it, it.students, source, target, there) for it in counted]
    # Classes that were copied before come last, so that the next ones move to the first page.
    rows.sort(key=lambda row: row.existing is not None)
    shown, later = rows[:AT_A_TIME], len(rows[AT_A_TIME:])
    _add_details(shown, source, target, ending)
    return Preview(source, target, shown, classes, later)


def _classes(term: Term) -> SchoolClassQuerySet:
    return SchoolClass.objects.filter(term=term)


def _row(
    school_class: SchoolClass,
    students: int,
    source: Term,
    target: Term,
    there: Mapping[tuple[str, str], SchoolClass],
) -> Row:
    move = Move(source, target)
    teacher = school_class.teacher
    if teacher is not None and (teacher.deleted_at or teacher.status != "active"):
        teacher = None
    return Row(
        source=school_class,
        start_date=move.first(school_class.start_date),
        end_date=move.last(school_class.end_date or source.end_date),
        teacher=teacher,
        students=students,
        existing=there.get(class_key(school_class)),
    )


def _add_details(
    rows: Sequence[Row], source: Term, target: Term, ending: Collection[UUID] | None
) -> None:
    """Add slots, with what they clash with, and the numbers of assignments."""
    by_class = {row.source.pk: row for row in rows}
    move = Move(source, target)
    for slot in Schedule.objects.filter(school_class__in=by_class):
        row = by_class[slot.school_class_id]
        row.slots.append(_slot(slot, row, move))
    counts = (
        Assignment.objects.filter(school_class__in=by_class)
        .order_by()
        .values_list("school_class")
        .annotate(Count("pk"))
    )
    for class_id, count in counts:
        by_class[class_id].assignments = count
    ends = {
        row.source.pk for row in rows if row.is_open and (ending is None or row.source.pk in ending)
    }
    _mark_clashes([row for row in rows if row.existing is None], target, ends)
    _mark_there(rows)


def _mark_there(rows: Sequence[Row]) -> None:
    """Count the students who are in the existing classes already."""
    by_class = {row.source.pk: (row, row.existing.pk) for row in rows if row.existing is not None}
    enrolled, waiting = copies_in([copy_id for _row, copy_id in by_class.values()])
    for class_id, student_id in set(students_of(by_class)):
        row, copy_id = by_class[class_id]
        row.enrolled_there += (copy_id, student_id) in enrolled
        row.waiting_there += (copy_id, student_id) in waiting


def _slot(slot: Schedule, row: Row, move: Move) -> Slot:
    valid_from = slot.valid_from and move.first(slot.valid_from)
    valid_to = slot.valid_to and move.last(slot.valid_to)
    return Slot(
        slot.weekday,
        slot.start_time,
        slot.end_time,
        slot.room,
        valid_from,
        valid_to,
        first_day=max(filter(None, (row.start_date, valid_from))),
        last_day=min(filter(None, (row.end_date, valid_to))),
    )


def _mark_clashes(rows: Sequence[Row], target: Term, ending: Collection[UUID]) -> None:
    """Set the clash of each new slot whose room or teacher is taken.

    The classes of `ending` will be over by then. The database has the final decision.
    """
    taken: Taken = defaultdict(list)
    booked = Schedule.objects.filter(
        booked__overlap=(target.start_date, target.end_date + timedelta(days=1))
    ).select_related("school_class")
    for other in booked.exclude(school_class__in=ending):
        end = other.booked.upper and other.booked.upper - timedelta(days=1)
        _take(taken, other, other.school_class, other.teacher_id, other.booked.lower, end)
    for row in rows:
        teacher = row.teacher.pk if row.teacher else None
        for slot in row.slots:
            slot.clash = _clash(taken, slot, teacher)
        for slot in row.slots:
            if not slot.clash:
                _take(taken, slot, row.source, teacher, slot.first_day, slot.last_day)


def _needs(slot: Schedule | Slot, teacher_id: UUID | None) -> list[Need]:
    room = (slot.room or "").strip().lower()
    return [(kind, value) for kind, value in (("room", room), ("teacher", teacher_id)) if value]


def _take(
    taken: Taken,
    slot: Schedule | Slot,
    school_class: SchoolClass,
    teacher_id: UUID | None,
    first: date | None,
    last: date | None,
) -> None:
    for need in _needs(slot, teacher_id):
        taken[slot.weekday, need].append((slot, school_class, first, last))


def _clash(taken: Taken, slot: Slot, teacher_id: UUID | None) -> str:
    for need in _needs(slot, teacher_id):
        for other, school_class, first, last in taken[slot.weekday, need]:
            if (
                other.start_time < slot.end_time
                and slot.start_time < other.end_time
                and (last is None or slot.first_day <= last)
                and (first is None or first <= slot.last_day)
            ):
                times = f"{other.start_time:%H:%M}–{other.end_time:%H:%M}"
                values = {"class": school_class, "times": times}
                if need[0] == "room":
                    return _("The room has %(class)s, %(times)s.") % values
                return _("The teacher has %(class)s, %(times)s.") % values
    return ""
