"""The questions that are answered before sign-in are answered to nobody who is signed in."""

from datetime import date

import pytest
from django.db import connection, transaction

from core import hosts
from core.auth import find_user
from core.rls import as_application, tenant_context
from tests.factories import finance
from tests.refusals import refused_by

pytestmark = [pytest.mark.database, pytest.mark.django_db]

# A question about another school, or about all of them.
QUESTIONS = {
    "tenant_for_host": "SELECT 1 FROM app.tenant_for_host('school-b.localhost')",
    "user_for_login": "SELECT 1 FROM app.user_for_login('{b.tenant.pk}', '{b.admin.email}', NULL)",
    "user_for_login by id": (
        "SELECT 1 FROM app.user_for_login('{b.tenant.pk}', NULL, '{b.admin.pk}')"
    ),
    "user_for_calendar": (
        "SELECT 1 FROM app.user_for_calendar('{b.tenant.pk}', '{b.calendar_feed.pk}')"
    ),
    "school_folders": "SELECT 1 FROM app.school_folders()",
    "every_school": "SELECT 1 FROM app.every_school()",
    "due_schedules": "SELECT 1 FROM app.due_schedules()",
    "expired_exports": "SELECT 1 FROM app.expired_exports()",
    "assignments_to_close": "SELECT 1 FROM app.assignments_to_close()",
    "schools_with_late_invoices": "SELECT 1 FROM app.schools_with_late_invoices()",
}


def answers(cast, question):
    with as_application(), connection.cursor() as cursor:
        cursor.execute(QUESTIONS[question].format(b=cast.b))
        return len(cursor.fetchall())


@pytest.mark.parametrize("who", ["nobody", "admin", "teacher", "student", "guardian"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_application_alone_may_ask(cast, question, who):
    with (
        refused_by("privilege"),
        tenant_context(cast.a.tenant, getattr(cast.a, who, None)),
        connection.cursor() as cursor,
    ):
        cursor.execute(QUESTIONS[question].format(b=cast.b))


@pytest.fixture
def something_due(cast):
    """Something at school B for each question of the periodic jobs."""
    with tenant_context(cast.b.tenant, role="admin"), connection.cursor() as cursor:
        cursor.execute("UPDATE exports SET expires_at = now() - interval '1 day'")
        cursor.execute("UPDATE report_schedules SET is_active = true, next_run_at = now()")
        cursor.execute(
            "UPDATE assignments SET closes_automatically = true, status = 'active',"
            " assigned_date = '2025-01-01', due_date = '2025-01-02'"
        )
        finance.invoice(
            invoice_number="LATE-1",
            student=cast.b.student,
            issue_date=date(2025, 1, 1),
            due_date=date(2025, 2, 1),
        )


@pytest.mark.parametrize("question", QUESTIONS)
def test_who_is_signed_in_is_not_answered(cast, something_due, question):
    assert answers(cast, question) > 0
    with tenant_context(cast.a.tenant):
        assert answers(cast, question) > 0
    for who in ("admin", "teacher", "student", "guardian"):
        with tenant_context(cast.a.tenant, getattr(cast.a, who)):
            assert answers(cast, question) == 0
    with tenant_context(cast.a.tenant, role="admin"):
        assert answers(cast, question) == 0


def test_the_application_asks_as_nobody_and_goes_on_as_before(cast):
    """Whatever it had told the database before: a link by mail is opened by who is signed in."""

    def who():
        with connection.cursor() as cursor:
            cursor.execute("SELECT app.user_id(), app.user_role()")
            return cursor.fetchone()

    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert who() == (cast.a.teacher.pk, "teacher")
        assert find_user(cast.a.tenant.pk, user_id=cast.a.student.pk) == cast.a.student
        assert hosts.find(cast.b.host) == cast.b.tenant
        assert who() == (cast.a.teacher.pk, "teacher")


def test_the_application_asks_as_nobody_after_a_savepoint_was_rolled_back(cast):
    """PostgreSQL is then back at the person's context, which was sent before the savepoint."""
    with transaction.atomic():
        with tenant_context(cast.a.tenant, cast.a.teacher), connection.cursor() as cursor:
            cursor.execute("SELECT app.user_role()")
            with transaction.atomic():
                transaction.set_rollback(True)
        assert hosts.find(cast.b.host) == cast.b.tenant
