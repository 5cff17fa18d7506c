"""Assignments of staff: their files, copies, who handed in, and grading one after the other."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.formats import date_format

from academics.admin import work_pages
from academics.models import (
    Assignment,
    AttachmentFile,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
)
from academics.services import assignments, files
from core.models import AuditLog, User
from core.rls import tenant_context
from tests.core.admin.test_refusals import form_data

pytestmark = pytest.mark.django_db


def office(school):
    return tenant_context(school.tenant, school.admin)


@pytest.fixture
def teacher(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.teacher)


@pytest.fixture
def waiting(cast):
    """What a second student of the class handed in: not graded."""
    with office(cast.a):
        student = User.objects.create_user("zoe@school-a.example", None, name="Zoe", role="student")
        Enrollment.objects.create(student=student, school_class=cast.a.school_class)
        return Submission.objects.create(
            assignment=cast.a.assignment, student=student, content={"text": "<b>My</b> essay"}
        )


def url(name, row):
    return reverse(f"admin:{name}", args=[row.pk])


def pages(school):
    return [
        url("assignment_work", school.assignment),
        url("copy_assignment", school.assignment),
        url("grading", school.submission),
    ]


@pytest.mark.parametrize(
    ("who", "expected"),
    [("admin", 200), ("teacher", 200), ("outsider", 404), ("student", 302), ("guardian", 302)],
)
def test_who_sees_the_pages(client, cast, sign_in, who, expected):
    sign_in(client, cast.a, getattr(cast.a, who))
    assert [client.get(page).status_code for page in pages(cast.a)] == [expected] * 3
    sign_in(client, cast.b, cast.b.admin)
    assert [client.get(page).status_code for page in pages(cast.a)] == [404] * 3


# --- the form -------------------------------------------------------------------------------------


def test_files_come_and_go_with_the_form(teacher, cast):
    page = url("academics_assignment_change", cast.a.assignment)
    sent = form_data(teacher, page) | {
        "files": [SimpleUploadedFile("a.txt", b"x"), SimpleUploadedFile("b.txt", b"x")]
    }
    assert teacher.post(page, sent).status_code == 302
    with office(cast.a):
        kept = {row.filename: row for row in cast.a.assignment.files.filter(submission=None)}
        assert sorted(kept) == ["a.txt", "b.txt"]
    assert "b.txt" in teacher.get(page).content.decode()
    sent = form_data(teacher, page) | {"files-remove": kept["a.txt"].pk}
    sent.pop("files", None)
    assert teacher.post(page, sent).status_code == 302
    with office(cast.a):
        files = cast.a.assignment.files.values_list("filename", "student")
        assert sorted(files) == [("b.txt", None), ("essay.txt", cast.a.student.pk)]


def test_a_refused_file_is_said_at_the_field(teacher, cast):
    page = url("academics_assignment_change", cast.a.assignment)
    sent = form_data(teacher, page) | {"files": SimpleUploadedFile("a.exe", b"MZ"), "title": "New"}
    response = teacher.post(page, sent)
    assert list(response.context["adminform"].form.errors) == ["files"]
    with office(cast.a):
        assert Assignment.objects.get(pk=cast.a.assignment.pk).title == cast.a.assignment.title


def test_what_the_columns_hold_is_read_not_written(teacher, cast):
    page = url("academics_assignment_change", cast.a.assignment)
    assert "Further data" not in teacher.get(page).content.decode()
    with office(cast.a):
        Assignment.objects.filter(pk=cast.a.assignment.pk).update(
            content={"instructions": "Read <p>", "pages": [3, 4]}
        )
    shown = teacher.get(page)
    assert "<strong>Instructions:</strong> Read &lt;p&gt;" in shown.content.decode()
    assert "content" not in shown.context["adminform"].form.fields


def test_an_assignment_goes_with_its_files_but_not_with_work(teacher, cast):
    with office(cast.a):
        task = Assignment.objects.create(
            school_class=cast.a.school_class, title="New", type="quiz",
            due_date=cast.a.tenant.today(),
        )  # fmt: skip
        files.add(assignment=task, uploads=[SimpleUploadedFile("a.txt", b"x")], by=cast.a.teacher)
    for row, left in ((task, False), (cast.a.assignment, True)):
        teacher.post(url("academics_assignment_delete", row), {"post": "yes"})
        with office(cast.a):
            assert Assignment.objects.filter(pk=row.pk).exists() == left


# --- copying --------------------------------------------------------------------------------------


@pytest.fixture
def second(cast):
    with office(cast.a):
        return SchoolClass.objects.create(
            name="Second", teacher=cast.a.teacher, start_date=cast.a.school_class.start_date
        )


def test_a_copy_is_shown_before_it_is_made(teacher, cast, second):
    page = url("copy_assignment", cast.a.assignment)
    with office(cast.a):
        upload = SimpleUploadedFile("task.txt", b"x")
        files.add(assignment=cast.a.assignment, uploads=[upload], by=cast.a.teacher)
        essay = SimpleUploadedFile("essay.txt", b"x")  # the student's: it stays
        files.add(
            assignment=cast.a.assignment,
            uploads=[essay],
            by=cast.a.admin,
            submission=cast.a.submission,
        )
    chosen = {"classes": [second.pk], "dates": "shift", "days": 7, "with_files": "on"}
    shown = teacher.post(page, chosen | {"_preview": "1"})
    [planned] = shown.context["planned"]
    week = timedelta(days=7)
    assert planned.due_date == cast.a.assignment.due_date + week
    with office(cast.a):
        assert not second.assignments.exists()
    assert teacher.post(page, chosen | {"_copy": "1"}).status_code == 302
    with office(cast.a):
        copy = second.assignments.get()
        assert (copy.title, copy.assigned_date) == (
            cast.a.assignment.title,
            cast.a.assignment.assigned_date + week,
        )
        [file] = copy.files.all()
        assert (file.filename, file.student_id) == ("task.txt", None)


def test_only_to_own_classes_and_with_sound_dates(teacher, cast, second):
    page = url("copy_assignment", cast.a.assignment)
    for foreign in (cast.a.other_class, cast.b.school_class):
        response = teacher.post(page, {"classes": [foreign.pk], "dates": "same", "_copy": "1"})
        assert response.status_code == 422
    backwards = {"dates": "set", "assigned_date": "2026-03-02", "due_date": "2026-03-01"}
    response = teacher.post(page, {"classes": [second.pk], "_copy": "1"} | backwards)
    assert response.context["form"].errors == {"due_date": ["It is due before it is given."]}


@pytest.mark.parametrize(("due", "days"), [(date.max, 1), (date(2026, 2, 9), 3660)])
def test_a_copy_stays_in_the_calendar(teacher, cast, second, due, days):
    with office(cast.a):
        Assignment.objects.filter(pk=cast.a.assignment.pk).update(due_date=due)
    chosen = {"classes": [second.pk], "dates": "shift", "days": days, "_copy": "1"}
    response = teacher.post(url("copy_assignment", cast.a.assignment), chosen)
    beyond = due == date.max
    assert response.status_code == (422 if beyond else 302)
    with office(cast.a):
        assert second.assignments.count() == (0 if beyond else 1)
    if beyond:
        errors = response.context["form"].errors
        assert errors == {"days": ["That is beyond the calendar."]}


def test_a_copy_whose_file_is_not_taken_is_not_made(teacher, cast, second, settings):
    with office(cast.a):
        upload = SimpleUploadedFile("task.txt", b"long enough")
        files.add(assignment=cast.a.assignment, uploads=[upload], by=cast.a.teacher)
    settings.UPLOAD_MAX_BYTES = 3
    chosen = {"classes": [second.pk], "dates": "same", "with_files": "on", "_copy": "1"}
    response = teacher.post(url("copy_assignment", cast.a.assignment), chosen)
    errors = response.context["form"].errors
    assert errors == {"with_files": ["“task.txt” is larger than 0 MB."]}
    with office(cast.a):
        assert not second.assignments.exists()


def test_a_copy_that_the_database_refuses_is_said(teacher, cast, second, monkeypatch):
    def refuse(**options):
        Assignment.objects.filter(pk=cast.a.assignment.pk).update(max_score=-1)

    monkeypatch.setattr(work_pages.assignments, "copy", refuse)
    chosen = {"classes": [second.pk], "dates": "same", "_copy": "1"}
    response = teacher.post(url("copy_assignment", cast.a.assignment), chosen)
    assert response.status_code == 422
    assert len(response.context["form"].non_field_errors()) == 1
    with office(cast.a):
        assert Assignment.objects.get(pk=cast.a.assignment.pk).max_score == 20


# --- grading --------------------------------------------------------------------------------------


def sent(response, **values):
    return response.context["form"].initial | values


def test_who_handed_in(teacher, cast, waiting):
    page = url("assignment_work", cast.a.assignment)
    counts = {name: count for name, _title, count, _now in teacher.get(page).context["filters"]}
    assert counts == {
        "": 2,
        "to_grade": 1,
        "after_grading": 0,
        "late": 2,
        "missing": 0,
        "graded": 1,
    }
    shown = teacher.get(page, {"show": "to_grade"}).context["works"]
    assert [work.student.name for work in shown] == ["Zoe"]
    assert teacher.get(page, {"show": "nonsense"}).status_code == 404


def test_save_and_next_goes_to_who_is_not_graded(teacher, cast, waiting):
    first = url("grading", cast.a.submission)
    shown = teacher.get(first)
    assert sent(shown)["grade"] == "17"
    response = teacher.post(first, sent(shown, grade="18", _next="1"))
    assert response.headers["Location"] == url("grading", waiting)
    page = url("grading", waiting)
    shown = teacher.get(page)
    assert "&lt;b&gt;My&lt;/b&gt; essay" in shown.content.decode()
    response = teacher.post(page, sent(shown, grade="85%", feedback="Good.", _next="1"))
    assert response.headers["Location"] == url("assignment_work", cast.a.assignment)
    with office(cast.a):
        grade = Grade.objects.get(submission=waiting)
        assert (grade.score, grade.feedback, grade.graded_by_id) == (
            17,
            "Good.",
            cast.a.teacher.pk,
        )


def test_what_cannot_be_read_is_said(teacher, cast):
    page = url("grading", cast.a.submission)
    response = teacher.post(page, sent(teacher.get(page), grade="21"))
    assert response.status_code == 422
    assert response.context["form"].errors == {"grade": ["21 is more than the highest score, 20."]}


def test_feedback_belongs_to_a_grade(teacher, cast):
    page = url("grading", cast.a.submission)
    response = teacher.post(page, sent(teacher.get(page), grade=" ", feedback="Well done"))
    assert response.context["form"].errors == {
        "grade": ["Give a grade first; the feedback belongs to it."]
    }
    with office(cast.a):
        assert Grade.objects.get(pk=cast.a.grade.pk).score == 17


def test_an_empty_grade_takes_it_away(teacher, cast):
    page = url("grading", cast.a.submission)
    response = teacher.post(page, sent(teacher.get(page), grade="", feedback=""))
    assert response.status_code == 302
    with office(cast.a):
        assert not Grade.objects.filter(pk=cast.a.grade.pk).exists()


def test_a_grade_that_the_database_refuses_is_said(teacher, cast, monkeypatch):
    def refuse(**options):
        Grade.objects.filter(pk=cast.a.grade.pk).update(score=-1)

    page = url("grading", cast.a.submission)
    values = sent(teacher.get(page), grade="12")
    monkeypatch.setattr(work_pages.grades, "enter", refuse)
    response = teacher.post(page, values)
    assert response.status_code == 422
    assert len(response.context["form"].non_field_errors()) == 1


def test_the_office_enters_a_students_text(client, cast, sign_in):
    with office(cast.a):
        Grade.objects.all().delete()
        Submission.objects.filter(pk=cast.a.submission.pk).update(
            status="submitted", content={"text": "Old", "words": 1}
        )
    sign_in(client, cast.a, cast.a.admin)
    page = url("academics_submission_change", cast.a.submission)
    data = form_data(client, page)
    assert data["text"] == "Old"
    assert client.post(page, data | {"text": "New text"}).status_code == 302
    with office(cast.a):
        content = Submission.objects.get(pk=cast.a.submission.pk).content
        assert content == {"text": "New text", "words": 1}
        trail = AuditLog.objects.filter(resource_id=cast.a.submission.pk, user=cast.a.admin)
        assert trail.filter(changes__content__after=content).count() == 1
    sign_in(client, cast.a, cast.a.teacher)
    data = form_data(client, page)
    assert "text" not in data
    assert client.post(page, data | {"text": "By the teacher"}).status_code == 302
    with office(cast.a):
        assert Submission.objects.get(pk=cast.a.submission.pk).content == content


def test_a_submission_goes_with_its_files(client, cast, sign_in):
    with office(cast.a):
        Grade.objects.all().delete()
    sign_in(client, cast.a, cast.a.admin)
    address = url("academics_submission_delete", cast.a.submission)
    assert client.get(address).status_code == 200
    assert client.post(address, {"post": "yes"}).status_code == 302
    listed = reverse("admin:academics_submission_changelist")
    selected = {
        "action": "delete_selected",
        "_selected_action": [cast.a.other_submission.pk],
        "post": "yes",
    }
    assert client.post(listed, selected).status_code == 302
    with office(cast.a):
        assert not Submission.objects.exists()
        assert not AttachmentFile.objects.exists()


def test_the_list_of_submissions_leads_to_grading(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    listed = client.get(reverse("admin:academics_submission_changelist")).content.decode()
    assert str(cast.a.school_class) in listed
    address = reverse("admin:academics_submission_open_grading", args=[cast.a.submission.pk])
    assert client.get(address).url == url("grading", cast.a.submission)


def test_a_grade_changed_meanwhile_is_not_overwritten(teacher, cast):
    page = url("grading", cast.a.submission)
    seen = sent(teacher.get(page), grade="12")
    with office(cast.a):
        Grade.objects.filter(pk=cast.a.grade.pk).update(score=19, graded_by=cast.a.admin)
        grade = Grade.objects.get(pk=cast.a.grade.pk)
        type(grade).objects.filter(pk=grade.pk).update(
            updated_at=grade.updated_at + timedelta(seconds=1)
        )
    stale = seen | {"version": "2026-01-01T00:00:00+00:00"}
    response = teacher.post(page, stale)
    assert response.status_code == 422
    [message] = response.context["form"].non_field_errors()
    assert message.startswith("Changed by Admin at ")
    assert "to: 19." in message
    with office(cast.a):
        assert Grade.objects.get(pk=cast.a.grade.pk).score == 19
    # Sent again with what was shown, it counts.
    again = response.context["form"].data
    assert teacher.post(page, again).status_code == 302


def test_a_submission_deleted_meanwhile_is_not_there(teacher, cast, monkeypatch):
    monkeypatch.setattr(work_pages.selectors, "class_works", lambda assignment, day: [])
    page = url("grading", cast.a.submission)
    assert teacher.get(page).status_code == 404
    assert teacher.post(page, {"grade": "3"}).status_code == 404


@pytest.mark.parametrize("more", [0, 3])
def test_queries_do_not_grow(teacher, cast, waiting, more, django_assert_num_queries):
    with office(cast.a):
        for number in range(more):
            student = User.objects.create_user(
                f"s{number}@school-a.example", None, name=f"S{number}", role="student"
            )
            Enrollment.objects.create(student=student, school_class=cast.a.school_class)
            Submission.objects.create(assignment=cast.a.assignment, student=student)
    with django_assert_num_queries(13):
        teacher.get(url("assignment_work", cast.a.assignment))
    with django_assert_num_queries(14):
        teacher.get(url("grading", waiting))


# --- closing --------------------------------------------------------------------------------------


def test_what_is_due_closes_by_itself_in_every_school(cast):
    for school in (cast.a, cast.b):
        today = school.tenant.today()
        with office(school):
            rows = Assignment.objects.filter(pk=school.assignment.pk)
            rows.update(closes_automatically=True, due_date=today - timedelta(days=1))
            rows = Assignment.objects.filter(pk=school.other_assignment.pk)
            rows.update(closes_automatically=True, due_date=today)
    assert assignments.close_due() == 2
    assert assignments.close_due() == 0
    for school in (cast.a, cast.b):
        with office(school):
            statuses = [
                Assignment.objects.get(pk=row.pk).status
                for row in (school.assignment, school.other_assignment)
            ]
            assert statuses == ["closed", "active"]


def test_what_students_do_not_see_yet_is_marked(teacher, cast):
    day = cast.a.tenant.today() + timedelta(days=3)
    with office(cast.a):
        Assignment.objects.filter(pk=cast.a.assignment.pk).update(assigned_date=day, due_date=day)
    page = teacher.get(url("assignment_work", cast.a.assignment)).content.decode()
    assert (f"from {date_format(day, 'D j M Y')}" in page, "missing</span>" in page) == (
        True,
        False,
    )
    listed = teacher.get(reverse("admin:academics_assignment_changelist")).content.decode()
    assert f"from {date_format(day)}" in listed
    book = teacher.get(url("gradebook", cast.a.school_class)).content.decode()
    assert f"from {date_format(day, 'j M')}" in book


def test_work_handed_in_after_grading_is_marked(teacher, cast):
    with office(cast.a):
        grade = Grade.objects.get(submission=cast.a.submission)
        Submission.objects.filter(pk=cast.a.submission.pk).update(
            content={"text": "At last"}, submitted_at=grade.graded_at + timedelta(days=1)
        )
    asked = url("assignment_work", cast.a.assignment) + "?show=after_grading"
    assert [work.student for work in teacher.get(asked).context["works"]] == [cast.a.student]
    assert "handed in after grading" in teacher.get(asked).content.decode()
    assert (
        "handed in after grading" in teacher.get(url("grading", cast.a.submission)).content.decode()
    )
    with office(cast.a):
        Grade.objects.filter(pk=grade.pk).update(graded_at=grade.graded_at + timedelta(days=2))
    assert teacher.get(asked).context["works"] == []
