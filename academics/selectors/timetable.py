"""The lessons of a span of days: sessions, and slots whose sessions are not generated yet.

A fixed number of queries whatever the size; row-level security decides what is seen. A session has
no room of its own: it is in the room of the slot that it comes from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower, Trim

from academics import weekdays
from academics.models import Attendance, ClassSession, Enrollment, Schedule, SchoolClass
from academics.selectors import closed_days
from core import rls
from core.models import User

# By class id: (student, first day, last day) of its places; its weekly slots.
Places = dict[UUID, list[tuple[UUID, date, date | None]]]
Slots = dict[UUID, list[Schedule]]

WEEK = timedelta(days=7)
FIRST_YEAR, LAST_YEAR = 1900, 9998


@dataclass(frozen=True)
class Scope:
    """Whose lessons: those that fit all that is given; `teacher` and `school_class` are rows."""

    teacher: User | None = None
    school_class: SchoolClass | None = None
    room: str = ""
    student: User | None = None

    def __bool__(self) -> bool:
        return any(vars(self).values())


@dataclass
class Lesson:
    """One lesson: a session, or (`session` is None) a slot that has none on that day yet."""

    day: date
    start: time
    end: time
    school_class: SchoolClass
    session: ClassSession | None = None
    room: str = ""
    teacher: str = ""
    cancelled: bool = False

    @property
    def topic(self) -> str:
        return (self.session.topic or "") if self.session else ""


@dataclass
class Day:
    """A column of the week."""

    date: date
    is_today: bool
    is_past: bool
    closed: list[str]
    lessons: list[Lesson] = field(default_factory=list)


@dataclass
class Week:
    """The days to show, and the rows of the table: (start, the lessons of each day)."""

    monday: date
    days: list[Day]

    @property
    def lessons(self) -> list[Lesson]:
        return [lesson for day in self.days for lesson in day.lessons]

    @property
    def planned(self) -> int:
        """The number of lessons without a session."""
        return sum(lesson.session is None for lesson in self.lessons)

    @property
    def rows(self) -> list[tuple[time, list[tuple[Day, list[Lesson]]]]]:
        """Return [(start, [(day, its lessons that begin then)])]."""
        starts = sorted({lesson.start for lesson in self.lessons})
        return [
            (
                start,
                [
                    (day, [lesson for lesson in day.lessons if lesson.start == start])
                    for day in self.days
                ],
            )
            for start in starts
        ]

    @property
    def name(self) -> str:
        return week_name(self.monday)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def previous(self) -> str:
        return week_name(self.monday - WEEK)

    @property
    def next(self) -> str:
        return week_name(self.monday + WEEK)


def week_name(monday: date) -> str:
    """Return the week as ISO 8601 says it: 2026-W48."""
    return f"{monday:%G-W%V}"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def read_week(text: str) -> date:
    """Return the Monday of "2026-W48"; raises ValueError."""
    year, number = map(int, text.split("-W"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError("outside the calendar")
    return date.fromisocalendar(year, number, 1)


def week(monday: date, today: date, scope: Scope) -> Week:
    """Return the `Week` of the lessons in a scope: the school's weekdays, others only if used."""
    sunday = monday + timedelta(days=6)
    closed = closed_days.names_by_day(monday, sunday)
    by_day: dict[date, list[Lesson]] = defaultdict(list)
    for lesson in lessons(monday, sunday, scope, closed=closed):
        by_day[lesson.day].append(lesson)
    days = [monday + timedelta(days=number) for number in range(7)]
    usual = weekdays.of_school()
    shown = [day for day in days if day.isoweekday() in usual or by_day[day]]
    return Week(
        monday, [Day(day, day == today, day < today, closed[day], by_day[day]) for day in shown]
    )


def lessons(
    first: date,
    last: date,
    scope: Scope,
    *,
    closed: Mapping[date, Sequence[str]] | None = None,
    places: Places | None = None,
) -> list[Lesson]:
    """Return the `Lesson`s of the days, in their order.

    With `closed` (from `closed_days.names_by_day`) slots without a session are included, except on
    closed days. `places` (from `enrolled`) selects several students instead of the scope's one.
    """
    if scope.student is not None:
        places = enrolled([scope.student])
    slots = _slots(first, last, scope, places)
    sessions = _sessions(first, last, scope, places, slots)
    result = [_of_session(session, slots) for session in sessions]
    if closed is not None:
        result += _without_session(first, last, slots, sessions, closed)
    if scope.room:
        result = [lesson for lesson in result if _same(lesson.room, scope.room)]
    if places is not None:
        result = [
            lesson for lesson in result if attends(places, lesson.school_class.pk, lesson.day)
        ]
    return sorted(
        result,
        key=lambda lesson: (lesson.day, lesson.start, lesson.end, lesson.school_class.sort_name),
    )


def enrolled(students: Collection[User]) -> Places:
    """Return {class id: [(student id, first day, last day or None)]}; not the dropped."""
    places: Places = defaultdict(list)
    rows = Enrollment.objects.filter(student__in=students).exclude(status=Enrollment.Status.DROPPED)
    for class_id, student_id, first, last in rows.values_list(
        "school_class_id", "student_id", "enrollment_date", "completion_date"
    ):
        places[class_id].append((student_id, first, last))
    return places


def attends(places: Places, class_id: UUID, day: date) -> list[UUID]:
    """Return the ids of the students enrolled in the class on that day."""
    return [
        student
        for student, first, last in places.get(class_id, [])
        if first <= day and (last is None or day <= last)
    ]


def teachers_of_own_classes() -> dict[UUID, str]:
    """Return {class id: name of its teacher}, for students and guardians."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select class_id, name from app.class_teachers where tenant_id = %s",
            [rls.current_tenant_id()],
        )
        return dict(cursor.fetchall())


def rooms() -> list[str]:
    """Return the sorted names of the rooms in slots, ignoring case."""
    names = (
        Schedule.objects.exclude(room__isnull=True)
        .exclude(room="")
        .order_by("room")
        .values_list("room", flat=True)
        .distinct()
    )
    by_key: dict[str, str] = {}
    for name in filter(None, names):
        by_key.setdefault(name.strip().lower(), name.strip())
    return sorted(filter(None, by_key.values()), key=str.lower)


def _in_scope(scope: Scope, places: Places | None) -> Q:
    """Return the condition of a scope, for slots and for sessions."""
    condition = Q(school_class__deleted_at__isnull=True)
    if scope.teacher is not None:
        condition &= Q(school_class__teacher=scope.teacher)
    if scope.school_class is not None:
        condition &= Q(school_class=scope.school_class)
    if places is not None:
        condition &= Q(school_class__in=list(places))
    return condition


def _slots(first: date, last: date, scope: Scope, places: Places | None) -> Slots:
    """Return {class id: its slots that are valid on some of the days}."""
    rows = Schedule.objects.filter(
        _in_scope(scope, places),
        Q(valid_from__isnull=True) | Q(valid_from__lte=last),
        Q(valid_to__isnull=True) | Q(valid_to__gte=first),
    )
    if scope.room:
        rows = rows.annotate(place=Lower(Trim("room"))).filter(place=scope.room.strip().lower())
    by_class: Slots = defaultdict(list)
    for slot in rows.select_related("school_class__teacher").order_by("start_time", "id"):
        by_class[slot.school_class_id].append(slot)
    return by_class


def _sessions(
    first: date, last: date, scope: Scope, places: Places | None, slots: Slots
) -> list[ClassSession]:
    rows = ClassSession.objects.filter(
        _in_scope(scope, places), session_date__range=(first, last)
    ).select_related("school_class__teacher")
    if scope.room:
        rows = rows.filter(school_class__in=list(slots))
    taken = Attendance.objects.filter(class_session=OuterRef("pk"))
    return list(rows.annotate(recorded=Exists(taken)))


def _of_session(session: ClassSession, slots: Slots) -> Lesson:
    school_class = session.school_class
    slot = _slot_of(session, slots[school_class.pk])
    return Lesson(
        session.session_date,
        session.start_time,
        session.end_time,
        school_class,
        session,
        room=(slot.room or "").strip() if slot else "",
        teacher=school_class.teacher.name if school_class.teacher else "",
        cancelled=session.status == ClassSession.Status.CANCELLED
        or school_class.status == SchoolClass.Status.CANCELLED,
    )


def _slot_of(session: ClassSession, slots: Sequence[Schedule]) -> Schedule | None:
    """Return the slot that a session comes from: of its time, or else one that overlaps it."""
    there = [
        slot
        for slot in slots
        if _meets(slot, session.session_date)
        and slot.start_time < session.end_time
        and session.start_time < slot.end_time
    ]
    return min(there, key=lambda slot: slot.start_time != session.start_time, default=None)


def _meets(slot: Schedule, day: date) -> bool:
    """Return whether the slot is on that day, by its own dates."""
    return (
        slot.weekday == day.isoweekday()
        and (slot.valid_from is None or slot.valid_from <= day)
        and (slot.valid_to is None or day <= slot.valid_to)
    )


def _without_session(
    first: date,
    last: date,
    slots: Slots,
    sessions: Sequence[ClassSession],
    closed: Mapping[date, Sequence[str]],
) -> Iterator[Lesson]:
    """Yield a `Lesson` for each slot on each day that has no session of its class at that time."""
    taken: dict[tuple[UUID, date], list[ClassSession]] = defaultdict(list)
    for session in sessions:
        taken[session.school_class_id, session.session_date].append(session)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for slot in (slot for slots_of_class in slots.values() for slot in slots_of_class):
        school_class = slot.school_class
        if school_class.status != SchoolClass.Status.ACTIVE:
            continue
        for day in days:
            if not _meets(slot, day) or closed[day] or not _runs(school_class, day):
                continue
            if any(
                other.start_time < slot.end_time and slot.start_time < other.end_time
                for other in taken[school_class.pk, day]
            ):
                continue
            yield Lesson(
                day,
                slot.start_time,
                slot.end_time,
                school_class,
                room=(slot.room or "").strip(),
                teacher=school_class.teacher.name if school_class.teacher else "",
            )


def _runs(school_class: SchoolClass, day: date) -> bool:
    return school_class.start_date <= day and (
        school_class.end_date is None or day <= school_class.end_date
    )


def _same(room: str, other: str) -> bool:
    return room.strip().lower() == other.strip().lower()
