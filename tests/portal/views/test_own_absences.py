"""Guardians report absences of their own children, and see what became of them."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from academics.models import Absence
from core.rls import tenant_context
from tests.factories import academics

DATA = {"starts_on": "2026-03-20", "reason": "Ill"}


@pytest.fixture
def school(cast):
    return cast.a


@pytest.fixture
def guardian(school, client, sign_in):
    return sign_in(client, school, school.guardian)


def address(student, name="absences", *args):
    return reverse(f"child_{name}", args=[student.pk, *args])


def reported(school):
    with tenant_context(school.tenant, school.admin):
        return list(Absence.objects.filter(source="guardian").select_related("reported_by"))


def test_a_guardian_reports_an_absence_with_a_letter(school, guardian):
    letter = SimpleUploadedFile("letter.txt", b"fever")
    data = DATA | {"ends_on": "2026-03-21", "note": "fever", "file": letter}
    assert guardian.post(address(school.student), data).status_code == 302
    [row] = reported(school)
    assert (row.starts_on, row.ends_on) == (date(2026, 3, 20), date(2026, 3, 21))
    assert (row.status, row.reported_by, row.filename) == (
        "reported", school.guardian, "letter.txt",
    )  # fmt: skip
    page = guardian.get(address(school.student)).content.decode()
    assert "Fri 20 Mar 2026 – Sat 21 Mar 2026" in page
    file = guardian.get(reverse("absence_file", args=[row.pk]))
    assert b"".join(file.streaming_content) == b"fever"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"starts_on": ""}, "starts_on"),
        ({"reason": ""}, "reason"),
        ({"reason": "Bored"}, "reason"),
        ({"ends_on": "2026-03-19"}, "ends_on"),
        ({"starts_at": "9:00", "ends_on": "2026-03-21"}, "ends_at"),
        ({"file": SimpleUploadedFile("x.exe", b"MZ")}, "file"),
        ({"file": SimpleUploadedFile("x.csv", b"a,b\n")}, "file"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_wrong_reports_are_explained_at_their_field(school, guardian, fields, field):
    answer = guardian.post(address(school.student), DATA | fields)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert reported(school) == []


def test_a_report_is_withdrawn_until_the_office_decides(school, guardian):
    for _turn in range(2):
        guardian.post(address(school.student), DATA)
    first, second = reported(school)
    withdraw = address(school.student, "absence_withdraw", first.pk)
    assert withdraw in guardian.get(address(school.student)).content.decode()
    guardian.post(withdraw)
    assert reported(school) == [second]
    with tenant_context(school.tenant, school.admin):
        Absence.objects.filter(pk=second.pk).update(status="approved")
    answer = guardian.post(address(school.student, "absence_withdraw", second.pk), follow=True)
    assert "The office has decided already." in answer.content.decode()
    assert reported(school) == [second]


@pytest.mark.parametrize("who", ["student", "other_guardian", "teacher", "admin"])
def test_nobody_else_reports(school, client, sign_in, who):
    sign_in(client, school, getattr(school, who))
    own = reverse("my_absences") if who == "student" else address(school.student)
    expected = {"student": 403, "other_guardian": 404}.get(who, 302)
    assert client.post(own, DATA).status_code == expected
    assert reported(school) == []


def test_the_student_sees_them_without_a_form(school, client, sign_in):
    sign_in(client, school, school.student)
    page = client.get(reverse("my_absences"))
    assert page.context["form"] is None
    assert "10 Mar 2026" in page.content.decode()


def test_another_childs_absence_is_not_withdrawn(school, guardian):
    with tenant_context(school.tenant, school.other_guardian):
        other = academics.absence(student=school.other_student)
    answer = guardian.post(address(school.student, "absence_withdraw", other.pk))
    assert answer.status_code == 404
    assert reported(school) == [other]


@pytest.mark.parametrize(
    ("who", "status"),
    [("admin", 200), ("registrar", 200), ("bursar", 403), ("guardian", 200), ("student", 200),
     ("teacher", 403), ("outsider", 403), ("other_guardian", 404), ("other_student", 404)],
)  # fmt: skip
def test_who_reads_the_letter(school, client, sign_in, who, status):
    sign_in(client, school, school.guardian)
    letter = SimpleUploadedFile("letter.txt", b"fever")
    client.post(address(school.student), DATA | {"file": letter})
    [row] = reported(school)
    sign_in(client, school, getattr(school, who))
    answer = client.get(reverse("absence_file", args=[row.pk]))
    assert answer.status_code == status
    answer.close()


def test_the_queries_do_not_grow(school, guardian, django_assert_num_queries):
    page = address(school.student)
    guardian.get(page)
    with django_assert_num_queries(10):
        guardian.get(page)
    with tenant_context(school.tenant, school.guardian):
        for day in (1, 2, 3):
            academics.absence(
                student=school.student, starts_on=date(2026, 5, day), ends_on=date(2026, 5, day)
            )
    with django_assert_num_queries(10):
        guardian.get(page)
