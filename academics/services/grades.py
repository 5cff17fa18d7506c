"""Writing grades: cells of a gradebook, one or a pasted block, and what a class's types weigh."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from academics.grading import cells
from academics.models import (
    Assignment,
    AssignmentWeight,
    Enrollment,
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


@dataclass(frozen=True)
class Cell:
    """What somebody entered; `text` or `feedback` is None when it is to stay as it is.

    `version` is what `gradebook.version` said of the grade that they saw, "" for none.
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
    """What became of a cell: state, the grade that stands there now (None: none), and why."""

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
    return user.is_admin or school_class.status != SchoolClass.Status.COMPLETED


@transaction.atomic
def enter(*, school_class: SchoolClass, entered: Iterable[Cell], by: User) -> list[Outcome]:
    """Save the cells that can be saved, in a fixed number of statements; return an Outcome each.

    The rest is told: what cannot be read is REFUSED, what somebody else changed since is a CONFLICT
    and stays as they left it. A grade without a submission makes one; an emptied cell deletes its
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
    _tell_who([one for one in outcomes.values() if one.state == CONFLICT])
    return [outcomes[key] for key in chosen]


@dataclass
class _Change:
    """A cell to be written: the mark that it is to have, and the grade that it has."""

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
    assignments = Assignment.objects.filter(school_class=school_class).in_bulk(
        {assignment for assignment, _student in chosen}
    )
    students = {student for _assignment, student in chosen}
    enrolled = set(
        Enrollment.objects.filter(school_class=school_class, student__in=students).values_list(
            "student_id", flat=True
        )
    )
    scale = gradebook.scale_of(school_class)

    def read(cell: Cell, grade: Grade | None) -> cells.Mark:
        if cell.assignment_id not in assignments or cell.student_id not in enrolled:
            raise cells.Refused(_("The student or the assignment is not in this class."))
        feedback = cell.feedback or ""
        if len(feedback) > LONGEST_FEEDBACK or "\x00" in feedback:
            raise cells.Refused(_("This feedback is too long, or no text."))
        if cell.text is not None:
            mark = cells.read(cell.text, assignments[cell.assignment_id].max_score, scale)
        elif grade is not None:
            mark = cells.Mark(grade.score, grade.grade, grade.excused)
        else:
            mark = cells.Mark()
        if feedback and mark.is_empty and (grade is None or cell.text is not None):
            raise cells.Refused(_("Give a grade first; the feedback belongs to it."))
        return mark

    return read


def _grades(keys: Iterable[Key], *, lock: bool = False) -> dict[Key, Grade]:
    """Return {key: grade} of the cells; locked, nobody else changes them until we are done."""
    rows = Grade.objects.filter(
        assignment__in={assignment for assignment, _student in keys},
        student__in={student for _assignment, student in keys},
    ).order_by("id")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = {(grade.assignment_id, grade.student_id): grade for grade in rows}
    return {key: found[key] for key in keys if key in found}


def _is_same(cell: Cell, grade: Grade | None, mark: cells.Mark) -> bool:
    """Whether nothing is to be done; also when somebody else entered just the same meanwhile."""
    if grade is None:
        return mark.is_empty
    if cell.feedback is not None and cell.feedback.strip() != (grade.feedback or ""):
        return False
    if grade.score is None and mark.score is None:
        return (grade.excused, grade.grade or None) == (mark.excused, mark.letter)
    return grade.score == mark.score


def _write(changes: Mapping[Key, _Change], by: User) -> dict[Key, Outcome]:
    """Write the changes; return {key: Outcome}, a CONFLICT where another was a moment faster."""
    graded = [(change, change.grade) for change in changes.values() if change.grade is not None]
    _remove([grade for change, grade in graded if change.empties])
    changed = [change.apply(grade, by) for change, grade in graded if not change.empties]
    if changed:
        Grade.objects.bulk_update(
            changed,
            ["score", "grade", "excused", "feedback", "graded_by", "graded_at"],
        )
    added = _add([c for c in changes.values() if c.grade is None], by)
    standing = _grades(changes)
    outcomes = {}
    for key, change in changes.items():
        grade = standing.get(key)
        overtaken = key in added and (grade is None or grade.pk != added[key])
        state = CONFLICT if overtaken else SAVED
        outcomes[key] = Outcome(change.cell, state, grade)
    return outcomes


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
        cursor.execute("SELECT app.drop_empty_submissions(%s)", [submissions])


def _add(changes: Sequence[_Change], by: User) -> dict[Key, UUID | None]:
    """Add grades, with submissions where there are none; return {key: the id it was to have}.

    The id is None where there is no submission: the assignment was deleted meanwhile.
    """
    if not changes:
        return {}
    changes = sorted(changes, key=lambda change: change.cell.key)  # two people's never deadlock
    keys = [change.cell.key for change in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app.submissions_to_grade(%s, %s)",
            [[assignment for assignment, _ in keys], [student for _, student in keys]],
        )
        made = {pk for (pk,) in cursor.fetchall()}
    submissions = {
        (one.assignment_id, one.student_id): one
        for one in Submission.objects.filter(
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
        # By this we know, when the grade is emptied, that the submission was only made for it.
        if submission.pk in made:
            grade.created_at = submission.created_at
        new.append(change.apply(grade, by))
        added[change.cell.key] = grade.pk
    Grade.objects.bulk_create(new, ignore_conflicts=True)
    return added


def _tell_who(conflicts: Sequence[Outcome]) -> None:
    """Fill in who changed the grades of these outcomes, and when."""
    names = gradebook.givers([one.grade.pk for one in conflicts if one.grade])
    for one in conflicts:
        if one.grade is not None:
            one.by = names.get(one.grade.pk, "")
            one.at = one.grade.updated_at


@transaction.atomic
def weigh(*, school_class: SchoolClass, weights: Mapping[str, Decimal | None], by: User) -> None:
    """Set what each type of assignment weighs in the class: {type: Decimal, or None for none}."""
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
