"""The sessions of a term and who came to them."""

from datetime import timedelta

from school.seeds import catalog
from school.seeds.builder import Meeting, new_id

# More are missing before and after the weekend.
WEEKDAY_FACTOR = (1.3, 0.95, 0.85, 1.0, 1.45, 1.15, 1.1)  # Monday first
FLU_WEEK, FLU_FACTOR = 4, 1.9  # so many weeks ago, so many times the absences
STAYS_ILL = 0.45  # chance to miss the next lesson, too, after an excused absence
MISSING_REGISTERS = 3  # past sessions for which nobody took attendance; one is the lead teacher's
CANCELLED = 0.012  # share of the sessions

SESSION_COLUMNS = (
    "id", "class_id", "session_date", "start_time", "end_time", "topic", "notes", "status",
    "created_at", "updated_at",
)  # fmt: skip
ATTENDANCE_COLUMNS = (
    "id", "class_session_id", "student_id", "status", "notes", "recorded_by", "recorded_at",
    "created_at", "updated_at",
)  # fmt: skip


def build(builder):
    """Add the sessions of every class that was not called off, and the attendance of the past."""
    builder.load("class_sessions", SESSION_COLUMNS, list(_sessions(builder)))
    builder.load("attendance", ATTENDANCE_COLUMNS, _attendance(builder))


def _sessions(builder):
    rng = builder.rng("sessions")
    missing = _missing_registers(builder)
    for section in builder.sections:
        if section.status == "cancelled":
            continue
        made = builder.at(section.first_day - timedelta(days=28), section.slots[0][1])
        for number, (day, start, end) in enumerate(_dates(builder, section)):
            forgotten = (section.code, day) in missing
            cancelled = rng.random() < CANCELLED and day != builder.today and not forgotten
            taken = day < builder.today and not cancelled and not forgotten
            meeting = Meeting(new_id(rng), day, start, end, register=taken)
            section.meetings.append(meeting)
            topics = section.course.topics
            lessons = max(1, len(section.slots))
            yield (
                meeting.id, section.id, day, start, end,
                topics[number // lessons % len(topics)],
                "Teacher ill" if cancelled else None,
                "cancelled" if cancelled else "completed" if taken else "scheduled",
                made, made,
            )  # fmt: skip


def _dates(builder, section):
    """Yield (date, start, end) of every meeting of a class, in order; none on a closed day."""
    day = section.first_day
    while day <= section.last_day:
        for weekday, start, end in section.slots:
            if day.isoweekday() == weekday and not builder.is_closed(day):
                yield day, start, end
        day += timedelta(days=1)


def _missing_registers(builder):
    """Return (class code, date) of the last past lessons of a few classes."""
    running = [s for s in builder.sections if s.status == "active"]
    every = max(1, len(running) // (MISSING_REGISTERS * builder.scale))
    missing = set()
    for section in running[1::every][: MISSING_REGISTERS * builder.scale]:
        past = [day for day, _, _ in _dates(builder, section) if day < builder.today]
        missing |= {(section.code, day) for day in past[-1:]}
    return missing


def _attendance(builder):
    rng = builder.rng("attendance")
    flu = builder.today - timedelta(weeks=FLU_WEEK, days=builder.today.weekday())
    for section in builder.sections:
        ill = {}
        for meeting in section.meetings:
            if not meeting.register:
                continue
            factor = WEEKDAY_FACTOR[meeting.date.weekday()]
            if flu <= meeting.date < flu + timedelta(weeks=1):
                factor *= FLU_FACTOR
            recorded = builder.at(meeting.date, meeting.start) + timedelta(
                minutes=rng.randint(3, 50)
            )
            for place in section.places:
                if not place.first_day <= meeting.date <= (place.last_day or meeting.date):
                    continue
                status, note = _status(rng, place.student, factor, ill)
                yield (
                    new_id(rng), meeting.id, place.student.id, status, note, section.teacher.id,
                    recorded, recorded, recorded,
                )  # fmt: skip
        yield None  # all of one class in one statement: its rates are computed once


def _status(rng, student, factor, ill):
    """Return (status, note); `ill` remembers who was away with an excuse last time."""
    if ill.pop(student, False) and rng.random() < STAYS_ILL:
        ill[student] = rng.random() < 0.5
        return "excused", "Still ill"
    chance = rng.random()
    missing = min(0.6, student.absence * factor)
    if chance < missing * student.excuse:
        ill[student] = True
        return "excused", rng.choice(catalog.EXCUSES)
    if chance < missing:
        return "absent", None
    if chance < missing + student.lateness:
        return "late", rng.choice(catalog.LATE_NOTES) if rng.random() < 0.4 else None
    return "present", None
