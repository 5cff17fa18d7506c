"""Registrars and bursars: a part of an admin's work each, and no way to more."""

import pytest
from django.db import DatabaseError, connection, transaction

from core import offices
from core.models import Mail, User
from core.rls import tenant_context
from tests.factories import core

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def execute(sql, params=()):
    """Return the number of rows that a statement reaches, or the name of the rule it breaks."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.rowcount
    except DatabaseError as error:
        return error.__cause__.diag.constraint_name or error.__cause__.sqlstate


@pytest.mark.parametrize("role", [*User.Role.values, "", "principal"])
def test_the_groups_in_sql_are_those_in_python(cast, role):
    with transaction.atomic(), connection.without_context(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.user_role = '{role}'")
        cursor.execute("SELECT app.is_office(), app.is_people_office(), app.is_money_office()")
        answers = cursor.fetchone()
        cursor.execute(
            "SELECT r FROM unnest(%s::text[]) r WHERE app.may_keep(r)", [User.Role.values]
        )
        kept = {row[0] for row in cursor.fetchall()}
    groups = (offices.OFFICE, offices.PEOPLE_OFFICE, offices.MONEY_OFFICE)
    assert answers == tuple(role in group for group in groups)
    assert kept == {other for other in User.Role.values if offices.may_keep(role, other)}


NEW = "INSERT INTO users (tenant_id, email, name, role) VALUES (app.tenant_id(), %s, 'New', %s)"


@pytest.mark.parametrize("role", User.Role.values)
def test_a_registrar_adds_teachers_students_and_guardians_only(cast, role):
    with tenant_context(cast.a.tenant, cast.a.registrar):
        outcome = execute(NEW, ["new@example.com", role])
    assert outcome == (1 if role in offices.ACCOUNTS else "42501")


@pytest.mark.parametrize("role", User.Role.values)
@pytest.mark.parametrize("person", ["registrar", "bursar", "teacher", "student", "admin"])
def test_a_registrar_gives_nobody_another_role(cast, person, role):
    target = getattr(cast.a, person)
    with tenant_context(cast.a.tenant, cast.a.registrar):
        outcome = execute("UPDATE users SET role = %s WHERE id = %s", [role, target.pk])
    if person in ("bursar", "admin"):  # no row of theirs to change
        assert outcome == 0
    elif role == target.role:
        assert outcome == 1
    elif person == "registrar":
        assert outcome == "users_allow_columns"
    else:
        assert outcome == "users_keep_role"


@pytest.mark.parametrize("viewer", ["registrar", "bursar"])
@pytest.mark.parametrize("person", ["admin", "registrar", "bursar", "teacher", "student"])
def test_who_sets_whose_password(cast, viewer, person):
    asking, target = getattr(cast.a, viewer), getattr(cast.a, person)
    with tenant_context(cast.a.tenant, asking):
        outcome = execute("CALL app.set_password(%s, 'hash', NULL)", [target.pk])
    may = person == viewer or (viewer == "registrar" and target.role in offices.ACCOUNTS)
    assert (outcome != "credentials_own") == may


def test_another_schools_registrar_sets_no_password(cast):
    with tenant_context(cast.b.tenant, cast.b.registrar):
        outcome = execute("CALL app.set_password(%s, 'hash', NULL)", [cast.a.student.pk])
    assert outcome == "credentials_own"


@pytest.mark.parametrize("column", ["current_grade", "attendance_rate", "report_comment"])
def test_a_bursar_sees_who_is_enrolled_and_not_with_what_result(cast, column):
    with tenant_context(cast.a.tenant, cast.a.bursar):
        assert execute("SELECT student_id, class_id, status FROM enrollments") == 2
        assert execute(f"SELECT {column} FROM enrollments") == "42501"


MONEY = ["invoices", "payments", "view_invoice_balance", "fees", "number_series"]
MARKS = ["attendance", "grades", "submissions", "assignments", "class_sessions"]


@pytest.mark.parametrize(
    ("viewer", "tables"), [("registrar", MONEY), ("bursar", [*MARKS, "audit_logs"])]
)
def test_neither_reads_the_others_tables(cast, viewer, tables):
    with tenant_context(cast.a.tenant, getattr(cast.a, viewer)):
        assert {table: execute(f"SELECT count(*) FROM {table}") for table in tables} == (
            dict.fromkeys(tables, "42501")
        )


FUNCTIONS = {
    "registrar": [
        "CALL app.issue_invoices('{}')",
        "CALL app.set_money_settings('{}')",
        "CALL app.forget_online_account()",
        "SELECT * FROM app.online_account()",
    ],
    "bursar": [
        "CALL app.submissions_to_grade('{}', '{}', NULL)",
        "SELECT * FROM app.grade_changes(gen_random_uuid(), 5)",
        "SELECT app.dropped_at(gen_random_uuid())",
    ],
}


@pytest.mark.parametrize(
    ("viewer", "sql"), [(viewer, sql) for viewer, some in FUNCTIONS.items() for sql in some]
)
def test_neither_calls_the_others_functions(cast, viewer, sql):
    with tenant_context(cast.a.tenant, getattr(cast.a, viewer)):
        assert execute(sql) == "42501"


def test_searches_that_look_past_the_policies_answer_each_office_for_its_own(cast):
    searches = {
        "app.search_all_users('student')": ("admin", "registrar", "bursar"),
        "app.search_all_classes('class')": ("admin", "registrar", "bursar"),
        "app.search_all_assignments('essay')": ("admin", "registrar"),
        "app.search_invoices('INV')": ("admin", "bursar"),
    }
    for search, viewers in searches.items():
        for viewer in ("admin", "registrar", "bursar", "teacher", "student"):
            with tenant_context(cast.a.tenant, getattr(cast.a, viewer)):
                assert (execute(f"SELECT * FROM {search}") > 0) == (viewer in viewers), search


@pytest.mark.parametrize("viewer", ["registrar", "bursar"])
def test_who_has_a_part_of_the_office_sees_the_mail_they_asked_for(cast, viewer):
    person = getattr(cast.a, viewer)
    with tenant_context(cast.a.tenant, person):
        row = core.mail(recipient=cast.a.student, address=cast.a.student.email)
        assert [(mail.pk, mail.requested_by_id) for mail in Mail.objects.all()] == [
            (row.pk, person.pk)
        ]


@pytest.mark.parametrize("viewer", ["registrar", "bursar", "teacher", "student"])
def test_the_schools_settings_are_the_admins(cast, viewer):
    with tenant_context(cast.a.tenant, getattr(cast.a, viewer)):
        outcome = execute("UPDATE tenants SET settings = '{}' WHERE id = app.tenant_id()")
    assert outcome == "42501"
