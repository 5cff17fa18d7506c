"""Classes and their weekly slots, without two in one room, or one person in two, at a time."""

from collections import deque
from datetime import time, timedelta

from school.seeds import catalog, grading
from school.seeds.builder import Place, Section, new_id

PERIODS = [
    (time(8, 30), time(9, 25)),
    (time(9, 35), time(10, 30)),
    (time(10, 45), time(11, 40)),
    (time(12, 40), time(13, 35)),
    (time(13, 45), time(14, 40)),
    (time(14, 50), time(15, 45)),
]
ROOM_OF_SUBJECT = {
    "Science": "Lab {}",
    "Computer Science": "Computer room {}",
    "Art": "Studio {}",
    "Music": "Music room {}",
    "Physical Education": "Gym {}",
    "Drama": "Stage {}",
}
CAPACITIES = (20, 24, 26, 28, 30)
FILLED = (1.0, 0.96, 0.92, 0.9, 0.85, 0.8, 0.6)  # share of the seats
MOST_CLASSES = 5  # of one student
DAYS = ("", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

CLASS_COLUMNS = (
    "id", "name", "code", "description", "level", "subject", "capacity", "teacher_id",
    "schedule_description", "start_date", "end_date", "status", "term_id", "grading_scale_id",
    "created_at", "updated_at", "deleted_at",
)  # fmt: skip
SLOT_COLUMNS = (
    "id", "class_id", "weekday", "start_time", "end_time", "room", "valid_from", "valid_to",
    "created_at", "updated_at",
)  # fmt: skip
ENROLLMENT_COLUMNS = (
    "id", "student_id", "class_id", "enrollment_date", "completion_date", "status", "created_at",
    "updated_at",
)  # fmt: skip


def build(builder):
    """Add classes, their slots and the enrollments."""
    _plan(builder)
    _enroll(builder)
    builder.load("classes", CLASS_COLUMNS, (_class_row(builder, s) for s in _all(builder)))
    builder.load("schedules", SLOT_COLUMNS, _slot_rows(builder))
    builder.load("enrollments", ENROLLMENT_COLUMNS, _enrollment_rows(builder))


def _plan(builder):
    rng = builder.rng("classes")
    rooms = {}
    for number in range(builder.scale):
        for course in (*catalog.LEAD_COURSES, *catalog.COURSES):
            lead = number == 0 and course in catalog.LEAD_COURSES
            builder.sections.append(
                _section(
                    builder, rng, course, number, rooms, teacher=builder.teacher if lead else None
                )
            )
        over = _section(builder, rng, catalog.COMPLETED_COURSE, number, rooms, status="completed")
        off = _section(builder, rng, catalog.CANCELLED_COURSE, number, rooms, status="cancelled")
        builder.sections += [over, off]
    builder.deleted_section = _section(builder, rng, catalog.DELETED_COURSE, 0, rooms)


def _section(builder, rng, course, number, rooms, teacher=None, status="active"):
    first, last = builder.term_start, builder.term_end
    if status == "completed":
        first, last = first - timedelta(weeks=12), first - timedelta(days=10)
    others = [it for it in builder.teachers if it is not builder.teacher]
    candidates = [teacher] if teacher else rng.sample(others, len(others))
    period, teacher = _free_period(rng, course, candidates)
    busy = {(day, period) for day in course.days}
    teacher.busy |= busy
    return Section(
        id=new_id(rng),
        course=course,
        name=course.name + (f" (section {number + 1})" if number else ""),
        code=course.code + (f"-{number + 1:02}" if number else ""),
        teacher=teacher,
        capacity=rng.choice(CAPACITIES),
        status=status,
        first_day=first,
        last_day=last,
        room=_free_room(course, busy, rooms),
        slots=[(day, *PERIODS[period]) for day in course.days],
        busy=busy,
    )


def _free_period(rng, course, teachers):
    """Return (period, teacher) in which the first possible teacher is free on all days.

    Whoever has the fewest classes comes first, so that all teach.
    """
    for teacher in sorted(teachers, key=lambda it: len(it.busy)):
        for period in rng.sample(range(len(PERIODS)), len(PERIODS)):
            if not any((day, period) in teacher.busy for day in course.days):
                return period, teacher
    raise ValueError("The example timetable has more classes than its teachers can teach.")


def _free_room(course, busy, rooms):
    pattern = ROOM_OF_SUBJECT.get(course.subject, "Room {}")
    first = 1 if course.subject in ROOM_OF_SUBJECT else 101
    number = first
    while busy & rooms.setdefault(pattern.format(number), set()):
        number += 1
    rooms[pattern.format(number)] |= busy
    return pattern.format(number)


# --- enrollments ----------------------------------------------------------------------------------


def _enroll(builder):
    rng = builder.rng("enrollments")
    open_sections = [s for s in builder.sections if s.status != "cancelled"]
    _enroll_lead_student(builder)
    wishes = [it for it in builder.students[1:] for _ in range(it.wanted)]
    rng.shuffle(wishes)
    wishes = deque(wishes)
    for section in rng.sample(open_sections, len(open_sections)):
        seats = max(1, round(section.capacity * rng.choice(FILLED))) - len(section.places)
        for student in _takers(wishes, section, seats):
            _place(builder, rng, section, student)


def _enroll_lead_student(builder):
    """student@ attends three of teacher@'s classes, one of another's, and one that is over."""
    chosen = builder.sections[:3]
    other = next(
        s for s in builder.sections[4:] if s.status == "active" and _fits(builder.student, s)
    )
    over = next(s for s in builder.sections if s.status == "completed")
    for section in (*chosen, other, over):
        section.places.append(_completed_or_active(section, builder.student, section.first_day))
        builder.student.classes.append(section)
        if section.status == "active":
            builder.student.busy |= section.busy


def _fits(student, section):
    return (
        not student.busy & section.busy
        and len(student.classes) < MOST_CLASSES
        and section not in student.classes
    )


def _takers(wishes, section, seats):
    """Yield up to `seats` students from the front of `wishes` whose timetable has room."""
    passed = []
    while seats > 0 and wishes and len(passed) < 200:
        student = wishes.popleft()
        if _fits(student, section):
            seats -= 1
            student.busy |= section.busy
            student.classes.append(section)
            yield student
        else:
            passed.append(student)
    wishes.extend(passed)


def _place(builder, rng, section, student):
    first = section.first_day
    if rng.random() < 0.07:  # joined late
        first += timedelta(days=rng.randint(7, 30))
    place = _completed_or_active(section, student, first)
    if section.status == "active" and rng.random() < 0.03:
        place.status = "dropped"
        place.last_day = first + timedelta(days=rng.randint(14, 40))
    section.places.append(place)


def _completed_or_active(section, student, first_day):
    if section.status == "completed":
        return Place(student, first_day, section.last_day, "completed")
    return Place(student, first_day, None, "active")


# --- rows -----------------------------------------------------------------------------------------


def _all(builder):
    return (*builder.sections, builder.deleted_section)


def _class_row(builder, section):
    made = builder.at(section.first_day - timedelta(days=40), time(10))
    days = "/".join(DAYS[day] for day, _, _ in section.slots)
    _, start, end = section.slots[0]
    deleted = section is builder.deleted_section
    term = builder.term_of(section.first_day)
    return (
        section.id,
        section.name,
        section.code,
        section.course.description or f"{section.course.subject}, {section.course.level.lower()}.",
        section.course.level,
        section.course.subject,
        section.capacity,
        section.teacher.id,
        f"{days} {start:%H:%M}–{end:%H:%M}",
        section.first_day,
        section.last_day,
        section.status,
        term and term.id,
        grading.scale_id(builder, section),
        made,
        made,
        made + timedelta(days=20) if deleted else None,
    )


def _slot_rows(builder):
    rng = builder.rng("slots")
    for section in builder.sections:
        made = builder.at(section.first_day - timedelta(days=30), time(11))
        for weekday, start, end in section.slots:
            yield (
                new_id(rng), section.id, weekday, start, end, section.room, section.first_day,
                section.last_day, made, made,
            )  # fmt: skip


def _enrollment_rows(builder):
    rng = builder.rng("enrollment rows")
    for section in builder.sections:
        for place in section.places:
            made = builder.at(place.first_day, time(8, rng.randint(0, 59)))
            yield (
                new_id(rng), place.student.id, section.id, place.first_day, place.last_day,
                place.status, made, made,
            )  # fmt: skip
