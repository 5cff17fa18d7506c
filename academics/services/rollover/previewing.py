"""What would be copied into the next term, and what is in the way. Changes nothing."""

from collections import defaultdict
from datetime import timedelta

from django.db.models import Count
from django.utils.translation import gettext as _

from academics.models import (
    Assignment,
    Schedule,
    SchoolClass,
    Term,
)
from academics.services.rollover.plan import Move, Preview, Row, Slot, class_key
from academics.services.rollover.students import STUDENTS, copies_in, students_of

AT_A_TIME = 1000  # classes; each has three fields of the form, of which a request may have 10,000


def targets(source):
    """Return the terms after `source`, the next one first."""
    later = Term.objects.select_related("academic_year").filter(start_date__gt=source.end_date)
    return later.order_by("start_date")


def preview(*, source, target, ending=None):
    """Return the `Preview` of rolling over; the number of queries is the same for every school.

    A class without a last day gets its term's when it is copied, or it would need its room and
    teacher in the next one too; `ending` are the ids of those that do, by default all.
    """
    classes = list(_classes(target).order_by("sort_name", "id"))
    there = {class_key(it): it for it in reversed(classes)}
    found = (
        _classes(source)
        .exclude(status=SchoolClass.Status.CANCELLED)
        .select_related("teacher")
        .annotate(students=Count("enrollments__student", filter=STUDENTS, distinct=True))
        .order_by("sort_name", "id")
    )
    rows = [_row(it, source, target, there) for it in found]
    # Those that are done come last, so that the next page's worth comes up by itself.
    rows.sort(key=lambda row: row.existing is not None)
    shown, later = rows[:AT_A_TIME], len(rows[AT_A_TIME:])
    _add_details(shown, source, target, ending)
    return Preview(source, target, shown, classes, later)


def _classes(term):
    return SchoolClass.objects.filter(term=term)


def _row(school_class, source, target, there):
    move = Move(source, target)
    teacher = school_class.teacher
    if teacher is not None and (teacher.deleted_at or teacher.status != "active"):
        teacher = None
    return Row(
        source=school_class,
        start_date=move.first(school_class.start_date),
        end_date=move.last(school_class.end_date or source.end_date),
        teacher=teacher,
        students=school_class.students,
        existing=there.get(class_key(school_class)),
    )


def _add_details(rows, source, target, ending):
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
    _mark_there([row for row in rows if row.existing is not None])


def _mark_there(rows):
    """Count which students are in the classes that are there already."""
    by_class = {row.source.pk: row for row in rows}
    enrolled, waiting = copies_in([row.existing.pk for row in rows])
    for class_id, student_id in set(students_of(by_class)):
        row = by_class[class_id]
        row.enrolled_there += (row.existing.pk, student_id) in enrolled
        row.waiting_there += (row.existing.pk, student_id) in waiting


def _slot(slot, row, move):
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


def _mark_clashes(rows, target, ending):
    """Say of each new slot which class has its room or teacher; the database decides in the end.

    The classes of `ending` will be over by then.
    """
    taken = defaultdict(list)
    booked = Schedule.objects.filter(
        booked__overlap=(target.start_date, target.end_date + timedelta(days=1))
    ).select_related("school_class")
    for slot in booked.exclude(school_class__in=ending):
        end = slot.booked.upper and slot.booked.upper - timedelta(days=1)
        _take(taken, slot, slot.school_class, slot.teacher_id, slot.booked.lower, end)
    for row in rows:
        teacher = row.teacher and row.teacher.pk
        for slot in row.slots:
            slot.clash = _clash(taken, slot, teacher)
        for slot in row.slots:
            if not slot.clash:
                _take(taken, slot, row.source, teacher, slot.first_day, slot.last_day)


def _needs(slot, teacher_id):
    room = (slot.room or "").strip().lower()
    return [(kind, value) for kind, value in (("room", room), ("teacher", teacher_id)) if value]


def _take(taken, slot, school_class, teacher_id, first, last):
    for need in _needs(slot, teacher_id):
        taken[slot.weekday, need].append((slot, school_class, first, last))


def _clash(taken, slot, teacher_id):
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
