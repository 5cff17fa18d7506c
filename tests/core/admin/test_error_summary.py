"""What a form refuses stands on top of its page, with links to the fields, and in the title."""

import re
from datetime import date, time

import pytest

from academics.models import ClassSession
from core.rls import tenant_context
from tests.core.junk import uuids_of

LONG = "x" * 2_001
NEXT_TERM = ["id_name", "id_start_date", "id_end_date", "id_year_name"]
NEW_CLASS = ["id_name", "id_capacity", "id_start_date", "id_status"]
NEW_PASSWORD = ["id_old_password", "id_new_password1", "id_new_password2"]
# (page, what is sent, the fields to correct, what else is said)
STAFF = [
    ("enrollment-desk/{class_id}/preview/", {}, [], 1),
    ("enrollment-desk/{class_id}/enrollments/{enrollment_id}/move/", {}, ["id_to"], 0),
    ("core/user/import/", {}, ["id_file"], 0),
    ("oneroster/", {}, ["id_file"], 0),
    ("gradebook/{class_id}/weights/", {"exam": "x", "quiz": "-1"}, ["id_quiz", "id_exam"], 0),
    ("gradebook/{class_id}/{assignment_id}/", {"text-{student_id}": "?"}, ["t1"], 0),
    (
        "register/{session_id}/",
        {
            "opened-{student_id}": "",
            "status-{student_id}": "late",
            "notes-{student_id}": LONG,
        },
        ["note-{student_id}"],
        0,
    ),
    ("register/{free_session_id}/cancel/", {"notes": LONG}, ["id_notes"], 0),
    ("terms/{term_id}/rollover/", {"action": "make"}, NEXT_TERM, 0),
    ("assignments/{assignment_id}/copy/", {"_preview": "1"}, ["id_classes", "id_dates"], 0),
    ("grading/{submission_id}/", {"grade": "?", "_save": "1"}, ["id_grade"], 0),
    (
        "report-cards/?school_class={class_id}",
        {"comment-{enrollment_id}": LONG},
        ["comment-{enrollment_id}"],
        0,
    ),
    ("core/user/export/", {"file_format": "doc"}, ["id_file_format"], 0),
    ("school-file/", {"password": "no"}, ["id_password"], 0),
    ("academics/schoolclass/add/", {}, NEW_CLASS, 0),
]
OWN = [
    ("/profile/", {"phone": LONG}, ["id_phone"], 0),
    ("/password/change/", {"old_password": "no"}, NEW_PASSWORD, 0),
    ("/my/assignments/{assignment_id}/", {}, [], 1),
]


@pytest.fixture
def school(cast):
    return cast.a


@pytest.fixture
def ids(school):
    """The ids that pages and fields are named by."""
    with tenant_context(school.tenant, school.admin):
        free = ClassSession.objects.create(
            school_class=school.school_class,
            session_date=date(2026, 2, 9),
            start_time=time(10),
            end_time=time(11),
        )
    return uuids_of(school) | {"free_session_id": free.pk}


def check(response, fields, sentences):
    page = response.content.decode()
    assert re.search(r"<title>\s*Error:\s", page), response.status_code
    assert page.count('class="error-summary"') == 1
    summary = re.search(r'<div class="error-summary" role="alert".*?</div>', page, re.DOTALL)[0]
    links = re.findall(r'href="#([^"]+)"', summary)
    assert links == fields
    assert [link for link in links if f'id="{link}"' not in page] == []
    assert summary.count("<p>") == sentences + bool(fields)


@pytest.mark.parametrize(("path", "data", "fields", "sentences"), STAFF)
def test_a_page_of_staff(client, school, ids, sign_in, path, data, fields, sentences):
    office = sign_in(client, school, school.admin)
    sent = {name.format(**ids): value.format(**ids) for name, value in data.items()}
    response = office.post(f"/admin/{path.format(**ids)}", sent)
    check(response, [field.format(**ids) for field in fields], sentences)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("reports/class_enrollment_v1/?status=asleep", ["id_status"]),
        ("timetable/generate/?first=never&last=", ["id_first", "id_last"]),
    ],
)
def test_filters_of_a_page(client, school, sign_in, path, fields):
    office = sign_in(client, school, school.admin)
    check(office.get(f"/admin/{path}"), fields, 0)


@pytest.mark.parametrize(("path", "data", "fields", "sentences"), OWN)
def test_a_page_of_a_student(client, school, ids, sign_in, path, data, fields, sentences):
    student = sign_in(client, school, school.student)
    check(student.post(path.format(**ids), data), fields, sentences)


def test_the_sign_in_page(client, school):
    data = {"username": school.student.email, "password": "no"}
    response = client.post("/login/", data, headers={"host": school.host})
    check(response, [], 1)


def test_a_page_without_errors_has_none(client, school, sign_in):
    office = sign_in(client, school, school.admin)
    for path in ("/admin/academics/schoolclass/add/", "/admin/core/user/import/", "/profile/"):
        page = office.get(path).content.decode()
        assert "error-summary" not in page
        assert "Error:" not in page
