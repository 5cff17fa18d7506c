"""Who is away: absences that are over, that last today, that guardians reported, and calls."""

from datetime import time, timedelta

from school.seeds.builder import new_id

COLUMNS = (
    "id", "student_id", "starts_on", "ends_on", "starts_at", "ends_at", "reason", "note", "status",
    "source", "reported_by", "decided_by", "decided_at", "created_at", "updated_at",
)  # fmt: skip
CALL_COLUMNS = (
    "id", "student_id", "day", "outcome", "spoken_to", "note", "recorded_by", "created_at",
    "updated_at",
)  # fmt: skip
PAST, PRESENT = 8, 4  # absences that are over, and that last today
REASONS = ("Ill", "Ill", "Ill", "Family", "Religious holiday")


def build(builder):
    """Add absences to some students; marks of those days become excused, as by the office."""
    rng = builder.rng("absences")
    students = rng.sample(builder.students[1:], PAST + PRESENT)
    past = [_entered(builder, rng, student, 20, 6) for student in students[:PAST]]
    present = [_entered(builder, rng, student, 1, -2) for student in students[PAST:]]
    builder.load("absences", COLUMNS, [*past, *present, *_reported(builder, rng)])
    builder.load("absence_calls", CALL_COLUMNS, _calls(builder, rng, students[:PAST]))


def _entered(builder, rng, student, first, last):
    """Return an absence that the office entered: it lasts from `first` to `last` days ago."""
    starts_on = builder.today - timedelta(days=first)
    ends_on = min(builder.today - timedelta(days=last), starts_on + timedelta(days=3))
    at = builder.at(starts_on, time(7, rng.randint(30, 59)))
    return (
        new_id(rng), student.id, starts_on, ends_on, None, None, rng.choice(REASONS),
        "The mother called.", "approved", "office", builder.admin.id, builder.admin.id, at, at, at,
    )  # fmt: skip


def _reported(builder, rng):
    """Yield what the guardian of student@ reported: an appointment to come, and a day declined."""
    builder.cursor.execute(
        "SELECT id FROM users WHERE tenant_id = %s AND email = %s",
        [builder.tenant_id, f"guardian@{builder.profile.email_domain}"],
    )
    (guardian,) = builder.cursor.fetchone()
    day = builder.today + timedelta(days=1)
    at = builder.at(builder.today, time(6, 40))
    yield (
        new_id(rng), builder.student.id, day, day, time(9), time(11), "Appointment",
        "At the dentist's.", "reported", "guardian", guardian, None, None, at, at,
    )  # fmt: skip
    day, at = builder.today - timedelta(days=30), builder.at(builder.term_start, time(8))
    yield (
        new_id(rng), builder.student.id, day, day, None, None, "Family", "A long weekend.",
        "declined", "guardian", guardian, builder.admin.id, at, at, at,
    )  # fmt: skip


def _calls(builder, rng, students):
    """Yield the calls about the first days of some absences: nobody answered at first."""
    day = builder.today - timedelta(days=20)
    for number, student in enumerate(students[:3]):
        for outcome, minute in (("no_answer", 0), ("excused", 25)):
            at = builder.at(day, time(8 + number, 10 + minute))
            spoken_to = "Mother" if outcome == "excused" else None
            yield (
                new_id(rng), student.id, day, outcome, spoken_to, None, builder.admin.id, at, at,
            )  # fmt: skip
