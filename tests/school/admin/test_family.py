"""The page of a family: who sees what on it, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import StudentGuardian
from core.rls import tenant_context
from school.selectors import family
from tests.factories import core
from tests.pages import shown


def address(student):
    return reverse("admin:family", args=[student.pk])


def add_siblings(school, number):
    """Give the student's guardian `number` more children, of whom the teacher teaches none."""
    with tenant_context(school.tenant, school.admin):
        for place in range(number):
            sibling = core.user(name=f"Sibling {place}")
            core.student_guardian(student=sibling, guardian=school.guardian_record, call_order=2)


def test_the_page_by_role(client, cast, sign_in):
    a = cast.a
    expected = [
        (a.admin, a.student, 200),
        (a.teacher, a.student, 200),
        (a.outsider, a.student, 404),
        (a.admin, cast.b.student, 404),
        (a.admin, a.teacher, 404),
        (a.student, a.student, 302),
    ]
    for user, student, status in expected:
        sign_in(client, a, user)
        assert client.get(address(student)).status_code == status, (user, student)


def test_the_office_sees_brothers_and_sisters_and_money(client, cast, sign_in):
    a = cast.a
    add_siblings(a, 1)
    sign_in(client, a, a.admin)
    text = shown(client.get(address(a.student)))
    for part in ("Sibling 0", "Own Class", "Guardian", "Mother of Sibling 0", "Custody"):
        assert part in text
    assert "Still to pay: <b>60.00 USD</b>" in text
    assert "Mail to the family" in text


def test_a_teacher_sees_own_students_and_no_money(client, cast, sign_in):
    a = cast.a
    add_siblings(a, 1)
    sign_in(client, a, a.teacher)
    text = shown(client.get(address(a.student)))
    assert "Guardian" in text
    assert "Sibling 0" not in text
    assert "Still to pay" not in text
    assert "Mail to the family" not in text


def test_who_is_called_first_comes_first(cast):
    a = cast.a
    with tenant_context(a.tenant, a.admin):
        StudentGuardian.objects.update(call_order=2, may_pick_up=True)
        aunt = core.guardian(name="Aunt")
        core.student_guardian(student=a.student, guardian=aunt, relation="relative")
        contacts = family.contacts([a.student.pk])
    names = [contact.guardian.name for contact in contacts]
    assert names == ["Aunt", a.guardian_record.name]
    flags = [link.may_pick_up for contact in contacts for link in contact.links]
    assert flags == [False, True]


@pytest.mark.parametrize("who", ["admin", "teacher"])
def test_the_number_of_queries_does_not_grow(client, cast, sign_in, who):
    a = cast.a
    sign_in(client, a, getattr(a, who))
    client.get(address(a.student))
    counts = []
    for number in (1, 3):
        add_siblings(a, number)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(a.student)).status_code == 200
        counts.append(len(queries))
    assert counts == [{"admin": 17, "teacher": 14}[who]] * 2
