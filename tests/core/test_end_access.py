"""What ends when a person's access does, and does not come back with it."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.models import CalendarFeed, User
from core.rls import tenant_context
from core.services import calendar_feeds, schools
from core.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(cast, client, sign_in):
    """A student with a session and a calendar address."""
    sign_in(client, cast.a, cast.a.student)
    with tenant_context(cast.a.tenant, cast.a.student):
        calendar_feeds.make(user=cast.a.student)
    return cast.a.student


def held(cast, client):
    """Return how many sessions (the client's) and calendar addresses the student has."""
    with tenant_context(cast.a.tenant, cast.a.student):
        return (
            int(SessionStore().exists(client.cookies["sessionid"].value)),
            CalendarFeed.objects.filter(user=cast.a.student).count(),
        )


def change(cast, by, **values):
    with tenant_context(cast.a.tenant, by):
        assert User.all_objects.filter(pk=cast.a.student.pk).update(**values) == 1


def set_password(cast, by):
    with tenant_context(cast.a.tenant, by):
        student = User.objects.get(pk=cast.a.student.pk)
        student.set_password("another-long-password")
        student.save(update_fields=["password"])


@pytest.mark.parametrize("status", ["suspended", "archived"])
def test_closing_an_account_ends_its_sessions_and_calendar_for_good(cast, holder, client, status):
    assert held(cast, client) == (1, 1)
    change(cast, cast.a.admin, status=status)
    change(cast, cast.a.admin, status="active")
    assert held(cast, client) == (0, 0)
    assert client.get(reverse("home")).status_code == 302


def test_deleting_an_account_ends_them_too(cast, holder, client):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=holder.pk).delete()
        User.all_objects.filter(pk=holder.pk).restore()
    assert held(cast, client) == (0, 0)


def test_a_password_set_by_the_office_ends_them_and_ones_own_does_not(cast, holder, client):
    set_password(cast, holder)
    assert held(cast, client) == (1, 1)
    set_password(cast, cast.a.admin)
    assert held(cast, client) == (0, 0)


def test_other_changes_and_other_people_end_nothing(cast, holder, client):
    change(cast, cast.a.admin, phone="1", status="active")
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.teacher.pk).update(status="suspended")
    assert held(cast, client) == (1, 1)


def test_the_rule_also_holds_for_plain_sql(cast, holder, client):
    with tenant_context(cast.a.tenant, cast.a.admin), connection.cursor() as cursor:
        for status in ("suspended", "active"):
            cursor.execute("update users set status = %s where id = %s", [status, holder.pk])
    assert held(cast, client) == (0, 0)


@pytest.mark.parametrize("close", [schools.suspend, schools.archive])
def test_closing_a_school_ends_its_sessions_for_good(cast, holder, client, sign_in, close):
    other = Client()
    sign_in(other, cast.b, cast.b.student)
    with tenant_context(cast.platform, cast.operator):
        assert close(cast.a.tenant) is True
        assert schools.reactivate(cast.a.tenant) is True
    assert held(cast, client) == (0, 1)
    assert client.get(reverse("home")).status_code == 302
    assert other.get(reverse("home")).status_code == 200


def test_a_schools_other_changes_end_no_sessions(cast, holder, client):
    with tenant_context(cast.platform, cast.operator), connection.cursor() as cursor:
        cursor.execute(
            "update tenants set name = 'New name', status = 'active' where id = %s",
            [cast.a.tenant.pk],
        )
        assert cursor.rowcount == 1
    assert held(cast, client) == (1, 1)
