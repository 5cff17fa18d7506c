"""A student's assignments: handed in until graded or closed; a guardian looks on."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.urls import reverse

from academics.models import Assignment, Grade, Submission
from academics.services import files, submissions
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
    assert response.context["form"].errors["files"][0].startswith("“a.html” is not a kind of file")
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


def test_what_closes_by_itself_is_taken_on_its_due_day(student, cast, task):
    with office(cast.a):
        rows = Assignment.objects.filter(pk=task.pk)
        rows.update(due_date=cast.a.tenant.today(), closes_automatically=True)
    assert b'<form method="post" enctype' in student.get(page(task)).content
    assert student.post(page(task), {"text": "Just in time"}).status_code == 302
    assert handed_in(cast, task).content == {"text": "Just in time"}


def set_given(cast, task, days):
    """Have the task given a number of days from today, and due a week later."""
    task.assigned_date = cast.a.tenant.today() + timedelta(days=days)
    task.due_date = task.assigned_date + timedelta(days=7)
    with office(cast.a):
        task.save()


@pytest.mark.parametrize(("days", "status"), [(0, 200), (1, 404)])
@pytest.mark.parametrize("person", ["student", "guardian"])
def test_there_from_the_day_it_is_given(client, cast, sign_in, task, person, days, status):
    set_given(cast, task, days)
    with office(cast.a):
        files.add(assignment=task, uploads=[SimpleUploadedFile("a.txt", b"x")], by=cast.a.admin)
        attached = task.files.get()
    sign_in(client, cast.a, getattr(cast.a, person))
    child = [] if person == "student" else [cast.a.student.pk]
    prefix = "my" if person == "student" else "child"
    assert client.get(reverse(f"{prefix}_assignment", args=[*child, task.pk])).status_code == status
    pages = [reverse(f"{prefix}_{name}", args=child) for name in ("assignments", "today")]
    pages.append(reverse(f"{prefix}_class", args=[*child, cast.a.school_class.pk]))
    shown = [task.title in client.get(page).content.decode() for page in pages]
    assert shown == [status == 200] * 3
    answer = client.get(reverse("attachment", args=[attached.pk]))
    answer.close()
    assert answer.status_code == status


def test_not_handed_in_before_it_is_given(student, cast, task):
    set_given(cast, task, 1)
    assert student.post(page(task), {"text": "Early"}).status_code == 404
    with tenant_context(cast.a.tenant, cast.a.student):
        with pytest.raises(submissions.HandInRefused, match="not given yet"):
            submissions.hand_in(
                assignment=task, student=cast.a.student, text="Early", day=cast.a.tenant.today()
            )
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Submission.objects.create(assignment=task, student=cast.a.student)
    assert handed_in(cast, task) is None


def grade_early(cast, task):
    """Grade a submission that nobody handed in, as the gradebook does; yesterday."""
    with office(cast.a):
        empty = Submission.objects.create(assignment=task, student=cast.a.student)
        grade = Grade.objects.create(
            submission=empty, assignment=task, student=cast.a.student, score=0
        )
        yesterday = grade.graded_at - timedelta(days=1)
        Grade.objects.filter(pk=grade.pk).update(graded_at=yesterday)
    return grade


def test_a_grade_from_before_does_not_lock_the_student_out(student, cast, task):
    grade = grade_early(cast, task)
    text = student.get(page(task)).content.decode()
    assert "You can still hand in until the assignment is closed" in text
    for version in ("One", "Two"):  # changed until somebody grades it
        sent = {"text": version, "files": SimpleUploadedFile(f"{version}.txt", b"x")}
        assert student.post(page(task), sent).status_code == 302
    submission = handed_in(cast, task)
    assert (submission.content, submission.status) == ({"text": "Two"}, "graded")
    assert names(cast, task) == ["One.txt", "Two.txt"]
    with office(cast.a):
        assert task.grades.get().score == 0
        Grade.objects.filter(pk=grade.pk).update(score=15, graded_at=submission.submitted_at)
    assert student.post(page(task), {"text": "Three"}).status_code == 422
    assert handed_in(cast, task).content == {"text": "Two"}


def test_a_grade_from_before_opens_nothing_that_is_closed(student, cast, task):
    grade_early(cast, task)
    with office(cast.a):
        Assignment.objects.filter(pk=task.pk).update(status="closed")
    assert student.post(page(task), {"text": "Late"}).status_code == 422
    assert handed_in(cast, task).content is None


def test_what_was_never_handed_in_is_late_from_the_next_day_on(student, cast, task):
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


CONTENT = {
    "instructions": "Show every step.",
    "text": ["Part one.", "Part two.", {"answer": "secret 1"}],
    "description": {"note": "secret 2"},
    "questions": [{"question": "2 + 2?", "answer": "secret 3"}],
    "rubric": "secret 4",
    "answer_key": {"1": "secret 5"},
}
ATTACHMENTS = [
    {"name": "sheet.pdf", "url": "https://example.org/sheet.pdf", "solution": "secret 6"},
    "map.png",
    ["secret 7"],
]


@pytest.mark.parametrize("who", ["student", "guardian"])
@pytest.mark.parametrize("content", [CONTENT, [CONTENT], "secret 8", 8])
def test_what_is_not_for_students_stays_the_teachers(client, cast, sign_in, task, who, content):
    with office(cast.a):
        Assignment.objects.filter(pk=task.pk).update(content=content, attachments=ATTACHMENTS)
    sign_in(client, cast.a, getattr(cast.a, who))
    address = page(task)
    if who == "guardian":
        address = reverse("child_assignment", args=[cast.a.student.pk, task.pk])
    shown = client.get(address)
    text = shown.content.decode()
    assert (shown.status_code, text.count("secret"), text.count("2 + 2?")) == (200, 0, 0)
    known = ["Show every step.", "Part one.", "Part two."] if content is CONTENT else []
    wanted = [*known, "sheet.pdf", "https://example.org/sheet.pdf", "map.png"]
    assert [line.text for line in shown.context["details"] if line.text] == wanted


def test_a_teacher_reads_it_all(client, cast, sign_in, task):
    with office(cast.a):
        Assignment.objects.filter(pk=task.pk).update(content=CONTENT, attachments=ATTACHMENTS)
    sign_in(client, cast.a, cast.a.teacher)
    address = reverse("admin:academics_assignment_change", args=[task.pk])
    text = client.get(address).content.decode()
    assert [text.count(f"secret {n}") for n in range(1, 8)] == [1] * 7
