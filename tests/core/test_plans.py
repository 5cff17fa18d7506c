"""What PostgreSQL reads for each role: an index, where one serves, and not the whole school."""

import psycopg
import pytest

from benchmarks import roles
from benchmarks.harness import enter
from tests import prepared

pytestmark = [pytest.mark.database, pytest.mark.scale]

ROWS = 100_000
QUESTIONS = {
    "page": """
        select a.* from attendance a where a.tenant_id = {tenant}
         order by a.recorded_at desc, a.id desc limit 50""",
    "count": "select count(*) from attendance a where a.tenant_id = {tenant}",
    "count by status": """
        select a.status, count(*) from attendance a where a.tenant_id = {tenant} group by 1""",
    "summary": """
        select a.student_id, count(*) filter (where a.status in ('present', 'late')), count(*)
          from attendance a where a.tenant_id = {tenant} and a.status <> 'excused' group by 1""",
    "count of grades": "select count(*) from grades g where g.tenant_id = {tenant}",
}
LARGE = {"attendance", "grades", "submissions", "class_sessions"}
# The office's count is of every row of the school: there no index leaves anything out.
OF_ALL = {"count", "count by status", "summary", "count of grades"}
OF_ALL |= {"attendance, count", "attendance, by status"}
ROLES = ("admin", "teacher", "student", "guardian")


@pytest.fixture(scope="module")
def school():
    """Return the application's connection to a school with many rows, and its people's ids."""
    with prepared.server("cast") as server:
        roles.fill(server, ROWS)
        with psycopg.connect(server.url("admin")) as admin:
            ids = roles.people_of(admin)
        with psycopg.connect(server.url("app"), prepare_threshold=None) as app:
            yield app, ids


def scanned(plan):
    """Return the tables that a plan reads from end to end."""
    own = {plan["Relation Name"]} if plan["Node Type"].endswith("Seq Scan") else set()
    return own.union(*(scanned(part) for part in plan.get("Plans", [])))


@pytest.mark.parametrize("role", ROLES)
def test_no_large_table_is_read_from_end_to_end(school, role):
    """By any of the questions behind a role's pages, lists, registers and counts."""
    app, ids = school
    pages, _conditions = roles.questions(role)
    values = {name: f"'{value}'::uuid" for name, value in ids.items()}
    values |= dict.fromkeys(roles.TABLES, "true")
    read = {}
    with app.transaction(force_rollback=True):
        enter(app, ids["tenant"], ids[role], role)
        for name, question in (QUESTIONS | pages).items():
            query = question.format(**values)
            [[plan]] = app.execute(f"explain (format json) {query}").fetchone()
            read[name] = scanned(plan["Plan"]) & LARGE
    left_out = OF_ALL if role == "admin" else set()
    assert {name: tables for name, tables in read.items() if tables and name not in left_out} == {}


@pytest.mark.parametrize("role", ROLES)
def test_the_policies_are_asked_once_and_not_of_each_row(school, role):
    """Who is asking is compared before the first row, or looked up in an index."""
    app, ids = school
    with app.transaction(force_rollback=True):
        enter(app, ids["tenant"], ids[role], role)
        query = QUESTIONS["count"].format(tenant=f"'{ids['tenant']}'::uuid")
        [[plan]] = app.execute(f"explain (format json) {query}").fetchone()
    assert [text for text in filters(plan["Plan"]) if "app.user_role" in text] == []


def filters(plan):
    """Return the conditions that a plan asks of each row."""
    own = [plan["Filter"]] if "Filter" in plan else []
    return own + [text for part in plan.get("Plans", []) for text in filters(part)]
