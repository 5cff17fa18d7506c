"""Columns of people that a role may not read: refused by PostgreSQL, left out by Django."""

import psycopg.errors
import pytest
from django.db import connection

from academics.models import Enrollment
from core.models import User
from core.rls import tenant_context
from tests.core.test_attacks import smuggled

pytestmark = pytest.mark.database

NUMBER = {"student_number": "S-17", "_imported": {"demographics": {"sex": "x"}}}
ACCOUNT = "3f3f3f3f-0000-4000-8000-000000000017"
WITHOUT = ("bursar", "teacher", "guardian", "student")
COLUMNS = ["metadata", "metadata ->> 'demographics'", "record_text", "to_jsonb(users)", "users"]


@pytest.fixture
def student(cast):
    """The student of school A, of whom the office knows more than others."""
    with tenant_context(cast.a.tenant, role="admin"):
        User.objects.filter(pk=cast.a.student.pk).update(metadata=NUMBER, auth_id=ACCOUNT)
    return cast.a.student


@pytest.mark.parametrize("who", WITHOUT)
@pytest.mark.parametrize("column", COLUMNS)
def test_no_expression_reads_what_is_the_offices(cast, student, who, column):
    with tenant_context(cast.a.tenant, getattr(cast.a, who)):
        refused = psycopg.errors.InsufficientPrivilege
        assert smuggled(f"(SELECT min(({column})::text) FROM users)") == refused


@pytest.mark.parametrize(
    ("who", "column"),
    [
        ("bursar", "auth_id"),
        ("teacher", "auth_id"),
        ("guardian", "auth_id"),
        ("guardian", "teacher_record"),
        ("student", "teacher_record"),
    ],
)
def test_no_expression_reads_what_is_others(cast, student, who, column):
    with tenant_context(cast.a.tenant, getattr(cast.a, who)):
        refused = psycopg.errors.InsufficientPrivilege
        assert smuggled(f"(SELECT min(({column})::text) FROM users)") == refused


@pytest.mark.parametrize("who", ["teacher", "guardian"])
def test_rows_come_without_it(cast, student, who):
    with tenant_context(cast.a.tenant, getattr(cast.a, who)):
        person = User.objects.get(pk=student.pk)
        assert (person.auth_id, person.metadata, person.student_number) == (None, None, "S-17")
        joined = Enrollment.objects.select_related("student").get(student=student).student
        assert (joined.auth_id, joined.metadata, joined.student_number) == (None, None, "S-17")
        assert list(User.objects.filter(pk=student.pk).values_list("metadata")) == [(None,)]


def test_the_office_reads_it_and_a_student_their_account(cast, student):
    with tenant_context(cast.a.tenant, cast.a.admin):
        person = User.objects.get(pk=student.pk)
        assert (str(person.auth_id), person.metadata) == (ACCOUNT, NUMBER)
    with tenant_context(cast.a.tenant, cast.a.student):
        person = User.objects.get(pk=student.pk)
        assert (str(person.auth_id), person.metadata) == (ACCOUNT, None)


def test_what_was_not_read_is_not_written_over(cast, student):
    with tenant_context(cast.a.tenant, cast.a.teacher):
        person = User.objects.get(pk=student.pk)
        assert person.metadata is None
    with tenant_context(cast.a.tenant, cast.a.admin):
        person.name = "Renamed"
        person.save()
        person.refresh_from_db()
        assert (person.name, person.metadata, str(person.auth_id)) == ("Renamed", NUMBER, ACCOUNT)


@pytest.mark.parametrize("who", WITHOUT)
def test_one_still_finds_and_changes_oneself(cast, who):
    """By a policy that compares auth_id, which the role may not read."""
    with tenant_context(cast.a.tenant, getattr(cast.a, who)), connection.cursor() as cursor:
        cursor.execute("UPDATE users SET phone = '1' WHERE id = app.user_id() RETURNING phone")
        assert cursor.fetchall() == [("1",)]
