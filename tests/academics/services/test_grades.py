"""Entering cells of a gradebook: what is written, what is refused, what somebody else changed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from academics.models import (
    Assignment,
    AssignmentWeight,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
)
from academics.selectors import gradebook
from academics.services import grades
from academics.services.grades import CONFLICT, REFUSED, SAVED, Cell
from core.models import AuditLog, User
from core.rls import tenant_context
from tests.refusals import refused_by

pytestmark = pytest.mark.database


@pytest.fixture
def school(cast):
    """School A as its teacher sees it: one student, an essay graded 17 of 20, and a quiz."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.quiz = new_quiz(cast.a.school_class)
    with tenant_context(cast.a.tenant, cast.a.teacher):
        yield cast.a


def new_quiz(school_class, title="Quiz"):
    return Assignment.objects.create(
        school_class=school_class,
        title=title,
        type="quiz",
        assigned_date="2026-03-01",
        due_date="2026-03-02",
        max_score=10,
    )


def cell(school, assignment, **entered):
    return Cell(student_id=school.student.pk, assignment_id=assignment.pk, **entered)


def enter(school, *cells):
    return grades.enter(school_class=school.school_class, entered=cells, by=school.teacher)


def seen(grade):
    return gradebook.version(Grade.objects.get(pk=grade.pk))


def test_a_teacher_grades_what_was_not_handed_in(school):
    (outcome,) = enter(school, cell(school, school.quiz, text="8,5"))
    assert outcome.state == SAVED
    grade = Grade.objects.get(assignment=school.quiz)
    assert (grade.score, grade.grade, grade.graded_by) == (Decimal("8.50"), "B", school.teacher)
    assert grade.submission.status == "graded"
    assert (outcome.grade.pk, outcome.grade.updated_at) == (grade.pk, grade.updated_at)


def test_emptying_takes_the_submission_along_that_was_made_for_the_grade(school):
    (outcome,) = enter(school, cell(school, school.quiz, text="8"))
    version = gradebook.version(outcome.grade)
    (outcome,) = enter(school, cell(school, school.quiz, text="", version=version))
    assert (outcome.state, outcome.grade) == (SAVED, None)
    assert not Grade.objects.filter(assignment=school.quiz).exists()
    assert not Submission.objects.filter(assignment=school.quiz).exists()


@pytest.mark.parametrize("work", [{"content": {"text": "x"}}, {"created_at": "2026-03-01T10:00Z"}])
def test_emptying_leaves_what_was_handed_in(school, work):
    with tenant_context(school.tenant, school.admin):
        Submission.objects.create(assignment=school.quiz, student=school.student, **work)
    (outcome,) = enter(school, cell(school, school.quiz, text="8"))
    enter(school, cell(school, school.quiz, text="", version=gradebook.version(outcome.grade)))
    assert Submission.objects.get(assignment=school.quiz).status == "submitted"


def test_a_file_is_work_too(school):
    """The cast's submission has no text, but a file."""
    enter(school, cell(school, school.assignment, text="", version=seen(school.grade)))
    assert Submission.objects.get(pk=school.submission.pk).status == "submitted"


def test_an_excused_student_has_no_points(school):
    (outcome,) = enter(
        school, cell(school, school.assignment, text="*", version=seen(school.grade))
    )
    assert outcome.state == SAVED
    grade = Grade.objects.get(pk=school.grade.pk)
    assert (grade.score, grade.grade, grade.excused) == (None, None, True)
    assert Enrollment.objects.get(pk=school.enrollment.pk).current_grade is None


def test_feedback_stays_with_another_score_and_needs_a_grade(school):
    (outcome,) = enter(
        school, cell(school, school.assignment, feedback=" Well done. ", version=seen(school.grade))
    )
    version = gradebook.version(outcome.grade)
    enter(school, cell(school, school.assignment, text="18", version=version))
    grade = Grade.objects.get(pk=school.grade.pk)
    assert (grade.score, grade.feedback) == (Decimal(18), "Well done.")
    (outcome,) = enter(school, cell(school, school.quiz, feedback="Where is it?"))
    assert outcome.state == REFUSED
    assert outcome.message == "Give a grade first; the feedback belongs to it."


def test_a_grade_that_somebody_changed_since_stays_and_is_a_conflict(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Grade.objects.filter(pk=cast.a.grade.pk).update(score=12, graded_by=cast.a.admin)
    with tenant_context(cast.a.tenant, cast.a.teacher):
        stale = (cast.a.grade.updated_at - timedelta(seconds=1)).isoformat()
        for version in (stale, ""):
            (outcome,) = enter(cast.a, cell(cast.a, cast.a.assignment, text="9", version=version))
            assert (outcome.state, outcome.by) == (CONFLICT, "Admin")
            assert outcome.grade.score == 12
        assert Grade.objects.get(pk=cast.a.grade.pk).score == 12
        # The same is no conflict.
        (outcome,) = enter(cast.a, cell(cast.a, cast.a.assignment, text="12", version=stale))
        assert outcome.state == SAVED


def test_a_grade_that_somebody_emptied_since_is_a_conflict(school):
    enter(school, cell(school, school.assignment, text="", version=seen(school.grade)))
    (outcome,) = enter(school, cell(school, school.assignment, text="9", version="2026-01-01"))
    assert (outcome.state, outcome.grade) == (CONFLICT, None)
    # Who wants it empty, too, has nothing to decide.
    (outcome,) = enter(school, cell(school, school.assignment, text="", version="2026-01-01"))
    assert (outcome.state, outcome.grade) == (SAVED, None)


def meanwhile(monkeypatch, deed):
    """Let something happen after the cells were read and before they are written."""
    write = grades._write

    def late(changes, by):
        deed()
        return write(changes, by)

    monkeypatch.setattr(grades, "_write", late)


def test_of_two_who_fill_an_empty_cell_at_once_the_first_stays(school, monkeypatch):
    empty = cell(school, school.quiz, text="3")
    other = cell(school, school.quiz, text="9")
    write = grades._write

    def first(changes, by):
        monkeypatch.setattr(grades, "_write", write)
        assert enter(school, other)[0].state == SAVED
        return write(changes, by)

    monkeypatch.setattr(grades, "_write", first)
    (outcome,) = enter(school, empty)
    assert (outcome.state, outcome.grade.score, outcome.by) == (CONFLICT, 9, "Teacher")
    assert Grade.objects.get(assignment=school.quiz).score == 9


def test_an_assignment_or_a_grade_deleted_meanwhile_is_reported(school, monkeypatch):
    quiz, essay = cell(school, school.quiz, text="3"), seen(school.grade)

    def remove():
        with tenant_context(school.tenant, school.admin):
            school.quiz.delete()

    meanwhile(monkeypatch, remove)
    kept = cell(school, school.assignment, text="12", version=essay)
    gone, saved = enter(school, quiz, kept)
    assert (gone.state, gone.grade) == (CONFLICT, None)
    assert (saved.state, saved.grade.score) == (SAVED, 12)
    (again,) = enter(school, quiz)
    assert (again.state, again.message) == (
        REFUSED,
        "The student or the assignment is not in this class.",
    )


def test_of_a_block_the_valid_cells_are_saved(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        people = [_enrolled(cast.a, n) for n in range(3)]
        quiz = new_quiz(cast.a.school_class)
    with tenant_context(cast.a.tenant, cast.a.teacher):
        cells = [
            Cell(student_id=student, assignment_id=quiz.pk, text=text)
            for student, text in [
                (people[0], "9"), (people[1], "11"), (people[2], "seven"),
                (cast.a.other_student.pk, "9"), (cast.a.student.pk, "A"),
            ]
        ]  # fmt: skip
        outcomes = enter(cast.a, *cells)
        assert [outcome.state for outcome in outcomes] == [SAVED, REFUSED, REFUSED, REFUSED, SAVED]
        assert outcomes[1].message == "11 is more than the highest score, 10."
        assert outcomes[3].message == "The student or the assignment is not in this class."
        assert Grade.objects.filter(assignment=quiz).count() == 2


def _enrolled(school, number):
    student = User.objects.create_user(f"s{number}@example.com", name=f"S{number}", role="student")
    Enrollment.objects.create(
        student=student, school_class=school.school_class, enrollment_date="2026-01-05"
    )
    return student.pk


def test_a_column_costs_as_much_as_a_cell(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        people = [_enrolled(cast.a, n) for n in range(12)]
        single, many = new_quiz(cast.a.school_class), new_quiz(cast.a.school_class)
    counts = []
    with tenant_context(cast.a.tenant, cast.a.teacher):
        Grade.objects.count()  # the context is set with the first query
        for quiz, students in ((single, people[:1]), (many, people)):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                enter(cast.a, *(Cell(s, quiz.pk, text="7") for s in students))
            counts.append(len(queries))
        assert Grade.objects.filter(assignment=many).count() == 12
    assert counts[0] == counts[1]


def test_the_trail_names_who_graded(school):
    (outcome,) = enter(school, cell(school, school.quiz, text="8"))
    with tenant_context(school.tenant, school.admin):
        entry = AuditLog.objects.get(resource_id=outcome.grade.pk, action="grade_created")
        assert entry.user_id == school.teacher.pk


# Final grades -----------------------------------------------------------------------------------


def complete(school):
    with tenant_context(school.tenant, school.admin):
        SchoolClass.objects.filter(pk=school.school_class.pk).update(status="completed")
        school.school_class.status = "completed"


FINAL = [
    ("UPDATE grades SET score = 1 WHERE id = %s", "grade"),
    ("UPDATE grades SET feedback = 'It earns the same letter.' WHERE id = %s", "grade"),
    ("DELETE FROM grades WHERE id = %s", "grade"),
    ("UPDATE assignments SET max_score = 1 WHERE id = %s", "assignment"),
    ("UPDATE assignments SET type = 'exam' WHERE id = %s", "assignment"),
    ("UPDATE assignment_weights SET weight = 1 WHERE id = %s", "assignment_weight"),
    ("DELETE FROM assignment_weights WHERE id = %s", "assignment_weight"),
    ("UPDATE enrollments SET current_grade = 'A+' WHERE id = %s", "enrollment"),
]


def execute(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


@pytest.mark.parametrize(("sql", "row"), FINAL)
def test_the_grades_of_a_completed_class_are_final_for_its_teacher(school, sql, row):
    complete(school)
    key = [getattr(school, row).pk]
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        execute(sql, key)
    assert error.value.__cause__.diag.constraint_name == "class_is_completed"
    assert execute("UPDATE assignments SET title = 'x' WHERE id = %s", [school.assignment.pk]) == 1
    with tenant_context(school.tenant, school.admin):
        assert execute(sql, key) == 1


def test_a_teacher_enters_nothing_in_a_completed_class(school):
    complete(school)
    with pytest.raises(PermissionDenied):
        enter(school, cell(school, school.quiz, text="8"))
    with pytest.raises(PermissionDenied):
        grades.weigh(school_class=school.school_class, weights={"quiz": 1}, by=school.teacher)
    with tenant_context(school.tenant, school.admin):
        (outcome,) = grades.enter(
            school_class=school.school_class,
            entered=[cell(school, school.quiz, text="8")],
            by=school.admin,
        )
        assert outcome.state == SAVED


# Submissions made for a grade ---------------------------------------------------------------------


def made(assignment, student):
    with connection.cursor() as cursor:
        cursor.execute(
            "CALL app.submissions_to_grade(%s, %s, NULL)", [[assignment.pk], [student.pk]]
        )
    return Submission.objects.filter(assignment=assignment, student=student).count()


def test_submissions_are_made_for_ones_own_classes_and_their_students_only(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        quiz, other = new_quiz(cast.a.school_class), new_quiz(cast.a.other_class)
    with tenant_context(cast.b.tenant, cast.b.admin):
        foreign = new_quiz(cast.b.school_class)
    with tenant_context(cast.a.tenant, cast.a.student), refused_by("privilege"):
        made(quiz, cast.a.student)
    with tenant_context(cast.a.tenant, cast.a.teacher):
        made(other, cast.a.other_student)
        made(quiz, cast.a.other_student)
        made(foreign, cast.b.student)
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert not Submission.objects.filter(assignment=foreign).exists()
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not Submission.objects.filter(assignment__in=[quiz, other]).exists()
    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert made(quiz, cast.a.student) == 1
        assert made(quiz, cast.a.student) == 1


def drop(submission):
    with connection.cursor() as cursor:
        cursor.execute("CALL app.drop_empty_submissions(%s)", [[submission.pk]])


@pytest.mark.parametrize("work", ["content", "attachments", "file"])
def test_nobody_drops_what_was_handed_in(cast, work):
    with tenant_context(cast.a.tenant, cast.a.admin):
        if work == "file":
            Grade.objects.all().delete()
            handed_in = cast.a.submission
        else:
            handed_in = Submission.objects.create(
                assignment=new_quiz(cast.a.school_class),
                student=cast.a.student,
                **{work: {"text": "x"}},
            )
    for person in (cast.a.teacher, cast.a.admin):
        with tenant_context(cast.a.tenant, person):
            drop(handed_in)
            assert Submission.objects.filter(pk=handed_in.pk).count() == 1


def test_nobody_drops_submissions_of_others_or_with_a_grade(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        empty = Submission.objects.create(
            assignment=new_quiz(cast.a.school_class), student=cast.a.student
        )
    with tenant_context(cast.a.tenant, cast.a.outsider):
        drop(empty)
    for person in (cast.a.student, cast.a.guardian):
        with tenant_context(cast.a.tenant, person), refused_by("privilege"):
            drop(empty)
    with tenant_context(cast.a.tenant, cast.a.teacher):
        drop(cast.a.submission)
        assert Submission.objects.filter(pk__in=[empty.pk, cast.a.submission.pk]).count() == 2
        drop(empty)
        assert not Submission.objects.filter(pk=empty.pk).exists()


# Weights ------------------------------------------------------------------------------------------


def test_weights_are_set_changed_and_removed_at_once(school):
    weigh = {"quiz": Decimal(2), "exam": Decimal("1.5"), "homework": None, "project": None}
    grades.weigh(school_class=school.school_class, weights=weigh, by=school.teacher)
    grades.weigh(school_class=school.school_class, weights=weigh | {"exam": 3}, by=school.teacher)
    rows = AssignmentWeight.objects.filter(school_class=school.school_class)
    assert dict(rows.values_list("type", "weight")) == {"quiz": 2, "exam": 3}
