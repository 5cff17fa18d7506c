"""Two workers look for due schedules at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connections

from reporting.services.due import run_due
from tests.factories.committed import DATABASE

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=False)]


@pytest.fixture
def due(committed, postgres):
    """The id of a committed schedule that is due; its jobs are gone after the test."""
    schedule = committed.new(
        "report_schedules", owner_id=committed.admin, name="Roster", report="user_roster",
        weekday=1, next_run_at="2026-03-02T06:00Z",
    )  # fmt: skip
    for person in (committed.admin, committed.teacher):
        committed.new("report_recipients", schedule_id=schedule, user_id=person)
    yield schedule
    with psycopg.connect(postgres.url("admin", DATABASE)) as admin:
        admin.execute(
            "delete from procrastinate_jobs where args ->> 'tenant_id' = %s", [committed.tenant]
        )


def at_once(*functions):
    """Run each function in a thread with connections of its own; return their results."""
    barrier = threading.Barrier(len(functions))

    def run(function):
        barrier.wait(timeout=30)
        try:
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))


def test_two_workers_start_a_schedule_once(committed, due, django_db_blocker):
    with django_db_blocker.unblock():
        started = at_once(*[run_due] * 4)
    assert sorted(started) == [0, 0, 0, 1]
    exports = "select count(*) from exports where origin = 'schedule' and requested_by = %s"
    assert [
        committed.fetch_one(exports, person) for person in (committed.admin, committed.teacher)
    ] == [
        1,
        1,
    ]


def test_a_schedule_that_a_worker_holds_is_left_to_it(committed, due, django_db_blocker):
    with committed.connect() as other, django_db_blocker.unblock():
        other.execute("select from report_schedules where id = %s for update", [due])
        assert run_due() == 0  # at once: it does not wait
        other.rollback()
        assert run_due() == 1
    connections.close_all()
