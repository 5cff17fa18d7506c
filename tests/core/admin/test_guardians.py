"""Guardians in the admin: whom to call, their children, and their logins."""

import pytest
from django.urls import reverse

from core.models import Guardian, StudentGuardian, User
from core.rls import tenant_context
from tests.core.admin.test_refusals import errors, form_data, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def dialog(client, name, guardian):
    """Confirm one of the buttons, as the dialog does."""
    address = reverse(f"admin:core_guardian_{name}", args=[guardian.pk])
    return client.post(address, {"_form_submitted": "1"}, headers={"HX-Request": "true"})


@pytest.mark.parametrize("term", ["guardian", "555-77", "other_guardian@school-a"])
def test_search_by_name_phone_and_address(office, cast, term):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Guardian.objects.filter(pk=cast.a.other_guardian_record.pk).update(other_phone="555-77")
    page = office.get(url(Guardian, "changelist"), {"q": term}).content.decode()
    assert str(cast.a.other_guardian_record.pk) in page
    assert str(cast.b.other_guardian_record.pk) not in page


@pytest.mark.parametrize("more", [0, 3])
def test_the_list_costs_the_same_for_many(office, cast, more, django_assert_num_queries):
    with tenant_context(cast.a.tenant, cast.a.admin):
        for number in range(more):
            guardian = Guardian.objects.create(name=f"G{number}")
            StudentGuardian.objects.create(student=cast.a.student, guardian=guardian)
    office.get("/profile/")
    with django_assert_num_queries(10):
        office.get(url(Guardian, "changelist"))


def test_children_are_added_on_the_guardians_page(office, cast):
    address = url(Guardian, "change", cast.a.guardian_record)
    data = form_data(office, address) | {
        "links-TOTAL_FORMS": "2",
        "links-1-student": cast.a.other_student.pk,
        "links-1-relation": "grandparent",
        "links-1-guardian": cast.a.guardian_record.pk,
        "links-1-call_order": "1",
    }
    assert office.post(address, data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        children = set(cast.a.guardian_record.students.all())
        assert children == {cast.a.student, cast.a.other_student}


def test_twice_the_same_child_is_reported_at_the_field(office, cast):
    address = url(StudentGuardian, "add")
    data = {
        "student": cast.a.student.pk,
        "guardian": cast.a.guardian_record.pk,
        "relation": "mother",
        "call_order": "1",
    }
    assert "already on the student" in str(errors(office.post(address, data)))


def test_a_students_page_lists_whom_to_call(office, cast, client, sign_in):
    page = office.get(url(User, "change", cast.a.student)).content.decode()
    assert cast.a.guardian_record.email in page
    sign_in(client, cast.a, cast.a.teacher)
    page = client.get(url(User, "change", cast.a.student)).content.decode()
    assert cast.a.guardian_record.email in page
    assert "guardian_links-0-relation" not in page  # to read only


def test_a_teacher_finds_only_the_guardians_of_own_students(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    page = client.get(url(Guardian, "changelist")).content.decode()
    assert str(cast.a.guardian_record.pk) in page
    assert str(cast.a.other_guardian_record.pk) not in page
    assert client.get(url(Guardian, "change", cast.a.other_guardian_record)).status_code == 404
    assert dialog(client, "give_login", cast.a.guardian_record).status_code == 403


def test_the_buttons_give_and_take_a_login(office, cast):
    record = cast.a.guardian_record
    page = office.get(url(Guardian, "change", record)).content.decode()
    assert "Take the login away" in page
    assert "Give a login" not in page
    answer = dialog(office, "take_login", record)
    assert answer.headers["HX-Redirect"] == url(Guardian, "change", record)
    page = office.get(url(Guardian, "change", record)).content.decode()
    assert "cannot sign in any more" in page
    assert "Give a login" in page
    dialog(office, "give_login", record)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert User.objects.get(pk=cast.a.guardian.pk).is_active


def test_why_there_is_no_login_is_said(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        guardian = Guardian.objects.create(name="Ida", email=cast.a.teacher.email)
    dialog(office, "give_login", guardian)
    page = office.get(url(Guardian, "change", guardian)).content.decode()
    assert "needs a separate address" in page


def test_another_schools_guardian_is_not_found(office, cast):
    assert dialog(office, "take_login", cast.b.guardian_record).status_code == 404
    assert office.get(url(Guardian, "change", cast.b.guardian_record)).status_code == 404


def test_who_is_deleted_signs_in_no_more(office, cast):
    record = cast.a.guardian_record
    assert office.post(url(Guardian, "delete", record), {"post": "yes"}).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not Guardian.objects.filter(pk=record.pk).exists()
        assert not StudentGuardian.objects.filter(pk=cast.a.student_guardian.pk).exists()
        assert User.objects.get(pk=cast.a.guardian.pk).status == "suspended"


def test_a_person_made_a_guardian_by_hand_gets_a_record_on_their_page(office, cast):
    data = {"name": "Per Holm", "email": "per@example.com", "role": "guardian"}
    assert office.post(url(User, "add"), data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        person = User.objects.get(email="per@example.com")
    page = office.get(url(User, "change", person)).content.decode()
    assert 'name="guardian_records-TOTAL_FORMS"' in page
