"""What the worker forgets every night, school by school, as the application's role."""

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from procrastinate.contrib.django import app

from core.rls import as_application, tenant_context
from core.services import retention, school_settings
from tests.conftest import TEST_DATABASE
from tests.refusals import refused_by

pytestmark = pytest.mark.database

# Job -> when it runs, as cron says it (UTC); overdue begins at each school's own midnight.
NIGHTLY = {
    "core.tasks.forget_expired_sessions": "17 3 * * *",
    "core.tasks.forget_old_audit_logs": "27 3 * * *",
    "finance.tasks.mark_overdue_invoices": "*/10 * * * *",
    "academics.tasks.close_due_assignments": "7 * * * *",
}
CALLS = ["app.forget_expired_sessions(NULL)", "app.forget_old_audit_logs(NULL)"]
TENANTS = "SELECT id FROM tenants WHERE subdomain IN ('school-a', 'school-b', 'platform')"


@pytest.fixture
def leftovers(postgres, django_db_setup):
    """In each school and at the platform an expired and a living session, an old and a young entry;
    an old entry of no school. Committed, because only the owner can make them.
    """
    with psycopg.connect(postgres.url("owner", TEST_DATABASE), autocommit=True) as owner:
        owner.execute(
            "INSERT INTO sessions (session_key, session_data, expire_date, tenant_id)"
            " SELECT name || '-' || replace(t.id::text, '-', ''), '', now() + after, t.id"
            f"  FROM ({TENANTS}) t, (VALUES ('old', interval '-1 hour'), ('new', '1 hour'))"
            "       v (name, after)"
        )
        owner.execute(
            "INSERT INTO audit_logs (tenant_id, action, timestamp)"
            " SELECT t.id, 'kept-' || name, now() - age"
            f"  FROM ({TENANTS} UNION ALL SELECT NULL) t,"
            " (VALUES ('old', interval '2 years 1 day'), ('young', '23 months')) v (name, age)"
        )
        yield
        owner.execute("DELETE FROM sessions WHERE session_key ~ '^(old|new)-'")
        owner.execute("DELETE FROM audit_logs WHERE action LIKE 'kept-%'")


def left(cast):
    """Return what is left of them, {school: {session or entry}}."""
    remaining = {}
    for name, tenant in [("a", cast.a.tenant), ("b", cast.b.tenant), ("platform", cast.platform)]:
        with tenant_context(tenant, role="admin"), connection.cursor() as cursor:
            cursor.execute("SELECT action FROM audit_logs WHERE action LIKE 'kept-%%'")
            remaining[name] = {action.removeprefix("kept-") for (action,) in cursor}
            for age in ("old", "new"):
                key = f"{age}-{tenant.pk.hex}"  # what it would be the digest of, nobody needs
                with as_application(), connection.cursor() as application:
                    application.execute("SELECT 1 FROM app.session_load(%s, %s)", [tenant.pk, key])
                    remaining[name] |= {f"session {age}"} if application.fetchone() else set()
    return remaining


ALL = {"old", "young", "session old", "session new"}


def test_expired_sessions_of_every_school_go(leftovers, cast):
    assert left(cast) == dict.fromkeys(["a", "b", "platform"], ALL)
    call_command("clearsessions")
    assert left(cast) == dict.fromkeys(["a", "b", "platform"], ALL - {"session old"})


def test_the_trail_of_every_school_and_of_none_is_kept_for_two_years(leftovers, cast):
    assert retention.forget_old_audit_logs() == 4
    assert left(cast) == dict.fromkeys(["a", "b", "platform"], ALL - {"old"})
    assert retention.forget_old_audit_logs() == 0


def test_a_school_chooses_how_long_its_trail_is_kept(leftovers, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        school_settings.save(cast.a.tenant, {"kept_audit_months": 12})
    with tenant_context(cast.b.tenant, cast.b.admin):
        school_settings.save(cast.b.tenant, {"kept_audit_months": 36})
    assert retention.forget_old_audit_logs() == 4  # both of A's, and two of the platform's
    assert (left(cast)["a"], left(cast)["b"]) == (ALL - {"old", "young"}, ALL)


def test_the_command_says_how_many(leftovers, cast, capsys):
    call_command("cleanup_audit_logs")
    call_command("cleanup_audit_logs")
    assert capsys.readouterr().out == ("4 audit entries removed.\n0 audit entries removed.\n")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("role", ["teacher", "student", "guardian"])
def test_nobody_but_the_office_has_anything_forgotten(leftovers, cast, call, role):
    person = getattr(cast.a, role)
    with (
        refused_by("privilege"),
        tenant_context(cast.a.tenant, person),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"CALL {call}")
    assert left(cast)["a"] == ALL


@pytest.mark.parametrize("call", CALLS)
def test_outside_of_a_school_nothing_is_forgotten(leftovers, cast, call):
    with connection.cursor() as cursor:
        cursor.execute(f"CALL {call}")
        assert cursor.fetchone() == (0,)


def test_a_school_forgets_its_own_only(leftovers, cast):
    with tenant_context(cast.a.tenant, cast.a.admin), connection.cursor() as cursor:
        for call in CALLS:
            cursor.execute(f"CALL {call}")
            assert cursor.fetchone() == (1,)
    assert left(cast) == {"a": {"young", "session new"}, "b": ALL, "platform": ALL}


def test_every_night_is_a_job_of_the_worker():
    crons = {
        periodic.task.name: periodic.cron
        for periodic in app.periodic_registry.periodic_tasks.values()
    }
    assert {name: crons.get(name) for name in NIGHTLY} == NIGHTLY
