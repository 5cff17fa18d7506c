"""A student's results by class, with the weights and the trend."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict, cast
from uuid import UUID

from django.db.models import CharField, DecimalField, ExpressionWrapper, F, Func, JSONField

from academics.models import AssignmentWeight, Enrollment, Grade
from core.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

    class Marks(TypedDict):
        percent: Decimal | None
        letter: str | None

    GradeWithMarks = WithAnnotations[Grade, Marks]

TREND = {"width": 240, "height": 56, "edge": 6}


class LetterGrade(Func):
    """The letter of a percentage by a scale (app.letter_grade); NULL without a percentage."""

    function = "app.letter_grade"
    output_field = CharField()


class ClassScale(Func):
    """The scale a class is graded by (app.class_scale)."""

    function = "app.class_scale"
    output_field = JSONField()


@dataclass
class ClassResults:
    """One class: the enrollment with its grade, the weights of types, and the results."""

    enrollment: Enrollment
    weights: list[AssignmentWeight]
    grades: list[GradeWithMarks] = field(default_factory=list)

    @property
    def trend(self) -> dict[str, Any] | None:
        """Return the drawing of the percents over time; None below two of them."""
        return trend([grade.percent for grade in reversed(self.grades)])


def results(student: User, enrollments: Sequence[Enrollment]) -> list[ClassResults]:
    """Return the `ClassResults` of these enrollments. Two queries."""
    ids = [enrollment.school_class_id for enrollment in enrollments]
    weights: dict[UUID, list[AssignmentWeight]] = {}
    grades: dict[UUID, list[GradeWithMarks]] = {}
    for weight in AssignmentWeight.objects.filter(school_class__in=ids).order_by("-weight", "type"):
        weights.setdefault(weight.school_class_id, []).append(weight)
    for grade in graded(student, ids):
        grades.setdefault(grade.assignment.school_class_id, []).append(grade)
    return [
        ClassResults(it, weights.get(it.school_class_id, []), grades.get(it.school_class_id, []))
        for it in enrollments
    ]


def graded(student: User, class_ids: Collection[UUID]) -> QuerySet[GradeWithMarks]:
    """Return the results in these classes, newest first, with `percent` and `letter`.

    Only for active classes: the assignments of a class that is over are hidden from its students.
    """
    percent = ExpressionWrapper(
        100 * F("score") / F("assignment__max_score"),
        output_field=DecimalField(max_digits=12, decimal_places=6),
    )
    rows = (
        Grade.objects.filter(student=student, assignment__school_class__in=class_ids)
        .select_related("assignment")
        .annotate(
            percent=percent,
            letter=LetterGrade(
                percent, ClassScale(F("tenant_id"), F("assignment__school_class_id"))
            ),
        )
        .order_by("-assignment__due_date", "-graded_at", "-id")
    )
    return cast("QuerySet[GradeWithMarks]", rows)


def weigh(class_results: ClassResults) -> list[tuple[str, Decimal]]:
    """Return (type, share in percent) of the types that count, for an explanation."""
    total = sum((weight.weight for weight in class_results.weights), Decimal(0))
    return [
        (weight.get_type_display(), 100 * weight.weight / total)
        for weight in class_results.weights
        if total
    ]


def trend(percents: Iterable[Decimal | None]) -> dict[str, Any] | None:
    """Return points of a line (SVG units) and the first and last percent; None below two."""
    numbers = [min(float(percent), 100.0) for percent in percents if percent is not None]
    if len(numbers) < 2:
        return None
    edge, height = TREND["edge"], TREND["height"] - 2 * TREND["edge"]
    step = (TREND["width"] - 2 * edge) / (len(numbers) - 1)
    points = [
        (round(edge + place * step, 1), round(edge + height * (100 - number) / 100, 1))
        for place, number in enumerate(numbers)
    ]
    return TREND | {
        "points": " ".join(f"{x},{y}" for x, y in points),
        "last": points[-1],
        "from": numbers[0],
        "to": numbers[-1],
        "count": len(numbers),
        "base": edge + height,
    }
