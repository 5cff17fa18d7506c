"""Attacks on sessions: by SQL smuggled into a query of whoever is signed in, or is about to."""

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.rls import as_application, tenant_context
from core.sessions import END, LOAD, SAVE, SessionStore, digest
from tests.prepared import CAST_DATABASE
from tests.refusals import refused_by

pytestmark = [pytest.mark.database, pytest.mark.django_db]

WHO = ["nobody", "admin", "teacher", "student", "guardian"]
EXPIRES = "2030-01-01"
IS_A_PROCEDURE = "42809"  # wrong_object_type


def person(school, who):
    return None if who == "nobody" else getattr(school, who)


def ask(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone() if cursor.description else None


@pytest.fixture
def students_key(cast, client, sign_in):
    """The key in the cookie of the student's browser."""
    return sign_in(client, cast.a, cast.a.student).cookies["sessionid"].value


def stored(school, key):
    """Return what stands in the session with this key: (data, person), or None."""
    with as_application():  # whom alone the function answers
        return ask(f"SELECT session_data, user_id FROM ({LOAD}) s", [school.tenant.pk, digest(key)])


@pytest.mark.parametrize("who", WHO)
def test_no_query_of_a_person_loads_a_session(cast, students_key, who):
    with tenant_context(cast.a.tenant, person(cast.a, who)), refused_by("privilege"):
        ask(LOAD, [cast.a.tenant.pk, digest(students_key)])


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT session_key FROM sessions",
        "SELECT count(*) FROM sessions",
        "UPDATE sessions SET session_data = '' WHERE user_id IS NULL",
        "DELETE FROM sessions",
        "INSERT INTO sessions (session_key, session_data, expire_date, tenant_id)"
        " VALUES ('k', '', now(), app.tenant_id())",
    ],
)
def test_the_table_is_nobodys(cast, who, statement):
    with tenant_context(cast.a.tenant, person(cast.a, who)), refused_by("privilege"):
        ask(statement, [])


def test_the_key_in_the_cookie_opens_nothing_in_the_database(cast, students_key):
    with tenant_context(cast.a.tenant, cast.a.admin), as_application():
        assert ask(LOAD, [cast.a.tenant.pk, students_key]) is None
        assert stored(cast.a, students_key)[1] == cast.a.student.pk


def test_no_statement_of_a_request_has_the_key(cast, client, students_key):
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/").status_code == 200
        client.post("/logout/")
    statements = [query["sql"] for query in captured]
    assert len([sql for sql in statements if "app.session_" in sql]) == 3
    assert [sql for sql in statements if students_key in sql] == []


@pytest.mark.parametrize("who", WHO)
def test_no_session_is_saved_for_somebody_else(cast, who):
    for is_new in (True, False):
        row = [digest("k"), "", EXPIRES, cast.a.other_student.pk, is_new]
        with tenant_context(cast.a.tenant, person(cast.a, who)), refused_by("sessions_own"):
            ask(SAVE, row)
    with tenant_context(cast.a.tenant):
        assert stored(cast.a, "k") is None


@pytest.mark.parametrize("who", ["nobody", "admin", "teacher", "other_student"])
@pytest.mark.parametrize("is_new", [True, False])
def test_somebody_elses_session_is_not_written_over(cast, students_key, who, is_new):
    with tenant_context(cast.a.tenant):
        before = stored(cast.a, students_key)
    by = person(cast.a, who)
    with tenant_context(cast.a.tenant, by):
        saved = ask(SAVE, [digest(students_key), "x", EXPIRES, by and by.pk, is_new])
        assert saved == (False,)
        assert stored(cast.a, students_key) == before


def test_another_schools_session_is_neither_written_nor_ended(cast):
    """Of nobody's at school A, as in the middle of setting a new password there."""
    with tenant_context(cast.a.tenant):
        session = SessionStore()
        session["_password_reset_token"] = "t"
        session.save()
        before = stored(cast.a, session.session_key)
    key = digest(session.session_key)
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert ask(SAVE, [key, "x", EXPIRES, None, False]) == (False,)
        ask(END, [key])
    with tenant_context(cast.a.tenant):
        assert stored(cast.a, session.session_key) == before


@pytest.mark.parametrize("writing", ["session_save('k', '', now(), NULL, true, NULL)",
                                     "session_end('k')"])  # fmt: skip
def test_no_expression_in_a_query_writes_a_session(cast, writing):
    with tenant_context(cast.a.tenant, cast.a.student), refused_by(IS_A_PROCEDURE):
        ask(f"SELECT name FROM users ORDER BY (SELECT app.{writing})", [])


def test_without_a_school_no_session_is_saved(db):
    with refused_by("sessions_own"):
        ask(SAVE, [digest("k"), "", EXPIRES, None, True])


# Other connections --------------------------------------------------------------------------------


@pytest.fixture
def app(postgres, django_db_setup):
    with psycopg.connect(postgres.url("app", CAST_DATABASE), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT query FROM pg_stat_activity",
        "SELECT pg_stat_get_backend_activity(1)",
        "SELECT pg_stat_get_backend_client_addr(1)",
        "SELECT * FROM pg_stat_get_activity(NULL)",
        "SELECT pg_terminate_backend(0)",
        "SELECT pg_cancel_backend(0)",
        "SET track_activities = on",
    ],
)
def test_other_connections_are_neither_watched_nor_ended(app, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)


def test_even_an_administrator_sees_no_values_of_requests(app, postgres):
    app.execute("SELECT 'a value'")
    with psycopg.connect(postgres.url("admin", CAST_DATABASE)) as admin:
        [query] = admin.execute(
            "SELECT query FROM pg_stat_activity WHERE pid = %s", [app.info.backend_pid]
        ).fetchone()
    assert query == ""
