"""Writing grades: one or more cells of a gradebook, and the weights of assignment types."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from academics.grading import cells
from academics.grading.scales import Scale
from academics.models import (
    AssignmentWeight,
    Grade,
    SchoolClass,
    Submission,
)
from academics.selectors import gradebook
from core.models import User

Key = tuple[UUID, UUID]  # of a cell: its assignment and its student
SAVED, REFUSED, CONFLICT = "saved", "refused", "conflict"
LONGEST_FEEDBACK = 10_000  # characters
MOST_CELLS = 2_000  # in one request

# The class's scale, its assignments with their highest scores, and who is or was enrolled.
KNOWN = """
    select app.class_scale(%(tenant)s, %(class)s), array_agg(a.id), array_agg(a.max_score),
           array(select e.student_id from enrollments e
                  where e.tenant_id = %(tenant)s and e.class_id = %(class)s
                    and e.student_id = any (%(students)s))
      from assignments a
     where a.tenant_id = %(tenant)s and a.class_id = %(class)s and a.id = any (%(assignments)s)
"""

CHANGE = """
    update grades g
       set score = w.score, grade = w.grade, excused = w.excused, feedback = w.feedback,
           graded_by = w.graded_by_id, graded_at = statement_timestamp()
      from jsonb_to_recordset(%(grades)s::jsonb)
           as w(id uuid, score numeric, grade text, excused boolean, feedback text,
                graded_by_id uuid)
     where g.tenant_id = %(tenant)s and g.id = w.id
    returning g.id, g.graded_at, g.updated_at
"""


@dataclass(frozen=True)
class Cell:
    """An entered cell; `text` or `feedback` is None if it is to stay as it is.

    `version` is the `gradebook.version` of the grade that the person saw, "" for none.
    """

    student_id: UUID
    assignment_id: UUID
    text: str | None = None
    feedback: str | None = None
    version: str = ""

    @property
    def key(self) -> Key:
        return self.assignment_id, self.student_id


@dataclass
class Outcome:
    """The outcome of a cell: state, present grade or None, and the reason."""

    cell: Cell
    state: str
    grade: Grade | None = None
    message: str = ""
    by: str = ""  # of a conflict: who changed it, and when
    at: datetime | None = None


def may_grade(user: User, school_class: SchoolClass) -> bool:
    """Return whether the person may change grades of a class that they can see.

    The grades of a completed class are final for its teacher (academics/sql/grading.sql).
    """
    return user.is_people_office or school_class.status != SchoolClass.Status.COMPLETED


@transaction.atomic
def enter(*, school_class: SchoolClass, entered: Iterable[Cell], by: User) -> list[Outcome]:
    """Save the cells that can be saved, in a fixed number of statements; return an Outcome each.

    Invalid cells are REFUSED. A cell that somebody else changed meanwhile is a CONFLICT and keeps
    its grade. A grade without a submission makes one; an emptied cell deletes its
    grade, and the submission that was made for it. Raises PermissionDenied for a completed class.
    """
    if not may_grade(by, school_class):
        raise PermissionDenied
    chosen = {cell.key: cell for cell in entered}  # of one cell twice, the last counts
    read = _reader(school_class, chosen)
    standing = _grades(chosen, lock=True)
    outcomes, changes = {}, {}
    for key, cell in chosen.items():
        grade = standing.get(key)
        try:
            mark = read(cell, grade)
        except cells.Refused as refusal:
            outcomes[key] = Outcome(cell, REFUSED, grade, message=str(refusal))
            continue
        if _is_same(cell, grade, mark):
            outcomes[key] = Outcome(cell, SAVED, grade)
        elif gradebook.version(grade) != cell.version:
            outcomes[key] = Outcome(cell, CONFLICT, grade)
        else:
            changes[key] = _Change(cell, mark, grade)
    if changes:
        outcomes |= _write(changes, by)
    _add_authors([outcome for outcome in outcomes.values() if outcome.state == CONFLICT])
    return [outcomes[key] for key in chosen]


@dataclass
class _Change:
    """A cell to be written: its new mark and its present grade."""

    cell: Cell
    mark: cells.Mark
    grade: Grade | None

    @property
    def empties(self) -> bool:
        return self.cell.text is not None and self.mark.is_empty

    def apply(self, grade: Grade, by: User) -> Grade:
        grade.score, grade.grade = self.mark.score, self.mark.letter
        grade.excused = self.mark.excused
        if self.cell.feedback is not None:
            grade.feedback = self.cell.feedback.strip() or None
        grade.graded_by, grade.graded_at = by, Now()
        return grade


def _reader(
    school_class: SchoolClass, chosen: Mapping[Key, Cell]
) -> Callable[[Cell, Grade | None], cells.Mark]:
    """Return the function (cell, its grade) -> Mark; it raises cells.Refused."""
    with connection.cursor() as cursor:
        cursor.execute(
            KNOWN,
            {
                "tenant": school_class.tenant_id,
                "class": school_class.pk,
                "assignments": list({assignment for assignment, _student in chosen}),
                "students": list({student for _assignment, student in chosen}),
            },
        )
        [(steps, assignments, highest, enrolled)] = cursor.fetchall()
    scale = Scale.of(steps)
    highest_scores = dict(zip(assignments or (), highest or (), strict=True))

    def read(cell: Cell, grade: Grade | None) -> cells.Mark:
        if cell.assignment_id not in highest_scores or cell.student_id not in enrolled:
            raise cells.Refused(_("The student or the assignment is not in this class."))
        feedback = cell.feedback or ""
        if len(feedback) > LONGEST_FEEDBACK or "\x00" in feedback:
            raise cells.Refused(_("This feedback is too long, or no text."))
        if cell.text is not None:
            mark = cells.read(cell.text, highest_scores[cell.assignment_id], scale)
        elif grade is not None:
            mark = cells.Mark(grade.score, grade.grade, grade.excused)
        else:
            mark = cells.Mark()
        if feedback and mark.is_empty and (grade is None or cell.text is not None):
            raise cells.Refused(_("Give a grade first; the feedback belongs to it."))
        return mark

    return read


def _grades(keys: Collection[Key], *, lock: bool = False) -> dict[Key, Grade]:
    """Return {key: grade} of the cells, with `lock` locked until the transaction ends."""
    if not keys:
        return {}
    rows = Grade.objects.filter(
        assignment__in={assignment for assignment, _student in keys},
        student__in={student for _assignment, student in keys},
    ).order_by("id")
    if lock:
        rows = rows.select_for_update(of=("self",))
    by_key = {(grade.assignment_id, grade.student_id): grade for grade in rows}
    return {key: by_key[key] for key in keys if key in by_key}


def _is_same(cell: Cell, grade: Grade | None, mark: cells.Mark) -> bool:
    """Return whether the cell has the mark already, even if somebody else entered it meanwhile."""
    if grade is None:
        return mark.is_empty
    if cell.feedback is not None and cell.feedback.strip() != (grade.feedback or ""):
        return False
    if grade.score is None and mark.score is None:
        return (grade.excused, grade.grade or None) == (mark.excused, mark.letter)
    return grade.score == mark.score


def _write(changes: Mapping[Key, _Change], by: User) -> dict[Key, Outcome]:
    """Write the changes; return {key: Outcome}, a CONFLICT where another request was faster."""
    graded = [(change, change.grade) for change in changes.values() if change.grade is not None]
    _remove([grade for change, grade in graded if change.empties])
    _change([change.apply(grade, by) for change, grade in graded if not change.empties])
    added = _add([c for c in changes.values() if c.grade is None], by)
    standing = _grades(added)
    outcomes = {}
    for key, change in changes.items():
        if change.grade is not None:
            outcomes[key] = Outcome(change.cell, SAVED, None if change.empties else change.grade)
            continue
        grade = standing.get(key)
        overtaken = grade is None or grade.pk != added[key]
        outcomes[key] = Outcome(change.cell, CONFLICT if overtaken else SAVED, grade)
    return outcomes


def _change(grades: Sequence[Grade]) -> None:
    """Write these grades, which are locked, and take over when that was."""
    if not grades:
        return
    columns = ("id", "score", "grade", "excused", "feedback", "graded_by_id")
    rows = [{name: getattr(grade, name) for name in columns} for grade in grades]
    values = {"tenant": grades[0].tenant_id, "grades": json.dumps(rows, default=str)}
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, values)
        times = {pk: rest for pk, *rest in cursor.fetchall()}
    for grade in grades:
        grade.graded_at, grade.updated_at = times[grade.pk]


def _remove(grades: Sequence[Grade]) -> None:
    if not grades:
        return
    made_for_it = Submission.objects.filter(
        pk__in=[grade.submission_id for grade in grades],
        created_at__in=[grade.created_at for grade in grades],  # (see _add)
    )
    submissions = list(made_for_it.values_list("pk", flat=True))
    Grade.objects.filter(pk__in=[grade.pk for grade in grades]).delete()
    with connection.cursor() as cursor:
        cursor.execute("CALL app.drop_empty_submissions(%s)", [submissions])


def _add(changes: Sequence[_Change], by: User) -> dict[Key, UUID | None]:
    """Add grades, with submissions where there are none; return {key: id of its new grade}.

    The id is None where there is no submission: the assignment was deleted meanwhile.
    """
    if not changes:
        return {}
    changes = sorted(changes, key=lambda change: change.cell.key)  # in one order, against deadlocks
    keys = [change.cell.key for change in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            "CALL app.submissions_to_grade(%s, %s, NULL)",
            [[assignment for assignment, _ in keys], [student for _, student in keys]],
        )
        made = set(cursor.fetchone()[0])
    submissions = {
        (row.assignment_id, row.student_id): row
        for row in Submission.objects.filter(
            assignment__in={assignment for assignment, _ in keys},
            student__in={student for _, student in keys},
        ).only("id", "assignment_id", "student_id", "created_at")
    }
    new, added = [], dict.fromkeys(keys)
    for change in changes:
        submission = submissions.get(change.cell.key)
        if submission is None:
            continue
        grade = Grade(
            submission=submission,
            assignment_id=submission.assignment_id,
            student_id=submission.student_id,
        )
        # By the equal times `_remove` knows that the submission was only made for this grade.
        if submission.pk in made:
            grade.created_at = submission.created_at
        new.append(change.apply(grade, by))
        added[change.cell.key] = grade.pk
    Grade.objects.bulk_create(new, ignore_conflicts=True)
    return added


def _add_authors(conflicts: Sequence[Outcome]) -> None:
    """Fill in who changed the grades of these outcomes, and when."""
    names = gradebook.givers([outcome.grade.pk for outcome in conflicts if outcome.grade])
    for outcome in conflicts:
        if outcome.grade is not None:
            outcome.by = names.get(outcome.grade.pk, "")
            outcome.at = outcome.grade.updated_at


@transaction.atomic
def weigh(*, school_class: SchoolClass, weights: Mapping[str, Decimal | None], by: User) -> None:
    """Set the weights of assignment types in the class: {type: Decimal or None}."""
    if not may_grade(by, school_class):
        raise PermissionDenied
    given = {kind: weight for kind, weight in weights.items() if weight is not None}
    AssignmentWeight.objects.filter(school_class=school_class).exclude(type__in=given).delete()
    AssignmentWeight.objects.bulk_create(
        [
            AssignmentWeight(school_class=school_class, type=kind, weight=weight)
            for kind, weight in given.items()
        ],
        update_conflicts=True,
        unique_fields=["tenant", "school_class", "type"],
        update_fields=["weight"],
    )
