"""The current grade by weights of types and by grading scales, as roles change them."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from academics.models import (
    Assignment,
    AssignmentWeight,
    Enrollment,
    Grade,
    GradingScale,
    SchoolClass,
    Submission,
)
from core.models import Tenant
from core.rls import tenant_context
from tests.refusals import refused_by

pytestmark = pytest.mark.database


@pytest.fixture
def school(cast):
    """School A in its admin's context; homework: 17 of 20, 85%, and it alone has a weight (50)."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def letter(enrollment):
    return Enrollment.objects.get(pk=enrollment.pk).current_grade


def mean(school):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT trim_scale(app.mean_percent(%s, %s, %s))::text",
            [school.tenant.pk, school.student.pk, school.school_class.pk],
        )
        return cursor.fetchone()[0]


def graded(school, kind, score, max_score=100, **columns):
    assignment = Assignment.objects.create(
        school_class=school.school_class,
        title="t",
        type=kind,
        assigned_date=date(2026, 3, 1),
        due_date=date(2026, 3, 2),
        max_score=max_score,
    )
    submission = Submission.objects.create(assignment=assignment, student=school.student)
    return Grade.objects.create(
        submission=submission, student=school.student, assignment=assignment, score=score, **columns
    )


def weigh(school, **weights):
    AssignmentWeight.objects.filter(school_class=school.school_class).delete()
    AssignmentWeight.objects.bulk_create(
        AssignmentWeight(school_class=school.school_class, type=kind, weight=weight)
        for kind, weight in weights.items()
    )


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({}, ("70", "C-")),  # each assignment the same: (85 + 95 + 60 + 40) / 4
        ({"homework": 50}, ("85", "B")),
        ({"homework": 1, "quiz": 1}, ("81.25", "B-")),  # (85 + (95 + 60) / 2) / 2
        ({"homework": 3, "quiz": 1}, ("83.125", "B-")),
        ({"homework": 60, "quiz": 20, "exam": 20}, ("74.5", "C")),
        # A type without grades is left out, and the others count for it.
        ({"homework": 10, "project": 90}, ("85", "B")),
        ({"project": 100}, (None, None)),
        ({"homework": 0, "quiz": 100}, ("77.5", "C+")),
        ({"homework": 0}, (None, None)),
        ({"homework": 0, "quiz": 0, "exam": 0, "project": 0}, (None, None)),
        ({"homework": "33.33", "quiz": "66.67"}, ("79.99975", "C+")),
    ],
)
def test_the_mean_is_that_of_the_types_means_by_weight(school, weights, expected):
    graded(school, "quiz", 95)
    graded(school, "quiz", 60)
    graded(school, "exam", 40)
    weigh(school, **weights)
    assert (mean(school), letter(school.enrollment)) == expected


def test_the_grade_follows_each_change_of_the_weights(school):
    graded(school, "quiz", 95)
    assert letter(school.enrollment) == "B"
    added = AssignmentWeight.objects.create(
        school_class=school.school_class, type="quiz", weight=150 - 50
    )
    assert letter(school.enrollment) == "A-"  # (85 + 2 * 95) / 3
    AssignmentWeight.objects.filter(pk=added.pk).update(weight=0)
    assert letter(school.enrollment) == "B"
    AssignmentWeight.objects.filter(school_class=school.school_class).delete()
    assert letter(school.enrollment) == "A-"  # each the same: 90
    assert letter(school.other_enrollment) == "B"


def test_a_weight_of_another_class_changes_nothing_here(school):
    weigh(school)
    AssignmentWeight.objects.filter(school_class=school.other_class).update(weight=0)
    assert (letter(school.enrollment), letter(school.other_enrollment)) == ("B", None)


def test_excused_counts_for_nothing(school):
    grade = graded(school, "homework", 0)
    assert letter(school.enrollment) == "F"
    Grade.objects.filter(pk=grade.pk).update(score=None, excused=True)
    assert letter(school.enrollment) == "B"
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Grade.objects.filter(pk=grade.pk).update(score=0)
    assert error.value.__cause__.diag.constraint_name == "check_grade_excused"


def test_an_assignment_of_another_type_counts_as_that(school):
    weigh(school, homework=1, quiz=3)
    grade = graded(school, "homework", 65)
    assert letter(school.enrollment) == "C"  # homework alone: 75
    Assignment.objects.filter(pk=grade.assignment_id).update(type="quiz")
    assert letter(school.enrollment) == "C-"  # (85 + 3 * 65) / 4
    Assignment.objects.filter(pk=grade.assignment_id).update(type="project")
    assert letter(school.enrollment) == "B"


def test_the_teacher_weighs_own_classes_only(cast):
    with tenant_context(cast.a.tenant, cast.a.teacher):
        weights = AssignmentWeight.objects
        assert weights.filter(pk=cast.a.assignment_weight.pk).update(weight=0) == 1
        assert weights.filter(pk=cast.a.other_assignment_weight.pk).update(weight=0) == 0
        assert letter(cast.a.enrollment) is None
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert letter(cast.a.other_enrollment) == "B"


# Scales -----------------------------------------------------------------------------------------


def scale(name, *steps, **columns):
    return GradingScale.objects.create(name=name, steps=list(map(list, steps)), **columns)


def letters(school):
    return letter(school.enrollment), letter(school.other_enrollment)


def test_the_default_scale_is_of_all_classes_without_their_own(school):
    good = scale("Good", ("Good", 85), ("Bad", 0), is_default=True)
    assert letters(school) == ("Good", "Good")
    GradingScale.objects.filter(pk=good.pk).update(steps=[["Good", 85.01], ["Bad", 0]])
    assert letters(school) == ("Bad", "Bad")
    SchoolClass.objects.filter(pk=school.school_class.pk).update(grading_scale=school.grading_scale)
    assert letters(school) == ("Pass", "Bad")
    GradingScale.objects.filter(pk=good.pk).update(is_default=False)
    assert letters(school) == ("Pass", "B")
    SchoolClass.objects.filter(pk=school.school_class.pk).update(grading_scale=None)
    assert letters(school) == ("B", "B")


def test_the_grades_of_a_completed_class_follow_no_scale(school):
    SchoolClass.objects.filter(pk=school.other_class.pk).update(status="completed")
    good = scale("Good", ("Good", 85), ("Bad", 0), is_default=True)
    assert letters(school) == ("Good", "B")
    GradingScale.objects.filter(pk=good.pk).update(steps=[["Fine", 0]])
    assert letters(school) == ("Fine", "B")
    good.delete()
    Tenant.objects.filter(pk=school.tenant.pk).update(settings={"grading_scale": [["Set", 0]]})
    assert letters(school) == ("Set", "B")


def test_another_default_takes_the_place_of_the_first(school):
    first = scale("First", ("One", 0), is_default=True)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        scale("Second", ("Two", 0), is_default=True)
    assert error.value.__cause__.diag.constraint_name == "idx_grading_scales_default"
    GradingScale.objects.filter(pk=first.pk).update(is_default=False)
    scale("Second", ("Two", 0), is_default=True)
    assert letters(school) == ("Two", "Two")


def test_a_default_that_goes_leaves_the_schools_settings(school):
    Tenant.objects.filter(pk=school.tenant.pk).update(settings={"grading_scale": [["Set", 0]]})
    scale("First", ("One", 0), is_default=True)
    assert letters(school) == ("One", "One")
    GradingScale.objects.filter(is_default=True).delete()
    assert letters(school) == ("Set", "Set")


def test_a_scale_in_use_stays(school):
    SchoolClass.objects.filter(pk=school.school_class.pk).update(grading_scale=school.grading_scale)
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("DELETE FROM grading_scales WHERE id = %s", [school.grading_scale.pk])


def test_bounds_are_exact_decimals(school):
    scale("Exact", ("Up", "84.999"), ("Down", 0), is_default=True)
    assert letter(school.enrollment) == "Up"
    GradingScale.objects.update(steps=[["Up", 85.0000001], ["Down", 0]])
    assert letter(school.enrollment) == "Down"


@pytest.mark.parametrize(
    "steps",
    [[], None, [["A", 50]], [["A", 0], ["B", 0]], [["A", 0, "many"]], [["A", 0, -1]],
     [["A", 0], ["B", "NaN"]]],
)  # fmt: skip
def test_an_impossible_scale_is_refused(school, steps):
    with pytest.raises(IntegrityError), transaction.atomic():
        GradingScale.objects.create(name="x", steps=steps)


def test_a_teacher_changes_no_scale(cast):
    with tenant_context(cast.a.tenant, cast.a.teacher), refused_by("privilege"):
        GradingScale.objects.update(steps=[["A", 0]])


def test_scales_and_weights_of_another_school_change_nothing_here(cast):
    with tenant_context(cast.b.tenant, cast.b.admin):
        scale("Good", ("Good", 0), is_default=True)
        AssignmentWeight.objects.update(weight=0)
        assert letter(cast.b.enrollment) is None
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert letter(cast.a.enrollment) == "B"


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("student", "85"),
        ("guardian", "85"),
        ("other_student", None),
        ("other_guardian", None),
        ("teacher", None),  # who has the gradebook
        ("admin", None),
    ],
)
def test_the_percent_of_a_completed_class_is_for_its_student_alone(cast, who, expected):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        Enrollment.objects.filter(pk=school.enrollment.pk).update(status="completed")
    with tenant_context(school.tenant, getattr(school, who)), connection.cursor() as cursor:
        cursor.execute("SELECT trim_scale(app.own_percent(%s))::text", [school.enrollment.pk])
        assert cursor.fetchone()[0] == expected
    outsider = cast.b.student
    with tenant_context(cast.b.tenant, outsider), connection.cursor() as cursor:
        cursor.execute("SELECT app.own_percent(%s)", [school.enrollment.pk])
        assert cursor.fetchone()[0] is None
