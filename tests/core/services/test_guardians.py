"""Giving guardians a login, and taking it away."""

import pytest
from django.core import mail

from core.models import Guardian, User
from core.rls import tenant_context
from core.services import guardians
from tests.factories.mail import send_queued_mail

pytestmark = pytest.mark.django_db
SITE = "http://school-a.localhost"


@pytest.fixture
def school(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def give(school, **fields):
    guardian = Guardian.objects.create(**({"name": "Nora Quist"} | fields))
    return guardian, guardians.give_login(guardian=guardian)


def refusal(school, **fields):
    with pytest.raises(guardians.LoginRefused) as refused:
        give(school, **fields)
    return str(refused.value)


def test_a_new_account_gets_a_link_by_mail(school, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        guardian, login = give(school, email="Nora@example.com", phone="555-1")
    assert login.is_new
    user = User.objects.get(pk=guardian.user_id)
    assert (user.role, user.name, user.phone) == ("guardian", "Nora Quist", "555-1")
    assert not user.has_usable_password()
    send_queued_mail()
    [message] = mail.outbox
    assert message.to == [user.email]
    assert f"{SITE}/password/set/" in message.body
    assert "has opened the pages of your children to you" in message.body


def test_an_address_is_needed(school):
    assert refusal(school) == (
        "Enter the e-mail address first: it is what a guardian signs in with."
    )


def test_a_teacher_needs_another_address(school):
    message = refusal(school, email=school.teacher.email.upper())
    assert "signs in with it as teacher" in message
    assert "needs a separate address" in message


def test_an_account_that_is_there_is_linked(school):
    person = User.objects.create_user("lone@example.com", name="Lone", role="guardian")
    guardian, login = give(school, email="lone@example.com")
    assert (login.user, login.is_new) == (person, False)
    assert Guardian.objects.get(pk=guardian.pk).user == person


def test_anothers_account_is_refused(school):
    message = refusal(school, email=school.guardian.email)
    assert message == (
        f"{school.guardian.email} is already the login of the guardian"
        f" {school.guardian_record.name}; put the children there."
    )


def test_a_login_is_taken_away_and_given_back(school):
    record = Guardian.objects.get(pk=school.guardian_record.pk)
    guardians.take_login(guardian=record)
    assert User.objects.get(pk=school.guardian.pk).status == "suspended"
    with pytest.raises(guardians.LoginRefused):
        guardians.take_login(guardian=record)
    login = guardians.give_login(guardian=record)
    assert (login.user, login.is_new) == (school.guardian, True)
    with pytest.raises(guardians.LoginRefused):
        guardians.give_login(guardian=record)


def test_a_deleted_account_is_replaced(school):
    record = Guardian.objects.get(pk=school.guardian_record.pk)
    User.objects.get(pk=school.guardian.pk).delete()
    login = guardians.give_login(guardian=record)
    assert login.is_new
    assert login.user != school.guardian
