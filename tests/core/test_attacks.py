"""What somebody tries who can put an expression of their own into a query of the application.

Each attack runs as each role of a person, on the application's own connection and in the context of
a request, and must neither answer more nor change who is asking.
"""

import json

import psycopg.errors
import pytest
from django.db import DatabaseError, connection, transaction

from core.database.roles import ACTING, APP
from core.rls import tenant_context
from tests.core.request_urls import context
from tests.refusals import refused_by

pytestmark = pytest.mark.database

VIEWERS = ("admin", "teacher", "student", "guardian", "visitor")


@pytest.fixture(params=VIEWERS)
def viewer(cast, request):
    """Enter the context of a person of school A, or of nobody before sign-in."""
    person = getattr(cast.a, request.param, None)
    with tenant_context(cast.a.tenant, person):
        yield request.param


def smuggled(expression, *params):
    """Answer a query of the application with the expression in it; the error class if refused."""
    query = f"SELECT count(*) FROM pg_class WHERE relname = 'users' AND ({expression}) IS NOT NULL"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query, params)
            return cursor.fetchone()[0]
    except DatabaseError as error:
        return type(error.__cause__)


def acting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


SETTINGS = [
    ("app.user_role", "admin"),
    ("app.tenant_id", "3f3f3f3f-0000-4000-8000-000000000001"),
    ("app.user_id", "3f3f3f3f-0000-4000-8000-000000000001"),
    ("app.request", "{}"),
    ("request.jwt.claims", "{}"),
    ("role", "school_admin"),
    ("role", "none"),
    ("row_security", "off"),
    ("search_path", "pg_temp"),
]


@pytest.mark.parametrize(("name", "value"), SETTINGS)
@pytest.mark.parametrize("is_local", ["true", "false"])
def test_no_expression_changes_who_is_asking(viewer, name, value, is_local):
    before = context(), acting()
    refused = psycopg.errors.InsufficientPrivilege
    assert smuggled(f"set_config(%s, %s, {is_local})", name, value) == refused
    assert (context(), acting()) == before == (before[0], ACTING[viewer])


# Functions that run a text as a query. They may answer a query, under the same policies; they must
# not run a statement.
RUNNERS = [
    "query_to_xml({}, true, true, '')",
    "query_to_xmlschema({}, true, true, '')",
    "query_to_xml_and_xmlschema({}, true, true, '')",
    "(SELECT count(*) FROM ts_stat({}))",
    "ts_rewrite('a'::tsquery, {})",
]
STATEMENTS = [
    "SET LOCAL app.user_role = 'admin'",
    "SET LOCAL ROLE school_admin",
    "RESET ROLE",
    "CALL app.enter('{tenant}', '{person}', '')",
    "DO $$ BEGIN SET LOCAL ROLE school_admin; END $$",
    "UPDATE pg_settings SET setting = 'admin' WHERE name = 'app.user_role'",
    "SELECT set_config('app.user_role', 'admin', true)",
]


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("runner", RUNNERS)
def test_no_text_is_run_as_a_statement(cast, viewer, runner, statement):
    before = context(), acting()
    statement = statement.format(tenant=cast.b.tenant.pk, person=cast.b.admin.pk)
    assert isinstance(smuggled(runner.format("%s"), statement), type)
    assert (context(), acting()) == before


@pytest.mark.parametrize(
    "expression",
    ["app.enter(%s::uuid, %s::uuid, '')", "(SELECT app.enter(%s::uuid, %s::uuid))"],
)
def test_entering_cannot_stand_inside_a_query(cast, viewer, expression):
    before = context()
    people = (cast.b.tenant.pk, cast.b.admin.pk)
    assert smuggled(expression, *people) == psycopg.errors.WrongObjectType
    assert context() == before


def test_an_acting_role_may_not_enter_as_somebody_else(cast, viewer):
    with refused_by("privilege"), connection.cursor() as cursor:
        cursor.execute(f"CALL app.enter('{cast.b.tenant.pk}', '{cast.b.admin.pk}', '')")


def test_a_query_enters_by_no_token_of_its_own(viewer):
    before = context()
    assert smuggled("app.enter_jwt()") == psycopg.errors.InsufficientPrivilege
    assert context() == before


@pytest.mark.django_db(databases=["default", "owner"])
def test_no_function_that_a_person_may_call_runs_text_or_sets_anything(db):
    """But app.enter_jwt(), which sets what the verified token says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT p.oid::regprocedure::text FROM pg_proc p"
            "  JOIN pg_namespace n ON n.oid = p.pronamespace"
            "  JOIN pg_roles r ON r.rolname = ANY(%s)"
            " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"
            "   AND p.prolang IN (SELECT oid FROM pg_language WHERE lanname IN ('sql', 'plpgsql'))"
            "   AND p.prokind IN ('f', 'p') AND p.prorettype <> 'trigger'::regtype"
            "   AND has_function_privilege(r.oid, p.oid, 'EXECUTE')"
            "   AND pg_get_functiondef(p.oid) ~* %s",
            [list(ACTING.values()), r"\mexecute\M|set_config|\mset\s+(local|role)\M"],
        )
        assert [name for (name,) in cursor.fetchall()] == ["app.enter_jwt()"]


# What a role has no business with is refused, not merely empty ------------------------------------

NO_BUSINESS = {
    "teacher": ["invoices", "payments", "audit_logs", "mails", "tenant_domains", "sourced_records"],
    "student": ["audit_logs", "mails", "import_batches", "guardians", "saved_views"],
    "guardian": ["audit_logs", "mails", "exports", "conversations", "import_rows"],
    "visitor": ["users", "classes", "attendance", "grades", "invoices", "guardians"],
}


@pytest.mark.parametrize("who", NO_BUSINESS)
def test_a_table_of_no_concern_is_closed_to_the_role(cast, who):
    with tenant_context(cast.a.tenant, getattr(cast.a, who, None)):
        for table in NO_BUSINESS[who]:
            outcome = smuggled(f"(SELECT count(*) FROM {table})")
            assert (table, outcome) == (table, psycopg.errors.InsufficientPrivilege)


def test_a_student_cannot_even_try_to_write_a_grade(cast):
    with tenant_context(cast.a.tenant, cast.a.student), connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(p ORDER BY p) FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) p"
            " WHERE has_table_privilege('grades', p)"
        )
        assert cursor.fetchone() == (None,)


# Who is entered -----------------------------------------------------------------------------------


def test_only_an_active_person_of_the_school_is_entered(cast):
    def enter(tenant, person):
        with (
            refused_by("app_enter"),
            tenant_context(tenant, person),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT 1")

    stranger = cast.b.admin
    stranger.tenant_id = cast.a.tenant.pk  # as a forged object would claim
    enter(cast.a.tenant, stranger)
    for change in ({"status": "suspended"}, {"deleted_at": "2026-01-01T00:00Z"}):
        with transaction.atomic():
            with tenant_context(cast.a.tenant, role="admin"):
                type(cast.a.teacher).objects.filter(pk=cast.a.teacher.pk).update(**change)
            enter(cast.a.tenant, cast.a.teacher)
            transaction.set_rollback(True)


def test_the_role_is_the_rows_whatever_the_object_says(cast):
    student = cast.a.student
    student.role = "admin"
    with tenant_context(cast.a.tenant, student):
        assert context() == [str(cast.a.tenant.pk), str(student.pk), "student"]
        # As school_admin, whom no policy of a student is for.
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM users")
            assert cursor.fetchone() == (0,)


# Supabase and PostgREST ---------------------------------------------------------------------------


def test_a_token_that_names_nobody_enters_nothing(cast):
    for claims in ({}, {"sub": "3f3f3f3f-0000-4000-8000-000000000009"}):
        with (
            refused_by("app_enter"),
            connection.without_context(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SET LOCAL request.jwt.claims = '{json.dumps(claims)}'")
            cursor.execute("SET LOCAL ROLE school_admin")
            cursor.execute("SELECT app.enter_jwt()")


def test_what_writes_past_the_policies_is_a_procedure(db):
    """A function could stand in an expression of a query; app.enter_jwt() has to be one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT p.oid::regprocedure::text FROM pg_proc p"
            "  JOIN pg_namespace n ON n.oid = p.pronamespace"
            "  JOIN pg_roles r ON r.rolname = ANY(%s)"
            " WHERE n.nspname = 'app' AND p.prosecdef AND p.provolatile = 'v'"
            "   AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype"
            "   AND has_function_privilege(r.oid, p.oid, 'EXECUTE')",
            [[*ACTING.values(), APP]],
        )
        assert [name for (name,) in cursor.fetchall()] == ["app.enter_jwt()"]
