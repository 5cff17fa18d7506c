"""A trigger that looks past the policies answers nobody before the policies are asked.

Each statement writes a row that names other people's rows, and is forbidden; what it would be told,
did the trigger speak first, is a rule by which those rows can be guessed.
"""

import pytest
from django.db import connection

from core.rls import as_application, tenant_context
from tests.refusals import refused_by

pytestmark = [pytest.mark.database, pytest.mark.django_db]

# By the rule that must not answer: a statement of school B's about school A's rows.
ABOUT_ANOTHER_SCHOOL = {
    "closed_month_not_over": (
        "INSERT INTO closed_months (tenant_id, month) VALUES ('{a.tenant.pk}', '2999-01-01')"
    ),
    "waitlist_already_enrolled": (
        "INSERT INTO waitlist_entries (tenant_id, class_id, student_id) VALUES"
        " ('{a.tenant.pk}', '{a.school_class.pk}', '{a.student.pk}')"
    ),
    "term_outside_year": (
        "INSERT INTO terms (tenant_id, academic_year_id, name, start_date, end_date) VALUES"
        " ('{a.tenant.pk}', '{a.academic_year.pk}', 'x', '1990-01-01', '1990-02-01')"
    ),
    "year_without_its_terms": (
        "UPDATE academic_years SET tenant_id = '{a.tenant.pk}', id = '{a.academic_year.pk}',"
        " start_date = '1990-01-01', end_date = '1990-02-01' WHERE id = '{b.academic_year.pk}'"
    ),
    "class_session_not_enrolled": (
        "UPDATE class_sessions SET tenant_id = '{a.tenant.pk}', class_id = '{a.school_class.pk}',"
        " session_date = '1990-01-01' WHERE id = '{b.session.pk}'"
    ),
}


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("rule", ABOUT_ANOTHER_SCHOOL)
def test_another_schools_admin_learns_nothing(cast, rule):
    sql = ABOUT_ANOTHER_SCHOOL[rule].format(a=cast.a, b=cast.b)
    with tenant_context(cast.b.tenant, cast.b.admin), refused_by("policy"):
        run(sql)


@pytest.mark.parametrize("rule", ["waitlist_already_enrolled", "term_outside_year"])
def test_nobody_is_told_nothing(cast, rule):
    with refused_by("policy"):
        run(ABOUT_ANOTHER_SCHOOL[rule].format(a=cast.a, b=cast.b))


@pytest.mark.parametrize("who", ["teacher", "student", "guardian"])
@pytest.mark.parametrize("rule", ["waitlist_already_enrolled", "term_outside_year"])
def test_who_may_not_write_learns_nothing_at_their_own_school(cast, who, rule):
    sql = ABOUT_ANOTHER_SCHOOL[rule].format(a=cast.a, b=cast.b)
    with tenant_context(cast.a.tenant, getattr(cast.a, who)):
        with refused_by("privilege"):
            run(sql)
        with as_application(), refused_by("policy"):  # with the three settings alone
            run(sql)


@pytest.mark.parametrize("rule", ["waitlist_already_enrolled", "term_outside_year"])
def test_the_office_gets_the_rules_message(cast, rule):
    sql = ABOUT_ANOTHER_SCHOOL[rule].format(a=cast.a, b=cast.b)
    with tenant_context(cast.a.tenant, cast.a.admin), refused_by(rule):
        run(sql)


def test_a_teacher_does_not_learn_who_is_enrolled_in_another_class(cast):
    sql = "UPDATE class_sessions SET class_id = %s, session_date = '2026-02-03' WHERE id = %s"
    with (
        tenant_context(cast.a.tenant, cast.a.teacher),
        refused_by("class_sessions_keep_class"),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [cast.a.other_class.pk, cast.a.session.pk])
