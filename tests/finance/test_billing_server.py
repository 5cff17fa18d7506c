"""PostgreSQL that is killed in the middle of a billing: nothing is doubled or missing after."""

import psutil
import psycopg
import pytest
from django.core.cache import cache

from core import hosts
from core.models import User
from core.rls import tenant_context
from tests import prepared
from tests.databases import everywhere_connected
from tests.factories.worker import worker  # noqa: F401 - a fixture
from tests.finance.test_billing_worker import SECONDS, STUDENTS, enter_students, start_billing
from tests.waiting import wait_until

pytestmark = pytest.mark.process
DATABASE = prepared.CAST_DATABASE


@pytest.fixture
def server(postgres, django_db_setup, django_db_blocker):
    """A server of the test's own, to which Django is connected."""
    cache.clear()
    with (
        prepared.server("cast") as started,
        django_db_blocker.unblock(),
        everywhere_connected(started, DATABASE),
    ):
        yield started
    cache.clear()


def ask(server, query, *params):
    """Return the first row of a query of the server's administrator."""
    with psycopg.connect(server.url("admin", DATABASE)) as admin:
        return admin.execute(query, params).fetchone()


def state(server, run):
    query = "SELECT status, students_done, invoice_count FROM billing_runs WHERE id = %s"
    return ask(server, query, run.pk)


def kill(server):
    """End all processes of the server at once, as a machine that loses its power does."""
    postmaster = psutil.Process(int(server.identity().split()[0]))
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=SECONDS)


def counted(server, tenant):
    """Return (invoices, students with one, charges, different numbers) of this billing."""
    return ask(
        server,
        "SELECT count(*), count(DISTINCT c.student_id), count(DISTINCT c.id),"
        " count(DISTINCT i.invoice_number) FROM plan_charges c JOIN invoices i"
        " ON i.id = c.invoice_id WHERE c.tenant_id = %s",
        tenant.pk,
    )


def test_a_killed_servers_billing_is_done_once_after_its_restart(server, worker):  # noqa: F811
    tenant = hosts.find("school-a.localhost")
    with tenant_context(tenant, role="admin"):
        admin = User.objects.admins().first()
        before = User.objects.students().count()
    enter_students(server.url("admin", DATABASE), tenant)
    run = start_billing(tenant, admin)
    invoices = ask(server, "SELECT count(*) FROM invoices")
    urls = {
        "DATABASE_URL": server.url("app", DATABASE),
        "DATABASE_OWNER_URL": server.url("owner", DATABASE),
    }
    first = worker(**urls)
    wait_until(lambda: state(server, run)[1] > 0, SECONDS)
    kill(server)
    first.kill()
    first.wait()
    assert not server.is_running()

    server.start()
    assert state(server, run)[0] == "running"
    assert ask(server, "SELECT count(*) FROM invoices") == invoices
    assert counted(server, tenant) == (0, 0, 0, 0)
    # As half a minute later.
    with psycopg.connect(server.url("admin", DATABASE)) as db:
        db.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - '1 h'::interval")
    second = worker("--until-empty", **urls)
    second.communicate(timeout=SECONDS)
    assert second.returncode == 0
    students = STUDENTS + before
    assert state(server, run) == ("done", students, students)
    assert counted(server, tenant) == (students,) * 4
