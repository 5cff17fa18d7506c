"""The students of a class who go on to its copy."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from academics.models import (
    Enrollment,
    SchoolClass,
    WaitlistEntry,
)
from academics.services.rollover.plan import Choice, Preview, Result, Row

# Students who would be promoted: active ones, or those who completed a completed class.
STUDENTS = (
    Q(enrollments__status="active") | Q(enrollments__status="completed", status="completed")
) & Q(enrollments__student__status="active", enrollments__student__deleted_at=None)


def promote(
    plan: Preview,
    rows: Sequence[Row],
    made: Mapping[Row, SchoolClass],
    choices: Mapping[UUID, Choice],
    result: Result,
) -> None:
    """Enroll the students in their new classes; students without a seat join the waitlist."""
    going = _going(plan, rows, made, choices)
    classes = {it.pk: it for it in going}
    # The classes are locked or were made here, so these seats cannot be taken meanwhile.
    seats = {it.pk: it.seats_left for it in SchoolClass.objects.filter(pk__in=classes)}
    enrolled, waiting = copies_in(classes)
    enrollments, entries = [], []
    for school_class, students in going.items():
        first = max(school_class.start_date, plan.target.start_date)
        counts = {"enrolled": 0, "waiting": 0, "already": 0}
        for student_id in students:
            if (school_class.pk, student_id) in enrolled:
                counts["already"] += 1
                result.enrolled_already += 1
            elif (school_class.pk, student_id) in waiting:
                counts["already"] += 1
                result.waiting_already += 1
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
        result.classes.append(
            (
                str(school_class.pk),
                str(school_class),
                counts["enrolled"],
                counts["waiting"],
                counts["already"],
            )
        )
    Enrollment.objects.bulk_create(enrollments)
    WaitlistEntry.objects.bulk_create(entries)
    result.enrolled, result.waiting = len(enrollments), len(entries)
    shown = {entry[0] for entry in result.classes}
    result.classes += [
        (str(it.pk), str(it), 0, 0, 0) for it in made.values() if str(it.pk) not in shown
    ]
    result.classes.sort(key=lambda entry: entry[1].casefold())


def _going(
    plan: Preview,
    rows: Sequence[Row],
    made: Mapping[Row, SchoolClass],
    choices: Mapping[UUID, Choice],
) -> dict[SchoolClass, list[UUID]]:
    """Return {class of the target: student ids in the order of their enrollment, each once}."""
    named = {str(it).casefold(): it for it in plan.open}
    named |= {str(it).casefold(): it for it in made.values()}
    to = {}
    for row in rows:
        asked = choices[row.source.pk].students_to
        if asked:
            name = str(row.source) if asked == "copy" else asked
            to[row.source.pk] = named[name.casefold()]
    going: dict[SchoolClass, dict[UUID, None]] = defaultdict(dict)
    for class_id, student_id in students_of(to):
        going[to[class_id]][student_id] = None
    return {school_class: list(students) for school_class, students in going.items()}


def students_of(classes: Iterable[UUID]) -> Iterable[tuple[UUID, UUID]]:
    """Return (class id, student id) of students to promote, in the order of their enrollment."""
    return (
        Enrollment.objects.filter(
            Q(status=Enrollment.Status.ACTIVE)
            | Q(
                status=Enrollment.Status.COMPLETED,
                school_class__status=SchoolClass.Status.COMPLETED,
            ),
            school_class__in=classes,
            student__status="active",
            student__deleted_at=None,
        )
        .order_by("enrollment_date", "student__sort_name", "id")
        .values_list("school_class", "student")
    )


def copies_in(classes: Iterable[UUID]) -> tuple[set[tuple[UUID, UUID]], set[tuple[UUID, UUID]]]:
    """Return two sets of (class id, student id): students enrolled already, and waiting ones."""
    enrolled = Enrollment.objects.active().filter(school_class__in=classes)
    waiting = WaitlistEntry.objects.waiting().filter(school_class__in=classes)
    return (
        set(enrolled.values_list("school_class", "student")),
        set(waiting.values_list("school_class", "student")),
    )
