"""A student's assignments: handed in until graded or closed; a guardian looks on."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from academics.models import Assignment, Grade, Submission
from core.rls import tenant_context

pytestmark = pytest.mark.django_db


def office(school):
    return tenant_context(school.tenant, school.admin)


@pytest.fixture
def task(cast):
    """An assignment of the student's class, due tomorrow."""
    day = cast.a.tenant.today()
    with office(cast.a):
        return Assignment.objects.create(
            school_class=cast.a.school_class, title="Essay on rivers", type="homework",
            assigned_date=day - timedelta(days=7), due_date=day + timedelta(days=1), max_score=20,
        )  # fmt: skip


@pytest.fixture
def student(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.student)


def page(task):
    return reverse("my_assignment", args=[task.pk])


def handed_in(cast, task):
    with office(cast.a):
        return Submission.objects.filter(assignment=task).first()


def names(cast, task):
    with office(cast.a):
        return sorted(task.files.values_list("filename", flat=True))


def test_text_and_files(student, cast, task):
    sent = {"text": "Rivers run.", "files": [SimpleUploadedFile("a.txt", b"x")]}
    assert student.post(page(task), sent).status_code == 302
    submission = handed_in(cast, task)
    assert (submission.content, submission.student_id) == (
        {"text": "Rivers run."},
        cast.a.student.pk,
    )
    assert names(cast, task) == ["a.txt"]
    shown = student.get(page(task))
    assert "Your work was handed in." in shown.content.decode()
    assert "Rivers run." in shown.content.decode()


def test_replaced_until_graded(student, cast, task):
    student.post(page(task), {"text": "One", "files": SimpleUploadedFile("a.txt", b"x")})
    submission = handed_in(cast, task)
    with office(cast.a):
        [row] = submission.files.all()
    sent = {"text": "", "files-remove": row.pk, "files": SimpleUploadedFile("b.txt", b"x")}
    assert student.post(page(task), sent).status_code == 302
    assert names(cast, task) == ["b.txt"]
    assert handed_in(cast, task).content is None
    with office(cast.a):
        Grade.objects.create(
            submission=submission, assignment=task, student=cast.a.student, score=15
        )
    refused = student.post(page(task), {"text": "Better"})
    assert refused.status_code == 422
    assert "already graded" in refused.content.decode()
    assert handed_in(cast, task).content is None


def test_a_refused_file_keeps_the_text(student, cast, task):
    sent = {"text": "A long draft", "files": SimpleUploadedFile("a.html", b"<html>")}
    response = student.post(page(task), sent)
    assert response.status_code == 422
    assert "A long draft</textarea>" in response.content.decode()
    assert response.context["form"].errors["files"][0].startswith("“a.html” is no kind of file")
    assert handed_in(cast, task) is None


def test_nothing_is_nothing(student, cast, task):
    response = student.post(page(task), {"text": "  "})
    assert response.context["form"].non_field_errors() == [
        "Write something or choose a file to hand in."
    ]
    assert handed_in(cast, task) is None


@pytest.mark.parametrize(
    "closed",
    [{"status": "closed"}, {"closes_automatically": True, "due_in": -1}],
    ids=["by hand", "by itself"],
)
def test_closed(student, cast, task, closed):
    due = cast.a.tenant.today() + timedelta(days=closed.pop("due_in", 1))
    with office(cast.a):
        Assignment.objects.filter(pk=task.pk).update(due_date=due, **closed)
    assert b'<form method="post" enctype' not in student.get(page(task)).content
    response = student.post(page(task), {"text": "Late"})
    assert (response.status_code, handed_in(cast, task)) == (422, None)
    assert "closed" in response.context["form"].non_field_errors()[0]


def test_late_is_said_by_the_schools_clock(student, cast, task):
    with office(cast.a):
        due = cast.a.tenant.today() - timedelta(days=2)
        Assignment.objects.filter(pk=task.pk).update(due_date=due)
    assert "2 days late" in student.get(reverse("my_assignments")).content.decode()
    student.post(page(task), {"text": "At last"})
    assert "Handed in 2 days late." in student.get(page(task)).content.decode()
    assert "handed in 2 days late" in student.get(reverse("my_assignments")).content.decode()


def test_only_of_own_classes(student, cast, task):
    for row in (cast.a.other_assignment, cast.b.assignment):
        assert student.get(page(row)).status_code == 404
        assert student.post(page(row), {"text": "x"}).status_code == 404


def test_a_guardian_looks_on(client, cast, sign_in, task):
    child, other = cast.a.student, cast.a.other_student
    sign_in(client, cast.a, cast.a.guardian)
    address = reverse("child_assignment", args=[child.pk, task.pk])
    shown = client.get(address)
    assert (shown.status_code, shown.context["form"]) == (200, None)
    assert client.post(address, {"text": "I did it"}).status_code == 404
    assert client.get(reverse("child_assignments", args=[child.pk])).status_code == 200
    assert client.get(reverse("child_assignment", args=[other.pk, task.pk])).status_code == 404


def test_staff_are_sent_away(client, cast, sign_in, task):
    sign_in(client, cast.a, cast.a.teacher)
    assert client.get(page(task)).status_code == 302


@pytest.mark.parametrize("rows", [1, 4])
def test_queries_do_not_grow(student, cast, task, rows, django_assert_num_queries):
    with office(cast.a):
        for number in range(1, rows):
            task.pk, task._state.adding = None, True
            task.title = f"Another {number}"
            task.save()
    with django_assert_num_queries(10):
        student.get(reverse("my_assignments"))
