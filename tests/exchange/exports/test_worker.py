"""The worker as its own process: it makes files, is killed, and another one begins anew."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import psycopg
import pytest
from procrastinate.contrib.django import app

from core import jobs
from core.rls import tenant_context
from core.tasks import forget_finished_jobs
from exchange import exports
from exchange.exports import files
from tests.factories.committed import DATABASE
from tests.factories.files import read_csv, read_xlsx
from tests.factories.worker import worker  # noqa: F401 - a fixture
from tests.waiting import wait_until

pytestmark = pytest.mark.process

ROWS = 30_000
SECONDS = 60


@pytest.fixture
def attendance(office, postgres):
    """Give the school ROWS rows of attendance; return them as (id,) in the report's order."""
    student = office.committed.students(1)[0]
    school_class = office.committed.school_class(code="C-1")
    values = {"tenant": office.tenant.pk, "student": student, "class": school_class, "rows": ROWS}
    with psycopg.connect(postgres.url("admin", DATABASE)) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(
            "INSERT INTO class_sessions (tenant_id, class_id, session_date, start_time, end_time)"
            " SELECT %(tenant)s, %(class)s, date '1990-01-01' + n, '09:00', '10:00'"
            "   FROM generate_series(1, %(rows)s) n",
            values,
        )
        admin.execute(
            "INSERT INTO attendance (tenant_id, class_session_id, student_id, status)"
            " SELECT tenant_id, id, %(student)s, 'present' FROM class_sessions"
            "  WHERE tenant_id = %(tenant)s",
            values,
        )
        admin.execute("ANALYZE attendance, class_sessions")


def ask(office, file_format):
    with tenant_context(office.tenant, office.admin):
        return exports.request(
            kind="report",
            template_id="attendance_report_v1",
            file_format=file_format,
            by=office.admin,
        )


def grown(export):
    path = files.part_of(export)
    return path.exists() and path.stat().st_size > 0


def test_a_killed_workers_file_is_made_by_the_next(office, attendance, worker, postgres):  # noqa: F811
    export = ask(office, "xlsx")
    assert export.status == "queued"
    first = worker()
    wait_until(lambda: grown(export), SECONDS)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert files.part_of(export).exists()
    assert not files.path_of(export).exists()
    assert office.row(export, "status, file_size") == ("running", None)
    # As half a minute later.
    with psycopg.connect(postgres.url("admin", DATABASE)) as admin:
        admin.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - '1 h'::interval")

    second = worker("--until-empty")
    _output, said = second.communicate(timeout=SECONDS)
    assert second.returncode == 0
    assert "Job exchange.exports.background.make_export was left by a dead worker (run 1)." in said
    assert office.row(export, "status, row_count") == ("ready", ROWS)
    assert [path.name for path in files.directory(office.tenant.pk).iterdir()] == [
        f"{export.pk}.xlsx"
    ]
    data = files.path_of(export).read_bytes()
    assert len(data) == office.row(export, "file_size")
    assert len(read_xlsx(data)) == ROWS + 1
    ((_task, _arguments, _lock, status, attempts),) = office.jobs()
    assert (status, attempts) == ("succeeded", 2)


def test_a_job_whose_workers_die_is_given_up(office, worker):  # noqa: F811
    export = ask_small(office)
    office.db.execute("UPDATE exports SET status = 'running' WHERE id = %s", [export.pk])
    office.as_owner(
        "UPDATE procrastinate_jobs SET status = 'doing', attempts = 2"
        " WHERE args ->> 'export_id' = %s",
        [str(export.pk)],
    )
    process = worker("--until-empty")
    process.communicate(timeout=SECONDS)
    assert office.row(export) == "failed"
    assert office.row(export, "error").startswith("The file could not be made.")
    ((_task, _arguments, _lock, status, _attempts),) = office.jobs()
    assert status == "failed"


def ask_small(office):
    with tenant_context(office.tenant, office.admin):
        return exports.request(
            kind="list", template_id="users_v1", file_format="csv", by=office.admin, background=True
        )


def test_a_worker_stops_when_asked_and_what_it_did_is_there(office, worker):  # noqa: F811
    export = ask_small(office)
    process = worker()
    wait_until(lambda: office.row(export) == "ready", SECONDS)
    process.send_signal(signal.SIGTERM)
    _output, said = process.communicate(timeout=SECONDS)
    assert (process.returncode, said) == (0, "")
    assert len(read_csv(files.path_of(export).read_bytes())) == 3
    assert office.as_owner("SELECT count(*) FROM procrastinate_workers") == [(0,)]


def test_finished_jobs_are_forgotten_after_a_week(office):
    """With the rights that the worker's role has in the queue."""
    old, young = ask_small(office), ask_small(office)
    for export in (old, young):  # one after the other: of one person's files one is made at a time
        for status in ("doing", "failed"):
            office.as_owner(
                "UPDATE procrastinate_jobs SET status = %s WHERE args ->> 'export_id' = %s",
                [status, str(export.pk)],
            )
    office.as_owner(
        "UPDATE procrastinate_events SET at = now() - interval '8 days' WHERE job_id IN"
        " (SELECT id FROM procrastinate_jobs WHERE args ->> 'export_id' = %s)",
        [str(old.pk)],
    )

    async def forget():
        async with app.open_async():
            await forget_finished_jobs(SimpleNamespace(app=app), timestamp=0)

    # In a thread of its own: after a browser test this one has a loop already.
    with app.replace_connector(jobs.worker_connector()), ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(forget())).result()
    assert [arguments["export_id"] for _task, arguments, *_rest in office.jobs()] == [str(young.pk)]
