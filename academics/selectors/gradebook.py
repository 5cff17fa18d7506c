"""A class's gradebook: students x assignments, with averages and missing work.

A fixed number of queries whatever the size of the class, and rows instead of models: a page has
500 cells. Row-level security decides what is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from academics.grading import cells
from academics.grading.scales import Scale
from academics.models import Assignment, Enrollment, Grade, SchoolClass
from academics.models.school_class import SchoolClassQuerySet
from core import rls
from core.defaults import today
from core.models import User

MISSING, TO_GRADE, NEW_WORK = "missing", "to_grade", "new_work"
ACTIVE, DROPPED = Enrollment.Status.ACTIVE, Enrollment.Status.DROPPED

CLASS = """
    select c.id, c.tenant_id, c.name, c.code, c.status,
           t.name as teacher_name, m.name as term_name
      from classes c
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
      left join terms m on m.tenant_id = c.tenant_id and m.id = c.term_id
     where c.tenant_id = %(tenant)s and c.id = %(class)s and c.deleted_at is null
       and (%(teacher)s::uuid is null or c.teacher_id = %(teacher)s)
"""

SCALE_AND_WEIGHTS = """
    select app.class_scale(%(tenant)s, %(class)s), array_agg(w.type), array_agg(w.weight)
      from assignment_weights w where w.tenant_id = %(tenant)s and w.class_id = %(class)s
"""

WORKS = """
    select a.id, a.title, a.type, a.max_score, a.assigned_date, a.due_date from assignments a
     where a.tenant_id = %(tenant)s and a.class_id = %(class)s
       and (%(assignment)s::uuid is null or a.id = %(assignment)s)
     order by a.due_date, a.id
"""

# A student who dropped the class and came back has one row, the present enrollment.
STUDENTS = """
    select p.student_id, p.name, p.status, p.enrollment_date, p.current_grade,
           app.mean_percent(%(tenant)s, p.student_id, %(class)s)
      from (select distinct on (e.student_id)
                   e.student_id, u.name, u.sort_name, e.status, e.enrollment_date, e.current_grade
              from enrollments e
              join users u on u.tenant_id = e.tenant_id and u.id = e.student_id
             where e.tenant_id = %(tenant)s and e.class_id = %(class)s and u.deleted_at is null
             order by e.student_id, e.status = 'dropped', e.enrollment_date desc, e.id) p
     order by p.sort_name, p.student_id
"""

# What is handed in, and its grade. Whether it holds anything: as `Work.has_work`.
ENTRIES = """
    select s.assignment_id, s.student_id, s.submitted_at,
           coalesce(s.content <> '{}', false) or coalesce(s.attachments <> '[]', false)
           or exists (select from attachment_files f
                       where f.tenant_id = s.tenant_id and f.submission_id = s.id),
           g.score, g.grade, coalesce(g.excused, false), coalesce(g.feedback, ''), g.updated_at,
           g.graded_at
      from submissions s
      left join grades g on g.tenant_id = s.tenant_id and g.submission_id = s.id
     where s.tenant_id = %(tenant)s and s.assignment_id = any (%(assignments)s)
"""


def version(grade: Grade | None) -> str:
    """Return the version of a grade that a page shows, to notice later changes; "" for none."""
    return "" if grade is None else grade.updated_at.isoformat()


def class_for(user: User, class_id: UUID) -> SchoolClass:
    """Return a class whose gradebook the person may open, with `teacher_name` and `term_name`.

    Raises SchoolClass.DoesNotExist.
    """
    teacher = user.pk if user.is_teacher else None
    values = {"tenant": rls.current_tenant_id(), "class": class_id, "teacher": teacher}
    for school_class in SchoolClass.objects.raw(CLASS, values):
        return school_class
    raise SchoolClass.DoesNotExist


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


class Student(NamedTuple):
    pk: UUID
    name: str


class Work(NamedTuple):
    """An assignment, as a column is headed."""

    pk: UUID
    title: str
    type: str
    max_score: int | None
    assigned_date: date
    due_date: date

    @property
    def type_label(self) -> str:
        return str(Assignment.Type(self.type).label)


class Entry(NamedTuple):
    """What a student handed in, and the grade for it."""

    handed_in: datetime | None  # when; None: not yet
    has_work: bool  # a grade can stand on an empty submission
    score: Decimal | None
    letter: str | None
    excused: bool
    feedback: str
    updated_at: datetime | None  # None: no grade
    graded_at: datetime | None


NO_ENTRY = Entry(None, False, None, None, False, "", None, None)


@dataclass
class Row:
    """A student of the class with their grades."""

    student: Student
    status: str
    enrolled_on: date
    letter: str | None
    percent: Decimal | None  # the weighted mean of the grades
    cells: list[GridCell] = field(default_factory=list)

    @property
    def is_dropped(self) -> bool:
        return self.status == DROPPED

    @cached_property
    def missing(self) -> list[Work]:
        return [cell.column.assignment for cell in self.cells if cell.hint == MISSING]


@dataclass
class Column:
    """An assignment with its grades; averages leave out students who dropped the class."""

    assignment: Work
    cells: list[GridCell] = field(default_factory=list)

    @cached_property
    def mean(self) -> Decimal | None:
        counted = (cell.entry.score for cell in self.cells if not cell.row.is_dropped)
        scores = [score for score in counted if score is not None]
        return sum(scores, Decimal(0)) / len(scores) if scores else None

    @property
    def mean_percent(self) -> Decimal | None:
        return cells.percent(self.mean, self.assignment.max_score)

    @cached_property
    def missing(self) -> int:
        return sum(cell.hint == MISSING for cell in self.cells)


class GridCell:
    """One student's grade for one assignment."""

    __slots__ = ("column", "entry", "hint", "row", "scale")

    def __init__(self, row: Row, column: Column, entry: Entry, day: date, scale: Scale) -> None:
        self.row, self.column, self.entry, self.scale = row, column, entry, scale
        self.hint = self._hint(day)

    def _hint(self, day: date) -> str:
        """What it waits for: the work, a grade, or a look at work handed in after grading."""
        entry = self.entry
        if entry.graded_at is not None:
            is_new = (
                entry.has_work and entry.handed_in is not None and entry.handed_in > entry.graded_at
            )
            return NEW_WORK if is_new else ""
        if entry.handed_in:
            return TO_GRADE
        due = self.column.assignment.due_date
        waits = self.row.status == ACTIVE and self.row.enrolled_on <= due
        return MISSING if waits and due < day else ""

    @property
    def text(self) -> str:
        return cells.write(self.entry.score, self.entry.letter, self.entry.excused)

    @property
    def letter(self) -> str:
        """The letter of the points by the present scale; "" if the cell shows no points."""
        if self.entry.score is None:
            return ""
        percent = cells.percent(self.entry.score, self.column.assignment.max_score)
        return self.scale.letter(percent) or self.entry.letter or ""

    @property
    def version(self) -> str:
        changed = self.entry.updated_at
        return "" if changed is None else changed.isoformat()

    @property
    def feedback(self) -> str:
        return self.entry.feedback


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
        self._values = {
            "tenant": school_class.tenant_id,
            "class": school_class.pk,
            "assignment": assignment,
        }
        [(steps, kinds, weights)] = self._ask(SCALE_AND_WEIGHTS)
        self.scale = Scale.of(steps)
        self.weights: dict[str, Decimal] = dict(zip(kinds or (), weights or (), strict=True))
        self.columns = [Column(Work(*row)) for row in self._ask(WORKS)]
        rows = [Row(Student(*row[:2]), *row[2:]) for row in self._ask(STUDENTS)]
        self.dropped = sum(row.is_dropped for row in rows)
        self.rows = [row for row in rows if with_dropped or not row.is_dropped]
        self._fill()

    def _ask(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, self._values | more)
            return cursor.fetchall()

    def _fill(self) -> None:
        works = [column.assignment.pk for column in self.columns]
        entries = {row[:2]: Entry(*row[2:]) for row in self._ask(ENTRIES, assignments=works)}
        for row in self.rows:
            for column in self.columns:
                entry = entries.get((column.assignment.pk, row.student.pk), NO_ENTRY)
                cell = GridCell(row, column, entry, self.day, self.scale)
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
    def missing(self) -> list[tuple[Row, list[Work]]]:
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
