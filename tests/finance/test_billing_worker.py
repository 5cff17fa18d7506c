"""A worker that is killed in the middle of a billing: nothing is doubled or missing."""

import signal
from types import SimpleNamespace

import psycopg
import pytest

from core.rls import tenant_context
from finance.models import Fee, FeePlan, FeePlanItem
from finance.services import billing
from tests.exchange.exports.conftest import office  # noqa: F401 - a fixture
from tests.factories.committed import DATABASE, committed  # noqa: F401 - a fixture
from tests.factories.worker import worker  # noqa: F401 - a fixture
from tests.waiting import wait_until

pytestmark = pytest.mark.process

STUDENTS = 6_000
SECONDS = 120


def enter_students(url, tenant):
    """Insert many students into a school of a database, by its administrator."""
    with psycopg.connect(url) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(
            "INSERT INTO users (tenant_id, email, name, role)"
            " SELECT %s, 'p' || n || '@example.com', 'Person ' || n, 'student'"
            "   FROM generate_series(1, %s) n",
            [tenant.pk, STUDENTS],
        )
        admin.execute("ANALYZE users")


def start_billing(tenant, admin):
    """Have all students billed by a plan; return the billing that waits for a worker."""
    with tenant_context(tenant, admin):
        plan = FeePlan.objects.create(name="Tuition")
        fee = Fee.objects.create(name="Tuition", amount=100)
        FeePlanItem.objects.create(plan=plan, fee=fee)
        made = billing.prepare(plan=plan, by=admin, period="2027-03", issue_date=tenant.today())
        return billing.start_issue(made, admin)


@pytest.fixture
def run(office, postgres):  # noqa: F811
    """A billing of many students that waits for a worker."""
    enter_students(postgres.url("admin", DATABASE), office.tenant)
    made = start_billing(office.tenant, office.admin)
    return SimpleNamespace(pk=made.pk, status=made.status, school=office.committed)


def state(run):
    query = "SELECT status, students_done, invoice_count FROM billing_runs WHERE id = %s"
    return run.school.fetch_one(query, run.pk)


def count(run, what, table):
    return run.school.fetch_one(f"SELECT count({what}) FROM {table}")


def test_a_killed_workers_billing_is_done_once_by_the_next(run, worker, postgres):  # noqa: F811
    assert run.status == "running"
    first = worker()
    wait_until(lambda: state(run)[1] > 0, SECONDS)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert state(run)[0] == "running"
    assert count(run, "*", "invoices") == 0
    # As half a minute later.
    with psycopg.connect(postgres.url("admin", DATABASE)) as admin:
        admin.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - '1 h'::interval")

    second = worker("--until-empty")
    _output, said = second.communicate(timeout=SECONDS)
    assert second.returncode == 0
    assert "finance.services.billing.issue_billing was left by a dead worker (run 1)." in said
    assert state(run) == ("done", STUDENTS, STUDENTS)
    for table in ("invoices", "plan_charges"):
        assert count(run, "*", table) == count(run, "DISTINCT student_id", table) == STUDENTS
    numbers = run.school.fetch_one(
        "SELECT min(right(invoice_number, 5)::int), max(right(invoice_number, 5)::int),"
        " count(DISTINCT invoice_number) FROM invoices"
    )
    assert numbers == (1, STUDENTS, STUDENTS)
