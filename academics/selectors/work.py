"""Assignments with submissions and grades, for the student and for the class's teacher.

Row-level security leaves each reader their own; these queries only put together what is shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet

from academics.models import Assignment, AttachmentFile, Enrollment, Grade, Submission
from academics.models.assignment import AssignmentQuerySet
from academics.services.assignments import is_given, is_open
from academics.services.submissions import days_late
from core.models import User

OfAssignment = TypeVar("OfAssignment", Submission, Grade)

OPEN, HANDED_IN, GRADED, CLOSED = "open", "handed_in", "graded", "closed"


@dataclass
class Work:
    """One student's part of one assignment, as of a date at the school."""

    assignment: Assignment
    student: User
    day: date
    submission: Submission | None = None
    grade: Grade | None = None
    files: Sequence[AttachmentFile | UUID] = field(default_factory=list)

    @property
    def has_work(self) -> bool:
        """Whether something was handed in: a grade can stand on an empty submission."""
        submission = self.submission
        return bool(submission and (submission.content or submission.attachments or self.files))

    @property
    def is_handed_in(self) -> bool:
        return self.submission is not None and (self.has_work or self.grade is None)

    @property
    def is_given(self) -> bool:
        return is_given(self.assignment, self.day)

    @property
    def is_open(self) -> bool:
        return is_open(self.assignment, self.day)

    @property
    def is_handed_in_after_grading(self) -> bool:
        """Whether the work was changed after it was graded (app.graded_early)."""
        return (
            self.grade is not None
            and self.submission is not None
            and self.has_work
            and self.submission.submitted_at > self.grade.graded_at
        )

    @property
    def state(self) -> str:
        if self.grade is not None:
            return GRADED
        if self.submission is not None:
            return HANDED_IN
        return OPEN if self.is_open else CLOSED

    @property
    def days_late(self) -> int:
        """Days from the due date to the submission, or to today if there is none."""
        if self.submission is not None:
            return days_late(self.submission, self.assignment.due_date) if self.is_handed_in else 0
        return max((self.day - self.assignment.due_date).days, 0)

    @property
    def is_missing(self) -> bool:
        """Whether it is due and not handed in; a graded or excused one is not missing."""
        late = self.days_late > 0 or not self.is_open
        return self.submission is None and self.is_given and late

    @property
    def can_change(self) -> bool:
        """Whether the student may still hand in, or replace what they did."""
        is_graded = self.has_work and not self.is_handed_in_after_grading
        return self.is_open and (self.grade is None or not is_graded)


# --- the student ----------------------------------------------------------------------------------


def assignments_of(student: User) -> AssignmentQuerySet:
    """Return the assignments of the active classes that a student attends (a guardian has more)."""
    return Assignment.objects.filter(
        school_class__enrollments__student=student,
        school_class__enrollments__status=Enrollment.Status.ACTIVE,
    ).select_related("school_class")


def works_of(student: User, day: date) -> list[Work]:
    """Return the `Work`s of a student, those due first at the front; three queries."""
    assignments = list(assignments_of(student).order_by("due_date", "title", "id"))
    submissions = _by_assignment(Submission.objects.filter(student=student))
    grades = _by_assignment(Grade.objects.filter(student=student))
    with_files = _ids(AttachmentFile.objects.filter(student=student), "submission_id")
    return [
        _work(
            assignment,
            student,
            day,
            submissions.get(assignment.pk),
            grades.get(assignment.pk),
            with_files,
        )
        for assignment in assignments
    ]


def work_of(student: User, assignment: Assignment, day: date) -> Work:
    """Return the `Work` of a student with an assignment, its files among it."""
    submission = Submission.objects.filter(assignment=assignment, student=student).first()
    grade = Grade.objects.filter(submission=submission).first() if submission else None
    files = list(submission.files.all()) if submission else []
    return Work(assignment, student, day, submission, grade, files)


def given_files(assignment: Assignment) -> QuerySet[AttachmentFile]:
    """Return the files that came with an assignment."""
    return assignment.files.filter(submission=None)


# --- the teacher ----------------------------------------------------------------------------------


def class_works(assignment: Assignment, day: date) -> list[Work]:
    """Return the `Work`s of the class by name, including students who left after handing in."""
    submissions = {
        row.student_id: row
        for row in Submission.objects.filter(assignment=assignment).select_related("student")
    }
    grades = {row.student_id: row for row in Grade.objects.filter(assignment=assignment)}
    with_files = _ids(AttachmentFile.objects.filter(assignment=assignment), "submission_id")
    students = {row.student_id: row.student for row in submissions.values()}
    enrolled = Enrollment.objects.filter(
        Q(status=Enrollment.Status.ACTIVE) | Q(status=Enrollment.Status.COMPLETED),
        school_class=assignment.school_class_id,
        student__deleted_at__isnull=True,
    ).select_related("student")
    students |= {row.student_id: row.student for row in enrolled}
    return [
        _work(assignment, student, day, submissions.get(pk), grades.get(pk), with_files)
        for pk, student in sorted(
            students.items(), key=lambda item: (item[1].sort_name, str(item[0]))
        )
    ]


def _work(
    assignment: Assignment,
    student: User,
    day: date,
    submission: Submission | None,
    grade: Grade | None,
    with_files: set[UUID],
) -> Work:
    files = [submission.pk] if submission is not None and submission.pk in with_files else []
    return Work(assignment, student, day, submission, grade, files)


def _by_assignment(rows: Iterable[OfAssignment]) -> dict[UUID, OfAssignment]:
    return {row.assignment_id: row for row in rows}


def _ids(rows: QuerySet[AttachmentFile], name: str) -> set[UUID]:
    return set(rows.filter(**{f"{name}__isnull": False}).values_list(name, flat=True))
