"""A class's gradebook: students x assignments, with averages and missing work.

A fixed number of queries whatever the size of the class; row-level security decides what is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict, cast
from uuid import UUID

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    DecimalField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    Value,
    When,
)

from academics.grading import cells
from academics.grading.scales import Scale
from academics.models import (
    Assignment,
    AssignmentWeight,
    AttachmentFile,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
)
from academics.models.assignment import AssignmentQuerySet
from academics.models.school_class import SchoolClassQuerySet
from core.defaults import today
from core.models import User

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Percent(TypedDict):
        percent: Decimal | None

    EnrollmentWithPercent = WithAnnotations[Enrollment, Percent]

MISSING, TO_GRADE, NEW_WORK = "missing", "to_grade", "new_work"
# Whether a submission holds anything (as `Work.has_work`, in SQL).
HAS_WORK = Case(
    When(Q(content__isnull=False) & ~Q(content={}), then=True),
    When(Q(attachments__isnull=False) & ~Q(attachments=[]), then=True),
    default=Exists(AttachmentFile.objects.filter(submission=OuterRef("pk"))),
    output_field=BooleanField(),
)
DROPPED = Enrollment.Status.DROPPED


def version(grade: Grade | None) -> str:
    """Return the version of a grade that a page shows, to notice later changes; "" for none."""
    return "" if grade is None else grade.updated_at.isoformat()


def scale_of(school_class: SchoolClass) -> Scale:
    """Return the `Scale` by which the class is graded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.class_scale(%s, %s)", [school_class.tenant_id, school_class.pk])
        return Scale.of(cursor.fetchone()[0])


def givers(grade_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return {grade's id: name of who gave it}, including colleagues hidden from a teacher."""
    if not grade_ids:
        return {}
    sql = """
        select g.id, coalesce(u.name, r.name) from grades g
          left join users u on u.tenant_id = g.tenant_id and u.id = g.graded_by
          left join app.grade_givers r on r.tenant_id = g.tenant_id and r.grade_id = g.id
         where g.tenant_id = app.tenant_id() and g.id = any (%s)
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(grade_ids)])
        return {pk: name for pk, name in cursor.fetchall() if name}


def classes_of(user: User) -> SchoolClassQuerySet:
    """Return the classes whose gradebooks the person may open."""
    classes = SchoolClass.objects.select_related("teacher", "term")
    return classes.taught_by(user) if user.is_teacher else classes


@dataclass
class Row:
    """A student of the class with their grades."""

    enrollment: Enrollment
    cells: list[GridCell] = field(default_factory=list)

    @property
    def student(self) -> User:
        return self.enrollment.student

    @property
    def percent(self) -> Decimal | None:
        """The weighted mean of the grades, or None."""
        return cast("EnrollmentWithPercent", self.enrollment).percent

    @property
    def letter(self) -> str | None:
        return self.enrollment.current_grade

    @property
    def is_dropped(self) -> bool:
        return self.enrollment.status == DROPPED

    @cached_property
    def missing(self) -> list[Assignment]:
        return [cell.column.assignment for cell in self.cells if cell.hint == MISSING]


@dataclass
class Column:
    """An assignment with its grades; averages leave out students who dropped the class."""

    assignment: Assignment
    cells: list[GridCell] = field(default_factory=list)

    @cached_property
    def scores(self) -> list[Decimal]:
        counted = (cell for cell in self.cells if not cell.row.is_dropped)
        return [cell.grade.score for cell in counted if cell.grade and cell.grade.score is not None]

    @cached_property
    def mean(self) -> Decimal | None:
        scores = self.scores
        return sum(scores, Decimal(0)) / len(scores) if scores else None

    @property
    def mean_percent(self) -> Decimal | None:
        return cells.percent(self.mean, self.assignment.max_score)

    @cached_property
    def missing(self) -> int:
        return sum(cell.hint == MISSING for cell in self.cells)


@dataclass
class GridCell:
    """One student's grade for one assignment."""

    row: Row
    column: Column
    grade: Grade | None
    handed_in: datetime | None  # when; None: not yet
    has_work: bool  # a grade can stand on an empty submission
    day: date
    scale: Scale

    @cached_property
    def text(self) -> str:
        if self.grade is None:
            return ""
        return cells.write(self.grade.score, self.grade.grade, self.grade.excused)

    @cached_property
    def letter(self) -> str:
        """The letter of the points by the present scale; "" if the cell shows no points."""
        if self.grade is None or self.grade.score is None:
            return ""
        percent = cells.percent(self.grade.score, self.column.assignment.max_score)
        return self.scale.letter(percent) or self.grade.grade or ""

    @cached_property
    def hint(self) -> str:
        """What a cell waits for: the work, a grade, or a look at work handed in after grading."""
        if self.grade is not None:
            is_new = (
                self.has_work
                and self.handed_in is not None
                and self.handed_in > self.grade.graded_at
            )
            return NEW_WORK if is_new else ""
        if self.handed_in:
            return TO_GRADE
        enrollment, due = self.row.enrollment, self.column.assignment.due_date
        waits = enrollment.status == Enrollment.Status.ACTIVE and enrollment.enrollment_date <= due
        return MISSING if waits and due < self.day else ""

    @property
    def version(self) -> str:
        return version(self.grade)

    @property
    def feedback(self) -> str:
        return (self.grade.feedback or "") if self.grade else ""


class Gradebook:
    """All of one class. Attributes: rows, columns, scale, weights ({type: Decimal})."""

    def __init__(
        self,
        school_class: SchoolClass,
        *,
        with_dropped: bool = False,
        assignment: UUID | str | None = None,
    ) -> None:
        self.school_class = school_class
        self.day = today()
        self.scale = scale_of(school_class)
        self.columns = [Column(row) for row in _assignments(school_class, assignment)]
        self.rows, self.dropped = _rows(school_class, with_dropped)
        self.weights = dict(
            AssignmentWeight.objects.filter(school_class=school_class).values_list("type", "weight")
        )
        self._fill()

    def _fill(self) -> None:
        key = ("assignment_id", "student_id")
        asked = {"assignment__in": [column.assignment.pk for column in self.columns]}
        grades = {(g.assignment_id, g.student_id): g for g in Grade.objects.filter(**asked)}
        handed_in = {
            (assignment, student): (at, has_work)
            for assignment, student, at, has_work in Submission.objects.filter(**asked)
            .annotate(has_work=HAS_WORK)
            .values_list(*key, "submitted_at", "has_work")
        }
        for row in self.rows:
            for column in self.columns:
                at = (column.assignment.pk, row.student.pk)
                when, has_work = handed_in.get(at, (None, False))
                cell = GridCell(row, column, grades.get(at), when, has_work, self.day, self.scale)
                row.cells.append(cell)
                column.cells.append(cell)

    @property
    def counted(self) -> list[Row]:
        """The rows that averages count."""
        return [row for row in self.rows if not row.is_dropped]

    @property
    def mean(self) -> Decimal | None:
        """The class's average percentage, or None."""
        percents = [row.percent for row in self.counted if row.percent is not None]
        return sum(percents, Decimal(0)) / len(percents) if percents else None

    @property
    def mean_letter(self) -> str | None:
        return self.scale.letter(self.mean)

    @property
    def distribution(self) -> list[tuple[str, int, int]]:
        """[(letter, students, share of the most in percent)], those of the scale in its order."""
        letters = [row.letter for row in self.counted if row.letter]
        names = list(dict.fromkeys([*self.scale.letters, *sorted(letters)]))
        most = max((letters.count(name) for name in names), default=0) or 1
        return [(name, letters.count(name), 100 * letters.count(name) // most) for name in names]

    @property
    def missing(self) -> list[tuple[Row, list[Assignment]]]:
        """[(row, its missing assignments)], the most missing first."""
        rows = [(row, row.missing) for row in self.counted if row.missing]
        return sorted(rows, key=lambda pair: -len(pair[1]))

    @cached_property
    def shares(self) -> dict[str, tuple[Decimal, Decimal]]:
        """{type: (weight, its share in percent of all weights)}; {} when nothing is weighed."""
        total = sum(self.weights.values(), Decimal(0))
        return {
            kind: (weight, 100 * weight / total if total else Decimal(0))
            for kind, weight in self.weights.items()
        }


def _assignments(school_class: SchoolClass, assignment: UUID | str | None) -> AssignmentQuerySet:
    chosen = Q(pk=assignment) if assignment else Q()
    return Assignment.objects.filter(chosen, school_class=school_class).order_by("due_date", "id")


def _rows(school_class: SchoolClass, with_dropped: bool) -> tuple[list[Row], int]:
    """Return (a row for each student by name, how many dropped the class).

    A student who dropped the class and came back has one row, the present enrollment.
    """
    places = (
        Enrollment.objects.filter(school_class=school_class, student__deleted_at__isnull=True)
        .select_related("student")
        .annotate(
            percent=Func(
                Value(school_class.tenant_id),
                F("student_id"),
                Value(school_class.pk),
                function="app.mean_percent",
                output_field=DecimalField(),
            )
        )
        .order_by("student__sort_name", "student_id", "-enrollment_date", "id")
    )
    best: dict[UUID, Enrollment] = {}
    for place in places:
        seen = best.get(place.student_id)
        if seen is None or seen.status == DROPPED and place.status != DROPPED:
            best[place.student_id] = place
    rows = [Row(place) for place in best.values()]
    dropped = sum(row.is_dropped for row in rows)
    return [row for row in rows if with_dropped or not row.is_dropped], dropped
