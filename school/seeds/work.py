"""Assignments, submissions and grades."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from uuid import UUID

from psycopg.types.json import Jsonb

from school.seeds import catalog, grading
from school.seeds.builder import new_id

# (type, week of the term in which it is given, days until it is due, highest score, title)
PLAN = (
    ("homework", 1, 7, 20, "{topic}: exercises"),
    ("quiz", 2, 0, 10, "Quiz: {topic}"),
    ("homework", 4, 7, 20, "{topic}: practice"),
    ("project", 5, 21, 50, "Project: {topic}"),
    ("exam", 7, 7, 100, "Mid-term examination"),
    ("homework", 9, 7, 20, "{topic}: worksheet"),
    ("quiz", 10, 0, 10, "Quiz: {topic}"),
    ("homework", 11, 8, 20, "{topic}: reading and questions"),
    ("project", 12, 24, 50, "Final project"),
    ("exam", 12, 31, 100, "Final examination"),
)
IN_CLASS = ("quiz", "exam")  # written on the day they are due
WEIGHTS = {"homework": 30, "quiz": 20, "project": 20, "exam": 30}
WEIGHED = 3  # one class in so many weighs its types
EXCUSED = 0.012  # share of the grades
CLOSED_AFTER = 14  # days after the due date
GRADED_WITHIN = 9  # days; what is younger is still on the teacher's desk

ASSIGNMENT_COLUMNS = (
    "id", "class_id", "title", "description", "type", "assigned_date", "due_date", "max_score",
    "content", "status", "created_at", "updated_at",
)  # fmt: skip
WEIGHT_COLUMNS = ("id", "class_id", "type", "weight", "created_at", "updated_at")
SUBMISSION_COLUMNS = (
    "id", "assignment_id", "student_id", "submitted_at", "content", "status", "created_at",
    "updated_at",
)  # fmt: skip
GRADE_COLUMNS = (
    "id", "submission_id", "student_id", "assignment_id", "score", "grade", "excused", "feedback",
    "graded_by", "graded_at", "created_at", "updated_at",
)  # fmt: skip


@dataclass(eq=False)
class Task:
    """An assignment; `graded_on` is None while nobody has graded it."""

    id: UUID
    section: object
    kind: str
    given: date
    due: date
    highest: int
    title: str
    graded_on: date | None


@dataclass(eq=False)
class HandedIn:
    """A submission and whether it has a grade."""

    id: UUID
    task: Task
    student: object
    at: object
    graded: bool


def build(builder):
    """Add the assignments until today, their submissions and grades."""
    builder.load("assignment_weights", WEIGHT_COLUMNS, _weight_rows(builder))
    tasks = list(_tasks(builder))
    builder.load("assignments", ASSIGNMENT_COLUMNS, (_task_row(builder, t) for t in tasks))
    handed = list(_handed(builder, tasks))
    # The grades' own trigger sets the status to graded; given at once, it has nothing to do.
    builder.load("submissions", SUBMISSION_COLUMNS, _paused(_submission_row(h) for h in handed))
    builder.load("grades", GRADE_COLUMNS, _paused(_grade_rows(builder, handed)))


def _weight_rows(builder):
    rng = builder.rng("weights")
    for section in builder.sections[::WEIGHED]:
        made = builder.at(section.first_day - timedelta(days=3), time(9))
        for kind, weight in WEIGHTS.items():
            yield new_id(rng), section.id, kind, weight, made, made


def letter(percent, scale):
    """Return the first grade of `scale`, [[letter, lower bound], ...] from the top, reached."""
    return next(name for name, bound in scale if percent >= bound)


def _paused(rows):
    for row in rows:
        yield row
        yield None


def _tasks(builder):
    rng = builder.rng("assignments")
    for section in builder.sections:
        days = [meeting.date for meeting in section.meetings]
        for kind, week, period, highest, title in PLAN:
            given = _first_from(days, section.first_day + timedelta(weeks=week - 1))
            if given is None or given > builder.today:
                continue
            due = _first_from(days, given + timedelta(days=period))
            if due is None:
                continue
            # A quiz of today is still to be written.
            topic = section.course.topics[(week - 1) % len(section.course.topics)]
            yield Task(
                new_id(rng), section, kind, given, due, highest, title.format(topic=topic),
                graded_on=_graded_on(builder, rng, section, due),
            )  # fmt: skip


def _first_from(days, day):
    return next((it for it in days if it >= day), None)


def _graded_on(builder, rng, section, due):
    age = (builder.today - due).days
    if age < 1 or (age <= GRADED_WITHIN and rng.random() < 0.65):
        return None
    return due + timedelta(days=rng.randint(0, min(GRADED_WITHIN, age - 1)))


def _task_row(builder, task):
    made = builder.at(task.given, time(8))
    closed = (builder.today - task.due).days > CLOSED_AFTER
    instructions = {
        "homework": "Do all exercises; show your working.",
        "quiz": "Ten minutes, no notes.",
        "project": "In pairs. Hand in a report of two to four pages.",
        "exam": "Bring a pen and a ruler. Covers everything so far.",
    }[task.kind]
    return (
        task.id, task.section.id, task.title, instructions, task.kind, task.given, task.due,
        task.highest, Jsonb({"instructions": instructions, "points": task.highest}),
        "closed" if closed else "active", made, made,
    )  # fmt: skip


def _handed(builder, tasks):
    rng = builder.rng("submissions")
    for task in tasks:
        for place in task.section.places:
            student = place.student
            if place.first_day > task.due or (place.last_day and place.last_day < task.due):
                continue
            on = _handed_on(builder, rng, task, student)
            if on is not None:
                graded = task.graded_on is not None and on.date() <= task.graded_on
                yield HandedIn(new_id(rng), task, student, on, graded)


def _handed_on(builder, rng, task, student):
    """Return when a student handed the task in, or None; always before today."""
    chance = rng.random()
    diligent = chance < 0.98 - student.absence or student is builder.student
    evening = time(rng.randint(15, 22), rng.randint(0, 59))
    if task.kind in IN_CLASS:
        start = next(m.start for m in task.section.meetings if m.date == task.due)
        on, clock = task.due, start.replace(minute=rng.randint(start.minute, 59))
    else:
        on = task.due - timedelta(days=rng.choice((0, 1, 1, 1, 2, 3)))
        if rng.random() < 0.05:
            on = task.due + timedelta(days=1)
        on, clock = max(task.given, on), evening
    if not diligent or on >= builder.today:
        return None
    return builder.at(on, clock)


def _submission_row(handed):
    status = "graded" if handed.graded else "submitted"
    content = {"text": f"{handed.task.title}, {handed.student.name}"}
    return (
        handed.id, handed.task.id, handed.student.id, handed.at, Jsonb(content), status,
        handed.at, handed.at,
    )  # fmt: skip


def _grade_rows(builder, all_handed):
    rng, excuses = builder.rng("grades"), builder.rng("excused")
    for handed in all_handed:
        if not handed.graded:
            continue
        task = handed.task
        scale = grading.scale_of(builder, task.section)
        share = min(1.0, max(0.05, rng.gauss(handed.student.ability, 0.08)))
        score = Decimal(round(share * task.highest * 2)) / 2
        percent = 100 * score / task.highest
        level = "high" if percent >= 88 else "middle" if percent >= 65 else "low"
        feedback = rng.choice(catalog.FEEDBACK[level])
        graded = builder.at(task.graded_on, time(rng.randint(16, 21), rng.randint(0, 59)))
        graded = max(graded, handed.at + timedelta(hours=1))
        has_feedback = rng.random() < 0.7 or handed.student is builder.student
        excused = excuses.random() < EXCUSED and handed.student is not builder.student
        mark = (None, None) if excused else (score, letter(percent, scale))
        yield (
            new_id(rng), handed.id, handed.student.id, task.id, *mark, excused,
            feedback if has_feedback and not excused else None,
            task.section.teacher.id, graded, graded, graded,
        )  # fmt: skip
