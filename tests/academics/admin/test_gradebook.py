"""The gradebook's pages and what they answer, by role and size of the class."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.models import (
    Assignment,
    AssignmentWeight,
    AttachmentFile,
    Enrollment,
    Grade,
    GradingScale,
    SchoolClass,
    Submission,
)
from academics.selectors import gradebook
from core.models import User
from core.rls import tenant_context

PAGE, CELLS = "admin:gradebook", "admin:gradebook_cells"


@pytest.fixture
def teacher(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.teacher)


def url(name, *args):
    return reverse(name, args=args, urlconf="school.urls")


def save(client, school, *cells, **extra):
    return client.post(
        url(CELLS, school.school_class.pk),
        json.dumps({"cells": list(cells)}),
        content_type="application/json",
        **extra,
    )


def essay(school, **entered):
    return {
        "student": str(school.student.pk),
        "assignment": str(school.assignment.pk),
        "version": school.grade.updated_at.isoformat(),
        **entered,
    }


# Who ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "expected"),
    [("admin", 200), ("teacher", 200), ("outsider", 404), ("student", 302), ("guardian", 302)],
)
def test_who_opens_a_gradebook(client, cast, sign_in, who, expected):
    sign_in(client, cast.a, getattr(cast.a, who))
    class_id, assignment_id = cast.a.school_class.pk, cast.a.assignment.pk
    pages = [url(PAGE, class_id), url("admin:gradebook_column", class_id, assignment_id)]
    assert [client.get(page).status_code for page in pages] == [expected] * 2
    assert save(client, cast.a, essay(cast.a, text="18")).status_code == expected
    weights = client.post(url("admin:gradebook_weights", class_id), {"quiz": "1"})
    assert weights.status_code == (302 if expected == 200 else expected)
    with tenant_context(cast.a.tenant, cast.a.admin):
        score = Grade.objects.get(pk=cast.a.grade.pk).score
    assert score == (18 if expected == 200 else 17)


def test_another_schools_gradebook_is_not_there(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(url(PAGE, cast.b.school_class.pk)).status_code == 404
    assert save(client, cast.b, essay(cast.b, text="18")).status_code == 404
    answer = save(client, cast.a, essay(cast.b, text="18"))
    assert (answer.status_code, answer.json()["cells"][0]["state"]) == (422, "refused")


def test_a_deleted_class_has_no_gradebook(client, cast, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.get(pk=cast.a.school_class.pk).delete()
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(url(PAGE, cast.a.school_class.pk)).status_code == 404
    assert save(client, cast.a, essay(cast.a, text="18")).status_code == 404


def test_who_came_back_has_one_row(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Enrollment.objects.create(
            student=cast.a.student,
            school_class=cast.a.school_class,
            enrollment_date=date(2026, 3, 1),
            status="dropped",
        )
        book = gradebook.Gradebook(cast.a.school_class, with_dropped=True)
    assert [(row.student.name, row.is_dropped) for row in book.rows] == [("Student", False)]


def test_a_teacher_with_one_class_goes_straight_there(teacher, cast):
    answer = teacher.get(url("admin:gradebooks"))
    assert answer.headers["Location"] == url(PAGE, cast.a.school_class.pk)
    assert "Own Class" in teacher.get(url("admin:gradebooks") + "?all=1").content.decode()


def test_an_admin_chooses_a_class(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    page = client.get(url("admin:gradebooks")).content.decode()
    assert "Own Class" in page
    assert "Other Class" in page
    html = client.get(url("admin:gradebooks"), {"q": "other"}).content.decode()
    assert ("Own Class" in html, "Other Class" in html) == (False, True)


def test_cells_want_the_csrf_token(cast, sign_in):
    client = sign_in(Client(enforce_csrf_checks=True), cast.a, cast.a.teacher)
    assert save(client, cast.a, essay(cast.a, text="18")).status_code == 403
    assert client.get(url(CELLS, cast.a.school_class.pk)).status_code == 405


# Cells --------------------------------------------------------------------------------------------


def test_a_saved_cell_answers_what_the_grades_make_now(teacher, cast):
    answer = save(teacher, cast.a, essay(cast.a, text="B+", feedback="Good."))
    assert answer.status_code == 200
    data = answer.json()
    cell = data["cells"][0]
    shown = {key: cell[key] for key in ("state", "text", "letter", "feedback")}
    assert shown == {"state": "saved", "text": "17.4", "letter": "B+", "feedback": "Good."}
    assert data["students"] == {str(cast.a.student.pk): {"percent": "87%", "letter": "B+"}}
    assert data["assignments"] == {str(cast.a.assignment.pk): "17.4 (87%)"}
    assert "87%" in data["aside"]


def test_what_cannot_be_saved_says_why(teacher, cast):
    answer = save(teacher, cast.a, essay(cast.a, text="21"))
    cell = answer.json()["cells"][0]
    assert (answer.status_code, cell["state"]) == (422, "refused")
    assert (cell["message"], cell["text"]) == ("21 is more than the highest score, 20.", "17")
    with tenant_context(cast.a.tenant, cast.a.admin):
        Grade.objects.filter(pk=cast.a.grade.pk).update(score=12, graded_by=cast.a.admin)
    answer = save(teacher, cast.a, essay(cast.a, text="9", version="2026-01-01T00:00:00+00:00"))
    cell = answer.json()["cells"][0]
    assert (answer.status_code, cell["state"], cell["text"]) == (409, "conflict", "12")
    assert cell["message"].startswith("Admin changed this cell to 12 at ")


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{}", '{"cells": []}', '{"cells": 1}', '{"cells": [1]}', '{"cells": [{}]}',
        '{"cells": [{"student": 1, "assignment": 2}]}',
        '{"cells": [{"student": "x", "assignment": "y", "text": "1"}]}', "\xff",
    ],
)  # fmt: skip
def test_a_request_of_another_shape_is_refused(teacher, cast, body):
    sent = teacher.post(url(CELLS, cast.a.school_class.pk), body, content_type="application/json")
    assert sent.status_code == 400


def test_a_completed_class_is_read_only_for_its_teacher(client, cast, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(status="completed")
    for who, expected in (("teacher", 403), ("admin", 200)):
        sign_in(client, cast.a, getattr(cast.a, who))
        page = client.get(url(PAGE, cast.a.school_class.pk)).content.decode()
        assert ("its grades are final" in page) == (expected == 403)
        assert save(client, cast.a, essay(cast.a, text="18")).status_code == expected


# The page -----------------------------------------------------------------------------------------


def fill(school, students, assignments):
    """Make the class one of so many students and assignments, two thirds of them graded."""
    people = User.objects.bulk_create(
        User(email=f"n{n}@example.com", name=f"N{n:02}", role="student")
        for n in range(students - 1)
    )
    SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=40)
    Enrollment.objects.bulk_create(
        Enrollment(
            student=person, school_class=school.school_class, enrollment_date=date(2026, 1, 5)
        )
        for person in people
    )
    works = Assignment.objects.bulk_create(
        Assignment(
            school_class=school.school_class, title=f"W{n}", type="quiz", max_score=10,
            assigned_date=date(2026, 3, 1), due_date=date(2026, 3, 2),
        )
        for n in range(assignments - 1)
    )  # fmt: skip
    pairs = [(work, person) for work in works for person in people if hash((work, person)) % 3]
    handed_in = Submission.objects.bulk_create(
        Submission(assignment=work, student=person) for work, person in pairs
    )
    Grade.objects.bulk_create(
        Grade(
            submission=it, assignment_id=it.assignment_id, student_id=it.student_id,
            score=7, graded_by=school.teacher,
        )
        for it in handed_in
    )  # fmt: skip


@pytest.mark.parametrize(("students", "assignments"), [(3, 2), (35, 20)])
def test_a_gradebook_of_any_size_takes_the_same_queries(teacher, cast, students, assignments):
    with tenant_context(cast.a.tenant, cast.a.admin):
        fill(cast.a, students, assignments)
    teacher.get(url(PAGE, cast.a.school_class.pk))  # what a process asks once
    with CaptureQueriesContext(connection) as queries:
        page = teacher.get(url(PAGE, cast.a.school_class.pk)).content.decode()
    assert page.count("data-gb-cell") == students * assignments
    assert len(queries) == 12
    with CaptureQueriesContext(connection) as queries:
        assert save(teacher, cast.a, essay(cast.a, text="18")).status_code == 200
    assert len(queries) == 16


def test_missing_work_and_who_dropped(client, cast, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        late, gone = (
            User.objects.create_user(f"{n[:4]}@example.com", name=n, role="student")
            for n in ("Late Comer", "Gone Away")
        )
        for person, day, status in ((late, 10, "active"), (gone, 5, "dropped")):
            Enrollment.objects.create(
                student=person,
                school_class=cast.a.school_class,
                enrollment_date=date(2026, 2 if person is late else 1, day),
                status=status,
            )
        quiz = Assignment.objects.create(
            school_class=cast.a.school_class, title="Quiz", type="quiz", max_score=10,
            assigned_date=date(2026, 3, 1), due_date=date(2026, 3, 2),
        )  # fmt: skip
        book = gradebook.Gradebook(cast.a.school_class)
        # The essay was due before Late Comer came.
        missing = {
            row.student.name: [assignment.title for assignment in works]
            for row, works in book.missing
        }
        assert missing == {"Late Comer": ["Quiz"], "Student": ["Quiz"]}
        submission = Submission.objects.create(assignment=quiz, student=cast.a.student)
        excused = Submission.objects.create(assignment=quiz, student=late)
        Grade.objects.create(submission=excused, student=late, assignment=quiz, excused=True)
        book = gradebook.Gradebook(cast.a.school_class, with_dropped=True)
        assert book.missing == []
        assert [cell.hint for cell in book.rows[-1].cells] == ["", "to_grade"]
        assert [row.student.name for row in book.rows] == ["Gone Away", "Late Comer", "Student"]
        assert (book.dropped, len(book.counted), submission.pk is None) == (1, 2, False)
        assert book.columns[0].mean == 17
        left = Submission.objects.create(assignment=cast.a.assignment, student=gone)
        Grade.objects.create(submission=left, student=gone, assignment=cast.a.assignment, score=1)
        book = gradebook.Gradebook(cast.a.school_class, with_dropped=True)
        assert [cell.text for cell in book.columns[0].cells] == ["1", "", "17"]
        assert (book.columns[0].mean, book.mean) == (17, 85)
    sign_in(client, cast.a, cast.a.teacher)
    page = url(PAGE, cast.a.school_class.pk)
    shown = [
        "Gone Away" in client.get(page + query).content.decode() for query in ("", "?dropped=1")
    ]
    assert shown == [False, True]


def test_work_that_came_after_its_grade_asks_for_another_look(cast):
    """A grade from before anything was handed in stands on an empty submission."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        Grade.objects.all().delete()
        AttachmentFile.objects.filter(submission=cast.a.submission).delete()
        Submission.objects.filter(pk=cast.a.submission.pk).update(content=None, attachments=None)
        grade = Grade.objects.create(
            submission=cast.a.submission,
            student=cast.a.student,
            assignment=cast.a.assignment,
            score=12,
        )

        def hint():
            [row] = gradebook.Gradebook(cast.a.school_class).rows
            return row.cells[0].hint

        later = grade.graded_at + timedelta(hours=1)
        Submission.objects.filter(pk=cast.a.submission.pk).update(submitted_at=later)
        assert hint() == ""  # nothing was handed in yet
        Submission.objects.filter(pk=cast.a.submission.pk).update(content={"text": "Late work"})
        assert hint() == "new_work"
        Grade.objects.filter(pk=grade.pk).update(score=14, graded_at=later + timedelta(hours=1))
        assert hint() == ""


def test_weights_are_edited_on_the_page(teacher, cast):
    page = url(PAGE, cast.a.school_class.pk)
    save_url = url("admin:gradebook_weights", cast.a.school_class.pk)
    wrong = teacher.post(save_url, {"quiz": "101", "exam": "much"})
    assert wrong.status_code == 422
    assert "less than or equal to 100" in wrong.content.decode()
    given = {"homework": "2", "quiz": "1", "exam": "", "project": ""}
    assert teacher.post(save_url, given).headers["Location"] == page
    assert "66.7%" in teacher.get(page).content.decode()
    with tenant_context(cast.a.tenant, cast.a.teacher):
        rows = AssignmentWeight.objects.values_list("type", "weight")
        assert dict(rows) == {"homework": 2, "quiz": 1}


def test_one_assignment_at_a_time_without_javascript(teacher, cast):
    page = url("admin:gradebook_column", cast.a.school_class.pk, cast.a.assignment.pk)
    key = cast.a.student.pk
    seen = {
        f"was-{key}": "17", f"version-{key}": cast.a.grade.updated_at.isoformat(),
        f"said-{key}": "",
    }  # fmt: skip
    refused = teacher.post(page, seen | {f"text-{key}": "21", f"feedback-{key}": "No."})
    shown = refused.content.decode()
    assert "21 is more than the highest score, 20." in shown
    assert 'value="21"' in shown
    same = teacher.post(page, seen | {f"text-{key}": "17", f"feedback-{key}": ""})
    assert same.status_code == 302
    sent = seen | {f"text-{key}": "18", f"feedback-{key}": "Well\r\ndone."}
    assert teacher.post(page, sent).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.teacher):
        grade = Grade.objects.get(pk=cast.a.grade.pk)
        assert (grade.score, grade.feedback) == (18, "Well\ndone.")
    stale = seen | {f"version-{key}": "2026-01-01", f"text-{key}": "9", f"feedback-{key}": ""}
    assert "Save again to put yours in its place." in teacher.post(page, stale).content.decode()
    missing = url("admin:gradebook_column", cast.a.school_class.pk, cast.a.other_assignment.pk)
    assert teacher.get(missing).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        "1", "null", "[1]", '{"cells": 3}', '{"cells": "abc"}', '{"cells": {"a": 1}}',
        '{"cells": [{"student": NaN, "assignment": 1}]}', "[" * 100_000, b"\xff\x00",
    ],
)  # fmt: skip
def test_a_request_without_a_list_of_cells_is_refused(teacher, cast, body):
    cells = url(CELLS, cast.a.school_class.pk)
    assert teacher.post(cells, body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("field", ["text", "feedback", "version"])
def test_half_a_character_is_no_text(teacher, cast, field):
    assert save(teacher, cast.a, essay(cast.a, **{field: "\ud800"})).status_code == 400


# Grading scales -----------------------------------------------------------------------------------

ADD = "admin:academics_gradingscale_add"
STEP = ("letter", "bound", "points")


def test_one_scale_is_the_default(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    for name in ("First", "Second"):
        steps = {"letter": ["A-", "F"], "bound": ["89.95", "0"], "points": ["3.75", "0"]}
        given = {f"steps-{column}": texts for column, texts in steps.items()}
        given |= {"name": name, "is_default": "on"}
        assert client.post(url(ADD), given).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        scale = GradingScale.objects.get(is_default=True)
        assert (scale.name, scale.steps) == ("Second", [["A-", 89.95, 3.75], ["F", 0, 0]])
        assert Enrollment.objects.get(pk=cast.a.enrollment.pk).current_grade == "F"
    page = client.get(url("admin:academics_gradingscale_change", scale.pk))
    assert page.context["adminform"].form["steps"].value() == [
        {"letter": "A-", "bound": 89.95, "points": 3.75},
        {"letter": "F", "bound": 0, "points": 0},
    ]


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        (["A 90 4", "F 0"], "Row 2: Give every grade its points, or none of them."),
        (["A 90", "A 0"], "Row 2: This grade is in the table twice."),
        (["A 90", "F 90"], "Row 2: Two grades start at the same percentage."),
        (["A 90", "F 1"], "Row 2: The lowest grade must start at 0."),
        (["A 90 -1", "F 0 0"], "Row 1: “-1” is no number of grade points from 0 to 1000."),
        (["A ninety"], "Row 1: “ninety” is not a percentage from 0 to 100."),
        ([], "This field is required."),
    ],
)
def test_an_impossible_scale_is_refused_in_words(client, cast, sign_in, steps, reason):
    sign_in(client, cast.a, cast.a.admin)
    rows = [(*step.split(), "")[:3] for step in steps]
    columns = {f"steps-{name}": [row[n] for row in rows] for n, name in enumerate(STEP)}
    page = client.post(url(ADD), {"name": "X", **columns})
    assert page.status_code == 200
    assert page.context["adminform"].form.errors == {"steps": [reason]}
