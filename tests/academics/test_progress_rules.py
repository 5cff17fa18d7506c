"""Attendance rate, current grade and graded submissions follow what happens to their sources."""

from datetime import date
from decimal import Decimal

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from academics.models import (
    Assignment,
    AssignmentWeight,
    Attendance,
    ClassSession,
    Enrollment,
    Grade,
    Submission,
)
from core.models import Tenant
from core.rls import tenant_context
from tests.refusals import refused_by

pytestmark = pytest.mark.database


@pytest.fixture
def school(cast):
    """School A in its admin's context: one session (present), one essay (17 of 20)."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        AssignmentWeight.objects.all().delete()  # every assignment counts the same
        yield cast.a


def rate(enrollment):
    return Enrollment.objects.get(pk=enrollment.pk).attendance_rate


def letter(enrollment):
    return Enrollment.objects.get(pk=enrollment.pk).current_grade


def sessions(school_class, count):
    return ClassSession.objects.bulk_create(
        ClassSession(
            school_class=school_class,
            session_date=f"2026-03-{day + 1:02}",
            start_time="10:00",
            end_time="11:00",
        )
        for day in range(count)
    )


def attend(school, *statuses):
    """Record the student's further attendance in one statement."""
    held = sessions(school.school_class, len(statuses))
    return Attendance.objects.bulk_create(
        Attendance(class_session=s, student=school.student, status=status)
        for s, status in zip(held, statuses, strict=True)
    )


def graded(school, score, max_score):
    assignment = Assignment.objects.create(
        school_class=school.school_class,
        title="t",
        type="quiz",
        assigned_date="2026-03-01",
        due_date="2026-03-02",
        max_score=max_score,
    )
    submission = Submission.objects.create(assignment=assignment, student=school.student)
    return Grade.objects.create(
        submission=submission, student=school.student, assignment=assignment, score=score
    )


# attendance_rate --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        # Besides the one session of the cast, where the student was present.
        ([], "100.00"),
        (["absent"], "50.00"),
        (["late"], "100.00"),
        (["excused"], "100.00"),
        (["late", "absent"], "66.67"),
        (["excused", "absent", "absent"], "33.33"),
    ],
)
def test_the_rate_is_of_all_but_excused(school, statuses, expected):
    attend(school, *statuses)
    assert rate(school.enrollment) == Decimal(expected)


def test_the_rate_follows_updates_and_deletions(school):
    absent, excused = attend(school, "absent", "excused")
    Attendance.objects.filter(pk=excused.pk).update(status="absent")
    assert rate(school.enrollment) == Decimal("33.33")
    Attendance.objects.filter(pk__in=[absent.pk, excused.pk]).delete()
    assert rate(school.enrollment) == Decimal("100.00")
    Attendance.objects.filter(student=school.student).update(status="excused")
    assert rate(school.enrollment) is None
    Attendance.objects.all().delete()
    assert rate(school.enrollment) is None


def test_the_rate_follows_a_record_to_another_session_or_student(school):
    for student, school_class in (
        (school.student, school.other_class),
        (school.other_student, school.school_class),
    ):
        Enrollment.objects.create(
            student=student, school_class=school_class, enrollment_date="2026-01-05"
        )
    (absent,) = attend(school, "absent")
    Attendance.objects.filter(pk=absent.pk).update(class_session=school.other_session)
    assert rate(school.enrollment) == Decimal("100.00")
    Attendance.objects.filter(pk=absent.pk).delete()
    (absent,) = attend(school, "absent")
    Attendance.objects.filter(pk=absent.pk).update(student=school.other_student)
    assert rate(school.enrollment) == Decimal("100.00")


def test_each_class_has_its_own_rate(school):
    both = Enrollment.objects.create(
        student=school.student, school_class=school.other_class, enrollment_date="2026-01-05"
    )
    assert rate(both) is None
    Attendance.objects.create(
        class_session=school.other_session, student=school.student, status="absent"
    )
    assert (rate(both), rate(school.enrollment)) == (Decimal(0), Decimal(100))


def test_who_comes_back_brings_rate_and_grade(school):
    Enrollment.objects.filter(pk=school.enrollment.pk).update(status="dropped")
    again = Enrollment.objects.create(student=school.student, school_class=school.school_class)
    assert (rate(again), letter(again)) == (Decimal(100), "B")


def test_a_rate_written_by_hand_is_ignored(school):
    Enrollment.objects.filter(pk=school.enrollment.pk).update(attendance_rate=1)
    assert rate(school.enrollment) == Decimal(100)


def test_a_teacher_who_takes_attendance_moves_the_rate(cast):
    with tenant_context(cast.a.tenant, cast.a.teacher):
        attend(cast.a, "absent")
        assert rate(cast.a.enrollment) == Decimal(50)
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert rate(cast.b.enrollment) == Decimal(100)


def test_a_session_stays_with_its_class(school):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        ClassSession.objects.filter(pk=school.session.pk).update(school_class=school.other_class)
    assert error.value.__cause__.diag.constraint_name == "class_sessions_keep_class"


def test_registers_taken_at_once_all_count(committed):
    """Two sessions' registers of the same twelve students, the students in opposite order."""
    school_class = committed.school_class()
    students = committed.students(12)
    for student in students:
        committed.new(
            "enrollments",
            student_id=student,
            class_id=school_class,
            enrollment_date="2026-01-05",
        )

    def register(day, order, status):
        session = committed.new(
            "class_sessions",
            class_id=school_class,
            session_date=f"2026-03-{day:02}",
            start_time="10:00",
            end_time="11:00",
        )
        values = [(committed.tenant, session, s, status) for s in order]
        rows = ", ".join(["(%s, %s, %s, %s)"] * len(values))
        columns = "tenant_id, class_session_id, student_id, status"
        sql = f"INSERT INTO attendance ({columns}) VALUES {rows}"
        return lambda db: db.execute(sql, sum(values, ())).rowcount

    for day in range(1, 9, 2):
        assert committed.race(
            register(day, students, "present"), register(day + 1, students[::-1], "absent")
        ) == [12, 12]
        rates = committed.db.execute("SELECT DISTINCT attendance_rate FROM enrollments").fetchall()
        assert rates == [(Decimal("50.00"),)]


# current_grade ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        # Besides the cast's essay: 17 of 20, that is 85%.
        ([], "B"),
        ([(10, 10)], "A-"),
        ([(0, 10)], "F"),
        ([(None, 10)], "B"),
        ([("9.5", 10), ("10", 10)], "A-"),
        ([(12, 10)], "A"),
    ],
)
def test_the_grade_is_of_the_mean_percentage(school, scores, expected):
    for score, max_score in scores:
        graded(school, score, max_score)
    assert letter(school.enrollment) == expected


def test_thirds_that_add_up_to_a_bound_reach_it(school):
    Grade.objects.all().delete()
    for score in ("28.30", "28.30", "28.00"):  # 94.33..., 94.33..., 93.33...: exactly 94
        graded(school, score, 30)
    assert letter(school.enrollment) == "A"


def test_the_grade_follows_updates_and_deletions(school):
    grade = graded(school, 0, 10)
    assert letter(school.enrollment) == "F"
    Grade.objects.filter(pk=grade.pk).update(score=10)
    assert letter(school.enrollment) == "A-"
    Assignment.objects.filter(pk=grade.assignment_id).update(max_score=20)
    assert letter(school.enrollment) == "D+"
    Assignment.objects.filter(pk=grade.assignment_id).update(max_score=None)
    assert letter(school.enrollment) == "B"
    Grade.objects.filter(student=school.student).delete()
    assert letter(school.enrollment) is None


def test_the_school_has_its_own_scale(school):
    def scale(steps):
        Tenant.objects.filter(pk=school.tenant.pk).update(settings={"grading_scale": steps})

    scale([["Pass", 51], ["Fail", 0]])
    assert (letter(school.enrollment), letter(school.other_enrollment)) == ("Pass", "Pass")
    graded(school, 0, 10)
    assert letter(school.enrollment) == "Fail"
    scale([])
    assert (letter(school.enrollment), letter(school.other_enrollment)) == ("F", "B")


def test_a_scale_of_another_school_changes_nothing_here(cast):
    with tenant_context(cast.b.tenant, cast.b.admin):
        Tenant.objects.filter(pk=cast.b.tenant.pk).update(settings={"grading_scale": [["Fine", 0]]})
        assert letter(cast.b.enrollment) == "Fine"
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert letter(cast.a.enrollment) == "B"


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        ("100", "A"), ("94", "A"), ("93.99", "A-"), ("90", "A-"), ("87", "B+"), ("84", "B"),
        ("80", "B-"), ("77", "C+"), ("74", "C"), ("70", "C-"), ("67", "D+"), ("64", "D"),
        ("61", "D-"), ("60.99", "F"), ("0", "F"), (None, None),
    ],
)  # fmt: skip
def test_the_default_scale(db, percent, expected):
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.letter_grade(%s::numeric, NULL)", [percent])
        assert cursor.fetchone() == (expected,)


@pytest.mark.parametrize(
    "scale",
    [
        "A",
        {"A": 0},
        [["A", 50]],
        [["A", 0], ["B", 0]],
        [["A", 90], ["B", -1], ["C", 0]],
        [["", 0]],
        [["Outstanding", 0]],
        [["A", "high"], ["F", 0]],
        [[None, 0]],
        [["A"]],
        ["A"],
    ],
)
def test_an_impossible_scale_is_refused(school, scale):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Tenant.objects.filter(pk=school.tenant.pk).update(settings={"grading_scale": scale})
    assert error.value.__cause__.diag.constraint_name == "check_grading_scale"


@pytest.mark.parametrize("value", [[1], "text", 5])
def test_settings_are_an_object(school, value):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Tenant.objects.filter(pk=school.tenant.pk).update(settings=value)
    assert error.value.__cause__.diag.constraint_name == "check_settings"


def test_grades_given_at_once_all_count(committed):
    school_class = committed.school_class()
    (student,) = committed.students(1)
    committed.new("enrollments", student_id=student, class_id=school_class)

    def grade(score):
        assignment = committed.new(
            "assignments",
            class_id=school_class,
            title="t",
            type="quiz",
            assigned_date="2026-03-01",
            due_date="2026-03-02",
            max_score=100,
        )
        submission = committed.new("submissions", assignment_id=assignment, student_id=student)
        sql = (
            "INSERT INTO grades (tenant_id, submission_id, student_id, assignment_id, score)"
            " VALUES (%s, %s, %s, %s, %s)"
        )
        row = [committed.tenant, submission, student, assignment, score]
        return lambda db: db.execute(sql, row).rowcount

    for _ in range(5):
        assert committed.race(grade(100), grade(60), grade(80)) == [1, 1, 1]
        assert committed.fetch_one("SELECT current_grade FROM enrollments") == "B-"


# Graded submissions -----------------------------------------------------------------------------


def status(submission_id):
    return Submission.objects.get(pk=submission_id).status


def test_a_submission_is_graded_as_long_as_it_has_a_grade(school):
    grade = graded(school, 1, 2)
    assert status(grade.submission_id) == "graded"
    grade.delete()
    assert status(grade.submission_id) == "submitted"


def test_a_teacher_who_grades_marks_the_submission(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        AssignmentWeight.objects.all().delete()
        grade = graded(cast.a, 1, 2)
        grade.delete()
    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert status(grade.submission_id) == "submitted"
        Grade.objects.create(
            submission_id=grade.submission_id,
            student=cast.a.student,
            assignment_id=grade.assignment_id,
            score=1,
        )
        assert status(grade.submission_id) == "graded"
        assert letter(cast.a.enrollment) == "D+"


def test_a_graded_submission_is_the_students_no_more(cast):
    with tenant_context(cast.a.tenant, cast.a.student):
        assert Submission.objects.filter(pk=cast.a.submission.pk).update(content={}) == 0


def test_a_grade_that_moves_takes_its_mark_along(school):
    grade = graded(school, 1, 2)
    other = graded(school, 1, 2)
    other.delete()
    Grade.objects.filter(pk=grade.pk).update(
        submission=other.submission_id, assignment=other.assignment_id
    )
    assert (status(grade.submission_id), status(other.submission_id)) == ("submitted", "graded")


def handed_in_late(school):
    """Return a submission of the student's own from March, not graded."""
    with tenant_context(school.tenant, school.admin):
        grade = graded(school, 1, 2)
        grade.delete()
        submissions = Submission.objects.filter(pk=grade.submission_id)
        submissions.update(submitted_at="2026-03-05T10:00:00Z")
        return submissions


def test_a_student_cannot_backdate_a_submission(cast):
    submissions = handed_in_late(cast.a)
    with tenant_context(cast.a.tenant, cast.a.student):
        submissions.update(content={"text": "x"}, submitted_at="2026-03-01T10:00:00Z")
        assert submissions.get().submitted_at.date() > date(2026, 3, 5)


def test_a_student_changes_the_work_only(cast):
    submissions = handed_in_late(cast.a)
    with tenant_context(cast.a.tenant, cast.a.student), refused_by("privilege"):
        submissions.update(created_at="2026-03-01T10:00:00Z")


@pytest.mark.parametrize(
    ("column", "other"), [("student", "other_student"), ("assignment", "other_assignment")]
)
def test_a_grade_cannot_contradict_its_submission(school, column, other):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Grade.objects.filter(pk=school.grade.pk).update(**{column: getattr(school, other)})
    assert isinstance(error.value.__cause__, psycopg.errors.ForeignKeyViolation)
    assert error.value.__cause__.diag.constraint_name == "grades_submission_fk"


def test_a_submission_is_graded_once(school):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Grade.objects.create(
            submission=school.submission, student=school.student, assignment=school.assignment
        )
    assert error.value.__cause__.diag.constraint_name == "idx_grades_submission"
