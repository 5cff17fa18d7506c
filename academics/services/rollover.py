"""A term rolled over into the next: its classes, weekly slots and assignments copied, and its
students taken along.

`preview` says what would happen, `carry_out` does it, all or nothing. A class that was copied
before is known by its name and code in the target term: doing it twice copies nothing twice.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Count, DateField, F, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from academics.models import (
    Assignment,
    AssignmentWeight,
    AttachmentFile,
    Enrollment,
    Schedule,
    SchoolClass,
    Term,
    WaitlistEntry,
)
from academics.services import files
from academics.services.files import FileRefused
from core import rls
from core.defaults import today

AT_A_TIME = 1000  # classes; each has three fields of the form, of which a request may have 10,000
COPIED = ("name", "code", "description", "level", "subject", "capacity", "schedule_description")
COPIED_WORK = ("title", "description", "type", "max_score", "content", "closes_automatically")
# Who would come along: of a class that is over, those who completed it.
STUDENTS = (
    Q(enrollments__status="active") | Q(enrollments__status="completed", status="completed")
) & Q(enrollments__student__status="active", enrollments__student__deleted_at=None)


class RolloverRefused(Exception):
    """What stands in the way, as sentences by class id (None: by no class)."""

    def __init__(self, sentences):
        super().__init__(" ".join(text for texts in sentences.values() for text in texts))
        self.sentences = sentences


@dataclass(eq=False)
class Slot:
    """A weekly slot as it would be in the target term."""

    weekday: int
    start_time: object
    end_time: object
    room: str | None
    valid_from: object
    valid_to: object
    first_day: object
    last_day: object
    clash: str = ""

    @property
    def weekday_name(self):
        return Schedule.Weekday(self.weekday).label


@dataclass(eq=False)
class Row:
    """A class of the source term, and what its copy would be."""

    source: SchoolClass
    start_date: object
    end_date: object
    teacher: object
    slots: list = field(default_factory=list)
    assignments: int = 0
    students: int = 0
    existing: SchoolClass | None = None

    @property
    def key(self):
        return _key(self.source)

    @property
    def is_open(self):
        """Whether the class has no last day."""
        return self.source.end_date is None

    @property
    def clashes(self):
        return [slot for slot in self.slots if slot.clash]

    @property
    def seats(self):
        """The seats that are free in the copy."""
        if self.existing is not None:
            return self.existing.seats_left
        return self.source.capacity

    @property
    def without_seat(self):
        return max(0, self.students - self.seats)


@dataclass
class Preview:
    """The rows, by name; the target's other classes; how many classes are on later pages."""

    source: Term
    target: Term
    rows: list
    classes: list
    later: int = 0

    @property
    def labels(self):
        """The names under which students can be sent to a class of the target."""
        return sorted({str(it) for it in self.classes} | {str(row.source) for row in self.rows})


@dataclass
class Choice:
    """What happens with one class: copy it, and where its students go.

    `students_to` is "" (nowhere), "copy", or the name of a class of the target.
    """

    copy: bool = True
    students_to: str = ""


@dataclass
class Result:
    """What was done; `classes` are (id, name, enrolled, waiting) of classes of the target."""

    copied: int = 0
    already_there: int = 0
    slots: int = 0
    slots_left_out: int = 0
    assignments: int = 0
    files: int = 0
    enrolled: int = 0
    waiting: int = 0
    enrolled_already: int = 0
    completed_classes: int = 0
    completed_enrollments: int = 0
    classes: list = field(default_factory=list)


# --- what would happen ----------------------------------------------------------------------------


def targets(source):
    """Return the terms after `source`, the next one first."""
    later = Term.objects.select_related("academic_year").filter(start_date__gt=source.end_date)
    return later.order_by("start_date")


def preview(*, source, target, ending=None):
    """Return the `Preview` of rolling over; the number of queries is the same for every school.

    A class without a last day gets its term's when it is copied, or it would need its room and
    teacher in the next one too; `ending` are the ids of those that do, by default all.
    """
    classes = list(_classes(target).order_by("name", "id"))
    there = {_key(it): it for it in reversed(classes)}
    found = (
        _classes(source)
        .exclude(status=SchoolClass.Status.CANCELLED)
        .select_related("teacher")
        .annotate(students=Count("enrollments", filter=STUDENTS))
        .order_by("name", "id")
    )
    rows = [_row(it, source, target, there) for it in found]
    # Those that are done come last, so that the next page's worth comes up by itself.
    rows.sort(key=lambda row: row.existing is not None)
    shown, later = rows[:AT_A_TIME], len(rows[AT_A_TIME:])
    _add_details(shown, source, target, ending)
    return Preview(source, target, shown, classes, later)


def _classes(term):
    return SchoolClass.objects.filter(term=term)


def _key(school_class):
    return (school_class.name.casefold(), (school_class.code or "").casefold())


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
        existing=there.get(_key(school_class)),
    )


@dataclass(frozen=True)
class Move:
    """Days of one term to those of another: on the same weekday, and within it."""

    source: Term
    target: Term

    def day(self, day):
        """Return the day as many whole weeks later as the terms begin apart."""
        weeks = round((self.target.start_date - self.source.start_date).days / 7)
        apart = timedelta(weeks=weeks)
        return self._within(min(day, date.max - apart) + apart)

    def first(self, day):
        """Return the first day of something; what begins with the term does so again."""
        return self.target.start_date if day <= self.source.start_date else self.day(day)

    def last(self, day):
        """Return the last day of something; what ends with the term does so again."""
        return self.target.end_date if day >= self.source.end_date else self.day(day)

    def _within(self, day):
        return min(max(day, self.target.start_date), self.target.end_date)


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


# --- doing it -------------------------------------------------------------------------------------


def carry_out(*, source, target, choices, by, assignments=True, skip_clashes=False, complete=False):
    """Roll over the classes of `choices` ({class id: Choice}); returns the `Result`.

    With `skip_clashes` a slot whose room or teacher is taken is left out; else it is refused.
    With `complete` the chosen classes and their enrollments end. One transaction, in which others
    who roll over into the same term wait. Raises RolloverRefused, and the database's refusals.
    """
    with transaction.atomic(), rls.noting(rollover=f"{source} → {target}"):
        _lock(source, target)
        ending = {class_id for class_id, choice in choices.items() if choice.copy}
        plan = preview(source=source, target=target, ending=ending)
        rows = [row for row in plan.rows if row.source.pk in choices]
        copying = [row for row in rows if choices[row.source.pk].copy]
        _refuse(plan, rows, copying, choices, skip_clashes)
        result = Result()
        _end(copying, source)
        made = _copy(copying, target, result)
        if assignments:
            _copy_assignments(made, Move(source, target), by, result)
        _promote(plan, rows, made, choices, result)
        if complete:
            _complete(copying, source, result)
        return result


def _lock(source, target):
    """Wait for whoever is at it: terms and then classes of both, each in the order of their ids.

    So nobody ever waits for us while we wait for them: not who rolls over, nor the enrollment desk.
    ("no_key": a plain FOR UPDATE would wait for everything that refers to a row.)
    """
    terms = [source.pk, target.pk]
    for rows in (Term.objects.filter(pk__in=terms), SchoolClass.objects.filter(term__in=terms)):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _refuse(plan, rows, copying, choices, skip_clashes):
    """Raise RolloverRefused with everything that is wrong with the choices."""
    wrong = defaultdict(list)
    if plan.target.start_date <= plan.source.end_date:
        wrong[None].append(_("The target must be a term after this one."))
    if len(rows) < len(choices):
        wrong[None].append(_("A class is no longer in this term. Look at the preview again."))
    destinations = _destinations(plan, copying)
    for row in copying:
        if row.existing is None and not skip_clashes:
            wrong[row.source.pk] += [slot.clash for slot in row.clashes]
    for row in rows:
        asked = choices[row.source.pk].students_to
        name = str(row.source) if asked == "copy" else asked
        found = destinations.get(name.casefold(), [])
        if name and not found:
            wrong[row.source.pk].append(
                _("“%(name)s” is no class of the target term.") % {"name": name}
                if asked != "copy"
                else _("Without a copy its students have nowhere to go.")
            )
        elif len(found) > 1:
            wrong[row.source.pk].append(
                _("Several classes of the target term are called “%(name)s”.") % {"name": name}
            )
    if any(wrong.values()):
        raise RolloverRefused({key: texts for key, texts in wrong.items() if texts})


def _destinations(plan, copying):
    """Return {name: keys of the classes that have it} of the target, as it will be."""
    found = defaultdict(list)
    for school_class in plan.classes:
        found[str(school_class).casefold()].append(school_class)
    for row in copying:
        if row.existing is None:
            found[str(row.source).casefold()].append(row)
    return found


def _end(rows, source):
    """Let the classes without a last day end with their term."""
    SchoolClass.objects.filter(
        pk__in=[row.source.pk for row in rows],
        end_date=None,
        start_date__lte=source.end_date,
    ).update(end_date=source.end_date)


def _copy(rows, target, result):
    """Copy classes with their slots and weights; return {row: new class} of those that were not."""
    made = {}
    for row in rows:
        if row.existing is not None:
            result.already_there += 1
            continue
        made[row] = SchoolClass(
            **{name: getattr(row.source, name) for name in COPIED},
            grading_scale_id=row.source.grading_scale_id,
            teacher=row.teacher,
            start_date=row.start_date,
            end_date=row.end_date,
            term=target,
        )
    SchoolClass.objects.bulk_create(made.values())
    slots = [
        Schedule(
            school_class=school_class,
            weekday=slot.weekday,
            start_time=slot.start_time,
            end_time=slot.end_time,
            room=slot.room,
            valid_from=slot.valid_from,
            valid_to=slot.valid_to,
        )
        for row, school_class in made.items()
        for slot in row.slots
        if not slot.clash
    ]
    Schedule.objects.bulk_create(slots)
    _copy_weights(made)
    result.copied = len(made)
    result.slots = len(slots)
    result.slots_left_out = sum(len(row.clashes) for row in made)
    return made


def _copy_weights(made):
    by_class = {row.source.pk: school_class for row, school_class in made.items()}
    AssignmentWeight.objects.bulk_create(
        AssignmentWeight(
            school_class=by_class[weight.school_class_id], type=weight.type, weight=weight.weight
        )
        for weight in AssignmentWeight.objects.filter(school_class__in=by_class)
    )


def _copy_assignments(made, move, by, result):
    by_class = {row.source.pk: school_class for row, school_class in made.items()}
    pairs = [
        (
            work,
            Assignment(
                **{name: getattr(work, name) for name in COPIED_WORK},
                school_class=by_class[work.school_class_id],
                assigned_date=move.day(work.assigned_date),
                due_date=move.day(work.due_date),
            ),
        )
        for work in Assignment.objects.filter(school_class__in=by_class)
    ]
    Assignment.objects.bulk_create(copy for _work, copy in pairs)
    result.assignments = len(pairs)
    copies = {work.pk: copy for work, copy in pairs}
    kept = defaultdict(list)
    for row in AttachmentFile.objects.filter(assignment__in=copies, submission=None):
        kept[row.assignment_id].append(row)
    for work_id, rows in kept.items():
        try:
            result.files += len(files.copy(rows=rows, assignment=copies[work_id], by=by))
        except FileRefused as refusal:
            class_id = next(work.school_class_id for work, _copy in pairs if work.pk == work_id)
            raise RolloverRefused({class_id: [str(refusal)]}) from refusal


# --- students -------------------------------------------------------------------------------------


def _promote(plan, rows, made, choices, result):
    """Enroll the students in the classes that they go to; who finds no seat there waits for one."""
    going = _going(plan, rows, made, choices)
    classes = {it.pk: it for it in going}
    # Locked since the beginning or made by us: the seats counted here are the ones there are.
    seats = {it.pk: it.seats_left for it in SchoolClass.objects.filter(pk__in=classes)}
    there = _there(classes)
    enrollments, entries = [], []
    for school_class, students in going.items():
        first = max(school_class.start_date, plan.target.start_date)
        counts = {"enrolled": 0, "waiting": 0}
        for student_id in students:
            if (school_class.pk, student_id) in there:
                result.enrolled_already += 1
            elif counts["enrolled"] < seats[school_class.pk]:
                counts["enrolled"] += 1
                enrollments.append(
                    Enrollment(
                        student_id=student_id, school_class=school_class, enrollment_date=first
                    )
                )
            else:
                counts["waiting"] += 1
                entries.append(WaitlistEntry(student_id=student_id, school_class=school_class))
        result.classes.append([str(school_class.pk), str(school_class), *counts.values()])
    Enrollment.objects.bulk_create(enrollments)
    WaitlistEntry.objects.bulk_create(entries)
    result.enrolled, result.waiting = len(enrollments), len(entries)
    shown = {found[0] for found in result.classes}
    result.classes += [
        [str(it.pk), str(it), 0, 0] for it in made.values() if str(it.pk) not in shown
    ]
    result.classes.sort(key=lambda found: found[1].casefold())


def _going(plan, rows, made, choices):
    """Return {class of the target: student ids in the order of their enrollment, each once}."""
    named = {str(it).casefold(): it for it in plan.classes}
    named |= {str(it).casefold(): it for it in made.values()}
    to = {}
    for row in rows:
        asked = choices[row.source.pk].students_to
        if asked:
            name = str(row.source) if asked == "copy" else asked
            to[row.source.pk] = named[name.casefold()]
    going = defaultdict(dict)
    enrolled = (
        Enrollment.objects.filter(
            Q(status=Enrollment.Status.ACTIVE)
            | Q(
                status=Enrollment.Status.COMPLETED,
                school_class__status=SchoolClass.Status.COMPLETED,
            ),
            school_class__in=to,
            student__status="active",
            student__deleted_at=None,
        )
        .order_by("enrollment_date", "student__name", "id")
        .values_list("school_class", "student")
    )
    for class_id, student_id in enrolled:
        going[to[class_id]][student_id] = None
    return {school_class: list(students) for school_class, students in going.items()}


def _there(classes):
    """Return {(class id, student id)} of who is enrolled or waits there already."""
    enrolled = Enrollment.objects.active().filter(school_class__in=classes)
    waiting = WaitlistEntry.objects.filter(
        school_class__in=classes, status=WaitlistEntry.Status.WAITING
    )
    return {
        pair for rows in (enrolled, waiting) for pair in rows.values_list("school_class", "student")
    }


def _complete(rows, source, result):
    """End the classes and what is still active of their enrollments, and their queues."""
    ids = [row.source.pk for row in rows]
    last = min(today(), source.end_date)
    # First, because this waits for grades on their way, which want enrollments (app.lock_final).
    result.completed_classes = (
        SchoolClass.objects.active().filter(pk__in=ids).update(status=SchoolClass.Status.COMPLETED)
    )
    result.completed_enrollments = (
        Enrollment.objects.active()
        .filter(school_class__in=ids)
        .update(
            status=Enrollment.Status.COMPLETED,
            completion_date=Greatest(F("enrollment_date"), Value(last, DateField())),
        )
    )
    WaitlistEntry.objects.filter(school_class__in=ids, status=WaitlistEntry.Status.WAITING).update(
        status=WaitlistEntry.Status.WITHDRAWN
    )
