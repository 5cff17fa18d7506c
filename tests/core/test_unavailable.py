"""A database that is busy, gone or full is a page with a sentence, and nothing typed is lost."""

import errno

import psycopg
import psycopg_pool
import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from psycopg import errors

from core import rls, unavailable
from core.database.roles import APP_SETTINGS
from core.jobs import job_context
from core.management.tenants import command_context
from core.models import User
from core.rls import tenant_context
from tests.conftest import TEST_DATABASE

LIMITS = "SELECT name, setting FROM pg_settings WHERE name LIKE '%%_timeout' AND name = ANY(%s)"
NO_LIMITS = {
    "statement_timeout": "0",
    "lock_timeout": "60000",
    "idle_in_transaction_session_timeout": "0",
}


@pytest.fixture
def locked(postgres, django_db_setup):
    """Return a function that locks a table for everybody else, until the test ends."""
    with psycopg.connect(postgres.url("owner", TEST_DATABASE)) as owner:
        # A table that the test itself has used cannot be locked: that fails.
        owner.execute("SET lock_timeout = '10s'")
        yield lambda table: owner.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        owner.rollback()


def wrapped(kind, cause):
    """Return Django's error with psycopg's as its cause."""
    try:
        raise kind(str(cause)) from cause
    except kind as error:
        return error


# What an error means ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason", "seconds"),
    [
        (wrapped(OperationalError, errors.LockNotAvailable()), unavailable.BUSY, 5),
        (wrapped(OperationalError, errors.QueryCanceled()), unavailable.SLOW, 30),
        (errors.IdleInTransactionSessionTimeout(), unavailable.SLOW, 30),
        (wrapped(OperationalError, errors.TooManyConnections()), unavailable.GONE, 10),
        (wrapped(OperationalError, errors.DiskFull()), unavailable.FULL, 300),
        (wrapped(OperationalError, errors.AdminShutdown()), unavailable.GONE, 5),
        (wrapped(OperationalError, errors.CannotConnectNow()), unavailable.GONE, 5),
        (wrapped(OperationalError, errors.ConnectionFailure()), unavailable.GONE, 5),
        (errors.ReadOnlySqlTransaction(), unavailable.GONE, 30),
        (wrapped(OperationalError, psycopg_pool.PoolTimeout()), unavailable.GONE, 5),
        (wrapped(OperationalError, psycopg.OperationalError()), unavailable.GONE, 5),
        (wrapped(InterfaceError, psycopg.InterfaceError()), unavailable.GONE, 5),
        (OSError(errno.ENOSPC, "No space left"), unavailable.FULL, 300),
        (OSError(errno.EDQUOT, "Quota exceeded"), unavailable.FULL, 300),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_an_error_means(error, reason, seconds):
    assert unavailable.explain(error) == unavailable.Unavailable(reason, seconds)


@pytest.mark.parametrize(
    "error",
    [
        wrapped(ProgrammingError, errors.UndefinedTable()),
        wrapped(OperationalError, errors.UniqueViolation()),
        psycopg.ProgrammingError(),
        FileNotFoundError(errno.ENOENT, "No such file"),
        OSError(),
        ValueError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_other_errors_are_faults_of_ours(error):
    assert unavailable.explain(error) is None


# The page -----------------------------------------------------------------------------------------


def test_a_locked_table_is_said_in_the_schools_look(client, cast, sign_in, locked):
    sign_in(client, cast.a, cast.a.admin)
    locked("invoices")
    response = client.get("/admin/finance/invoice/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Cache-Control"] == "no-store"
    page = response.content.decode()
    assert str(unavailable.BUSY) in page.replace("&#x27;", "'")
    assert cast.a.tenant.name in page
    assert "Load this page again in a moment" in page


def test_what_was_typed_comes_back_to_be_sent_again(client, cast, sign_in, locked):
    sign_in(client, cast.a, cast.a.admin)
    locked("invoices")
    sent = {"description": "\nTuition <b>& more</b>", "line": ["one", "two"]}
    response = client.post("/admin/finance/invoice/", sent)
    assert response.status_code == 503
    assert response.context["sent"] == [
        ("description", "\nTuition <b>& more</b>"),
        ("line", "one"),
        ("line", "two"),
    ]
    page = response.content.decode()
    assert (
        '<textarea name="description" hidden>\n\nTuition &lt;b&gt;&amp; more&lt;/b&gt;</textarea>'
        in page
    )
    assert "Send it again" in page
    assert page.count("csrfmiddlewaretoken") == 1


def test_a_password_does_not_come_back(client, cast, locked):
    locked("users")
    sent = {"username": cast.a.admin.email, "password": "a-very-secret-word"}
    response = client.post("/login/", sent, headers={"host": cast.a.host})
    assert response.status_code == 503
    page = response.content.decode()
    assert "a-very-secret-word" not in page
    assert "Send it again" not in page
    assert "Passwords and files are not kept" in page


def test_a_school_that_cannot_be_looked_up_is_answered(client, cast, locked):
    locked("tenants")
    response = client.get("/login/", headers={"host": cast.a.host})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_a_session_that_cannot_be_read_is_answered(client, cast, locked):
    locked("sessions")  # before this test's own transaction has used it
    client.cookies[settings.SESSION_COOKIE_NAME] = "k" * 32
    assert client.get("/admin/", headers={"host": cast.a.host}).status_code == 503


def test_a_full_disk_is_said_and_nothing_is_kept(client, cast, sign_in, monkeypatch):
    sign_in(client, cast.a, cast.a.teacher)
    before = cast.a.teacher.phone

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.contrib.messages.success", full)  # after the profile was saved
    response = client.post("/profile/", {"name": cast.a.teacher.name, "phone": "+1 555 0100"})
    assert response.status_code == 503
    assert "The server&#x27;s disk is full." in response.content.decode()
    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert User.objects.get(pk=cast.a.teacher.pk).phone == before


# The limits ---------------------------------------------------------------------------------------


def limits():
    with connection.cursor() as cursor:
        cursor.execute(LIMITS, [list(APP_SETTINGS)])
        return dict(cursor.fetchall())


def test_a_request_has_limits(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert limits() == {
            "statement_timeout": "15000",
            "lock_timeout": "2000",
            "idle_in_transaction_session_timeout": "60000",
        }


def test_jobs_and_commands_take_their_time(cast):
    with job_context(cast.a.tenant.pk, cast.a.admin.pk, "test"):
        assert limits() == NO_LIMITS
    with command_context(cast.a.tenant):
        assert limits() == NO_LIMITS


def test_what_is_read_at_one_moment_takes_its_time(cast):
    with tenant_context(cast.a.tenant, cast.a.admin), rls.snapshot() as cursor:
        cursor.execute(LIMITS, [list(APP_SETTINGS)])
        assert dict(cursor.fetchall()) == NO_LIMITS
