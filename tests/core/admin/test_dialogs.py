"""What an action of a record asks first: in a dialog, or on a page of its own."""

import pytest
from django.urls import reverse

from core.models import User
from core.rls import tenant_context
from tests.core.admin.test_people import SENT
from tests.core.admin.test_refusals import url
from tests.factories.files import signed_in

pytestmark = pytest.mark.django_db
IN_THE_DIALOG = {"HX-Request": "true"}
GOOD = dict.fromkeys(("password1", "password2"), "a-good-long-one")


@pytest.fixture
def office(cast):
    return signed_in(cast.a, cast.a.admin)


def address(person):
    return reverse("admin:core_user_set_password", args=[person.pk])


def test_the_dialog_is_a_fragment_that_loads_the_record(office, cast):
    page = office.get(address(cast.a.student), headers=IN_THE_DIALOG).content.decode()
    assert page.lstrip().startswith('<div id="dialog">')
    assert "hx-post" in page
    done = office.post(address(cast.a.student), SENT | GOOD, headers=IN_THE_DIALOG)
    assert (done.status_code, done.content) == (200, b"")
    assert done.headers["HX-Redirect"] == url(User, "change", cast.a.student)


def test_its_address_is_a_page_that_leads_back(office, cast):
    student = cast.a.student
    page = office.get(address(student)).content.decode()
    assert page.lstrip().startswith("<!DOCTYPE html>")
    assert '<h1 class="school-heading" dir="auto">Set a password</h1>' in page
    assert "hx-post" not in page
    assert f'href="{url(User, "change", student)}"' in page
    refused = office.post(address(student), SENT | GOOD | {"password2": "another"})
    assert "Error:" in refused.content.decode()
    done = office.post(address(student), SENT | GOOD)
    assert (done.status_code, done.url) == (302, url(User, "change", student))
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert User.objects.get(pk=student.pk).check_password("a-good-long-one")


def test_a_record_that_is_not_there_is_not_asked_about(office, cast):
    for headers in ({}, IN_THE_DIALOG):
        assert office.get(address(cast.b.student), headers=headers).status_code == 404
        sent = office.post(address(cast.b.student), SENT | GOOD, headers=headers)
        assert sent.status_code == 404


def test_who_may_not_is_refused_before_the_question(cast):
    teacher = signed_in(cast.a, cast.a.teacher)
    assert teacher.get(address(cast.a.student)).status_code == 403
    assert teacher.get(address(cast.b.student)).status_code == 404
