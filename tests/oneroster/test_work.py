"""lineItems.csv and results.csv."""

from datetime import date
from decimal import Decimal

import pytest

from academics.models import Assignment, Grade, SchoolClass, Submission
from core.models import User
from tests.oneroster.bundles import line_item, result, small

pytestmark = pytest.mark.django_db


def notes(report):
    return [issue.reason for issue in report.of_level("note") if issue.file != "users"]


def rejected(report):
    return [issue.reason for issue in report.of_level("rejected")]


def one_item(category="", **columns):
    return small(
        categories=[{"sourcedId": "cat1", "title": category}],
        lineItems=[line_item("l1", "c1", "Work") | columns],
        results=None,
    )


def one_result(**columns):
    return small(results=[result("r1", "l1", "u-s1", **columns)])


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("Homework", "homework"),
        ("Pop quizzes", "quiz"),
        ("Unit Tests", "exam"),
        ("FINAL EXAM", "exam"),
        ("Group Projects", "project"),
        ("Contests", "homework"),
        ("", "homework"),
    ],
)
def test_the_type_follows_the_category(run, category, kind):
    run(one_item(category))
    assert Assignment.objects.get().type == kind


def test_the_type_follows_the_title_where_the_category_says_nothing(run):
    run(one_item("Other", title="Midterm"))
    assert Assignment.objects.get().type == "exam"


@pytest.mark.parametrize(
    ("given", "due", "expected"),
    [
        ("2025-09-01", "2025-09-08", (date(2025, 9, 1), date(2025, 9, 8))),
        ("2025-09-09", "2025-09-08", (date(2025, 9, 8), date(2025, 9, 8))),
        ("", "2025-09-08", (date(2025, 9, 8), date(2025, 9, 8))),
        ("2025-09-01", "", (date(2025, 9, 1), date(2025, 9, 1))),
        ("", "", (date(2025, 8, 25), date(2025, 8, 25))),
    ],
)
def test_dates_of_an_assignment(run, given, due, expected):
    run(one_item(assignDate=given, dueDate=due))
    made = Assignment.objects.get()
    assert (made.assigned_date, made.due_date) == expected


@pytest.mark.parametrize(
    ("points", "expected"),
    [("100", 100), ("100.0", 100), ("", None), ("12.5", None), ("0", None), ("99999999999", None)],
)
def test_highest_scores(run, points, expected):
    report = run(one_item(resultValueMax=points))
    assert Assignment.objects.get().max_score == expected
    assert bool(notes(report)) == (expected is None and points != "")


def test_a_highest_score_that_is_no_number_is_rejected(run):
    assert rejected(run(one_item(resultValueMax="many"))) == [
        "resultValueMax: 'many' is not a number"
    ]


def test_an_assignment_cannot_move_to_another_class(run):
    run(one_item())
    assert rejected(run(one_item(classSourcedId="c2"))) == [
        "was given to another class before, and cannot move"
    ]


def test_to_be_deleted_closes_an_assignment(run):
    run(one_item())
    run(one_item(status="tobedeleted"))
    assert Assignment.objects.get().status == "closed"
    run(one_item())
    assert Assignment.objects.get().status == "active"


@pytest.mark.parametrize(
    ("status", "score", "submission", "expected"),
    [
        ("fully graded", "8", "graded", Decimal("8.00")),
        ("partially graded", "3", "graded", Decimal("3.00")),
        ("submitted", "", "submitted", None),
        ("submitted", "5", "graded", Decimal("5.00")),
        ("fully graded", "", "submitted", None),
        ("", "5", "graded", Decimal("5.00")),
        ("", "", "submitted", None),
        ("not submitted", "", None, None),
        ("not submitted", "0", "graded", Decimal("0.00")),
    ],
)
def test_score_status(run, status, score, submission, expected):
    report = run(one_result(scoreStatus=status, score=score))
    assert report.rejected == 0
    assert [s.status for s in Submission.objects.all()] == ([submission] if submission else [])
    grades = [] if expected is None else [expected]
    assert list(Grade.objects.values_list("score", flat=True)) == grades
    assert run(one_result(scoreStatus=status, score=score)).counts["results"] == {"unchanged": 1}


@pytest.mark.parametrize("score", ["", "9"])
def test_who_is_exempt_is_excused(run, score):
    run(one_result(scoreStatus="exempt", score=score))
    grade = Grade.objects.get()
    assert (grade.excused, grade.score, grade.submission.status) == (True, None, "graded")
    again = run(one_result(scoreStatus="exempt", score=score))
    assert again.counts["results"] == {"unchanged": 1}
    run(one_result(scoreStatus="not submitted"))
    assert not Submission.objects.exists()


def test_a_score_ends_an_excuse_and_the_other_way_round(run):
    run(one_result(score="5"))
    Grade.objects.update(score=None, excused=True)
    run(one_result(score="5", comment="Well done"))  # says nothing new about the score
    assert Grade.objects.get().excused
    run(one_result(score="6"))
    assert Grade.objects.values_list("score", "excused").get() == (Decimal("6.00"), False)
    run(one_result(scoreStatus="exempt"))
    assert Grade.objects.values_list("score", "excused").get() == (None, True)
    run(one_result(scoreStatus="submitted"))
    assert Submission.objects.get().status == "submitted"
    submission = Submission.objects.get()
    Grade.objects.create(
        submission=submission,
        assignment=submission.assignment,
        student=submission.student,
        score=Decimal(2),
        grade="D",
    )
    run(one_result(scoreStatus="exempt"))
    stored = Grade.objects.values_list("score", "grade", "excused").get()
    assert stored == (None, None, True)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("74.00", Decimal("74.00")),
        ("74,5", Decimal("74.50")),
        ("7.125", Decimal("7.13")),
        ("88%", Decimal("88.00")),
        ("110", Decimal("110.00")),
    ],
)
def test_scores(run, score, expected):
    run(one_result(score=score))
    assert Grade.objects.get().score == expected


@pytest.mark.parametrize("score", ["-1", "10000", "9999.999", "1e999", "NaN", "Infinity", "A+"])
def test_impossible_scores_are_rejected(run, score):
    report = run(one_result(score=score))
    assert len(rejected(report)) == 1
    assert "score" in rejected(report)[0]
    assert not Grade.objects.exists()


def test_text_scores_and_comments(run):
    files = small(
        results=[
            result("r1", "l1", "u-s1", textScore="B+", comment="Well done"),
            result("r2", "l1", "u-s2", textScore="Satisfactory", score="7"),
        ]
    )
    report = run(files)
    assert set(Grade.objects.values_list("score", "grade", "feedback")) == {
        (None, "B+", "Well done"),
        (Decimal("7.00"), None, "Satisfactory"),
    }
    assert notes(report) == [
        "the text score “Satisfactory” is too long for a grade; kept as feedback"
    ]


def test_of_several_results_the_latest_counts(run):
    files = small(
        results=[
            result("r1", "l1", "u-s1", score="9", scoreDate="2025-09-12"),
            result("r2", "l1", "u-s1", score="4", scoreDate="2025-09-10"),
        ]
    )
    report = run(files)
    assert Grade.objects.get().score == Decimal("9.00")
    assert [i.reason for i in report.of_level("skipped")] == [
        "an earlier result of the same work; line 2 counts"
    ]


def test_results_change_and_are_taken_back(run):
    run(one_result(score="5"))
    run(one_result(score="6"))
    assert Grade.objects.get().score == Decimal("6.00")
    run(one_result(scoreStatus="submitted"))
    assert not Grade.objects.exists()
    assert Submission.objects.get().status == "submitted"
    run(one_result(score="6"))
    report = run(one_result(status="tobedeleted"))
    assert report.counts["results"] == {"archived": 1}
    assert not Submission.objects.exists()
    run(one_result(score="6"))
    assert Grade.objects.get().score == Decimal("6.00")


def test_work_handed_in_here_survives_a_result_that_is_taken_back(run):
    run(one_result(score="5"))
    Submission.objects.update(content={"text": "my essay"})
    run(one_result(scoreStatus="not submitted"))
    assert not Grade.objects.exists()
    assert Submission.objects.get().status == "submitted"


def test_a_grade_given_here_is_replaced_and_noted(run):
    run(small(results=None))
    student = User.objects.get(email="max@school.example")
    assignment = Assignment.objects.get(title="Quiz 1")
    submission = Submission.objects.create(assignment=assignment, student=student)
    Grade.objects.create(
        submission=submission, assignment=assignment, student=student, score=Decimal(2)
    )
    report = run(one_result(score="9"))
    assert Grade.objects.get().score == Decimal("9.00")
    assert "was graded here before; the bundle's grade replaces it" in notes(report)


def test_results_of_unknown_work_or_people_are_rejected(run):
    files = small(
        results=[
            result("r1", "l9", "u-s1", score="1"),
            result("r2", "l1", "u-x", score="1"),
            result("r3", "l1", "u-t1", score="1"),
        ]
    )
    assert rejected(run(files)) == [
        "the line item “l9” is not in lineItems.csv",
        "the person “u-x” is not in users.csv",
        "“Ada Byron” is a teacher here, not a student",
    ]


def test_letters_follow_the_grades(run):
    run(small())
    first = SchoolClass.objects.get(name="Algebra 1")
    assert dict(first.enrollments.values_list("student__name", "current_grade")) == {
        "Max Young": "C",
        "Mia Yates": "A-",
    }
