"""What PostgreSQL reads for each role: an index, where one serves, and not the whole school."""

import psycopg
import pytest

from benchmarks import roles
from benchmarks.harness import enter
from tests import prepared

pytestmark = [pytest.mark.database, pytest.mark.scale]

ROWS = 100_000
PAGE = """
    select a.* from attendance a where a.tenant_id = {tenant}
     order by a.recorded_at desc, a.id desc limit 50"""
QUESTIONS = {
    "page": PAGE,
    "page with names": roles.PAGES["attendance"].replace("{attendance}", "true"),
    "page of grades": roles.PAGES["grades"].replace("{grades}", "true"),
    "page of enrollments": roles.PAGES["enrollments"].replace("{enrollments}", "true"),
    "count": "select count(*) from attendance a where a.tenant_id = {tenant}",
    "count by status": """
        select a.status, count(*) from attendance a where a.tenant_id = {tenant} group by 1""",
    "summary": """
        select a.student_id, count(*) filter (where a.status in ('present', 'late')), count(*)
          from attendance a where a.tenant_id = {tenant} and a.status <> 'excused' group by 1""",
    "count of grades": "select count(*) from grades g where g.tenant_id = {tenant}",
}
LARGE = {"attendance", "grades"}
# The office's count is of every row of the school: there no index leaves anything out.
ASKED = [("admin", name) for name in QUESTIONS if name.startswith("page")]
ASKED += [(role, name) for role in ("teacher", "student", "guardian") for name in QUESTIONS]


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


@pytest.mark.parametrize(("role", "question"), ASKED)
def test_no_large_table_is_read_from_end_to_end(school, role, question):
    app, ids = school
    query = QUESTIONS[question].format(tenant=f"'{ids['tenant']}'::uuid")
    with app.transaction(force_rollback=True):
        enter(app, ids["tenant"], ids[role], role)
        [[plan]] = app.execute(f"explain (format json) {query}").fetchone()
    assert scanned(plan["Plan"]) & LARGE == set()
