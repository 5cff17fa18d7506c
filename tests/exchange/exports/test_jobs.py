"""Files that are made in the background: the job's function, called as a worker calls it."""

import os
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from procrastinate.exceptions import JobAborted

from core import jobs
from core.models import User
from core.rls import tenant_context
from exchange import exports, tasks
from exchange.exports import background, cleanup, files, progress, requests
from exchange.exports.kinds import KINDS, Kind
from tests.waiting import wait_until


@pytest.fixture
def building(monkeypatch):
    """Return a function that makes `builder` the one of an export of kind "person"."""
    monkeypatch.setattr(progress, "INTERVAL", 0.02)

    def use(builder):
        monkeypatch.setitem(KINDS, "person", Kind(builder))

    use(three_rows)
    return use


def three_rows(export, path, progress):
    path.write_text("a\n1\n2\n3\n")
    return 3


def ask(office, **options):
    with tenant_context(office.tenant, office.admin):
        return exports.request(
            kind="person", template_id="person", by=office.admin, file_format="csv", **options
        )


def run(office, export):
    tasks.make_export(**office.ids(export))


def stored(office):
    return sorted(path.name for path in files.directory(office.tenant.pk).iterdir())


def test_a_job_knows_ids_only_and_comes_with_its_row(office, building):
    export = ask(office)
    assert office.jobs() == [
        (
            "exchange.exports.background.make_export",
            office.ids(export),
            f"{office.tenant.pk} exports-{office.admin.pk}",
            "todo",
            0,
        )
    ]
    assert office.row(export, "status, file_size, requester_role") == ("queued", None, "admin")


def test_a_request_that_is_undone_leaves_no_job(office, building):
    with tenant_context(office.tenant, office.admin):
        ask(office)
        transaction.set_rollback(True)
    assert office.jobs() == []


def test_a_queued_file_is_made(office, building):
    export = ask(office)
    run(office, export)
    assert office.row(export, "status, row_count, rows_done, file_size, error") == (
        "ready", 3, 3, 8, None,
    )  # fmt: skip
    assert stored(office) == [f"{export.pk}.csv"]
    assert files.path_of(export).read_text() == "a\n1\n2\n3\n"


def test_a_file_that_is_there_is_not_made_again(office, building):
    export = ask(office)
    run(office, export)
    building(lambda *_: pytest.fail("made again"))
    run(office, export)
    assert office.row(export) == "ready"


def test_rows_done_are_seen_while_the_file_is_being_made(office, building):
    seen = []

    def slow(export, path, progress):
        progress(17)
        wait_until(lambda: office.row(export, "status, rows_done") == ("running", 17))
        seen.append(office.row(export, "started_at") is not None)
        return three_rows(export, path, progress)

    building(slow)
    export = ask(office)
    run(office, export)
    assert seen == [True]
    assert office.row(export, "status, rows_done") == ("ready", 3)


def test_a_cancelled_file_stops_and_leaves_nothing(office, building):
    def endless(export, path, progress):
        path.write_text("half")
        office.db.execute("UPDATE exports SET status = 'cancelled' WHERE id = %s", [export.pk])
        while True:
            progress(1)
            time.sleep(0.01)

    building(endless)
    export = ask(office)
    run(office, export)
    assert office.row(export, "status, file_size") == ("cancelled", None)
    assert stored(office) == []


def test_a_query_without_a_first_row_is_cancelled_too(office, building):
    def waiting(export, path, progress):
        path.write_text("")
        office.db.execute("UPDATE exports SET status = 'cancelled' WHERE id = %s", [export.pk])
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [20])
        pytest.fail("slept to the end")

    building(waiting)
    export = ask(office)
    run(office, export)
    assert office.row(export) == "cancelled"
    assert stored(office) == []


def test_cancelled_at_the_last_moment(office, building):
    """After the last row, before the row of the export says that it is ready."""

    def late(export, path, progress):
        progress.is_stopping = lambda: False
        rows = three_rows(export, path, progress)
        office.db.execute("UPDATE exports SET status = 'cancelled' WHERE id = %s", [export.pk])
        return rows

    building(late)
    export = ask(office)
    run(office, export)
    assert office.row(export) == "cancelled"
    assert stored(office) == []


def test_cancelled_before_its_turn(office, building):
    building(lambda *_: pytest.fail("made"))
    export = ask(office)
    with tenant_context(office.tenant, office.admin):
        assert requests.cancel(export)
        assert not requests.cancel(export)
    run(office, export)
    assert office.row(export) == "cancelled"


def test_a_refusal_is_shown_in_its_sentence(office, building):
    def refuse(export, path, progress):
        path.write_text("half")
        raise exports.ExportRefused("Too long for a page.")

    building(refuse)
    export = ask(office)
    run(office, export)
    assert office.row(export, "status, error") == ("failed", "Too long for a page.")
    assert office.row(export, "finished_at") is not None
    assert stored(office) == []


def attempt(number):
    """Return the context of a job that has been tried `number` times before."""
    job = SimpleNamespace(attempts=number)
    return SimpleNamespace(job=job, should_abort=lambda: False)


def test_a_failure_is_tried_three_times_and_reported_once(office, building):
    def fail(export, path, progress):
        path.write_text("half")
        raise OperationalError("secret of the machine")

    building(fail)
    export = ask(office)
    for number, status in [(0, "running"), (1, "running"), (2, "failed")]:
        with pytest.raises(OperationalError):
            tasks.make_export.func(attempt(number), **office.ids(export))
        assert office.row(export) == status
        assert stored(office) == []
    assert office.row(export, "error").startswith("The file could not be made.")

    # Retried by the person, it works.
    building(three_rows)
    with tenant_context(office.tenant, office.admin):
        assert requests.retry(export)
        assert not requests.retry(export)
    assert office.row(export, "status, error") == ("queued", None)
    assert len(office.jobs()) == 2
    run(office, export)
    assert office.row(export) == "ready"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET status = 'suspended' WHERE id = %(user)s",
        "UPDATE users SET deleted_at = now() WHERE id = %(user)s",
        "UPDATE tenants SET status = 'suspended' WHERE id = %(tenant)s",
    ],
)
def test_nothing_is_made_for_people_and_schools_that_are_suspended(office, building, statement):
    building(lambda *_: pytest.fail("made"))
    export = ask(office)
    office.as_owner(statement, {"user": office.admin.pk, "tenant": office.tenant.pk})
    run(office, export)
    assert office.row(export, "status, error") == (
        "failed",
        "The person or the school is no longer active.",
    )
    assert stored(office) == []


def test_what_a_killed_worker_left_is_written_over(office, building):
    export = ask(office)
    files.part_of(export).write_text("half a file of a worker that was killed")
    office.db.execute("UPDATE exports SET status = 'running' WHERE id = %s", [export.pk])
    run(office, export)
    assert stored(office) == [f"{export.pk}.csv"]
    assert files.path_of(export).read_text() == "a\n1\n2\n3\n"


def test_two_workers_never_make_the_same_file(office, building):
    export = ask(office)
    with office.committed.connect() as other:
        other.execute(background.LOCK, [str(export.pk)])
        with pytest.raises(background.Busy):
            run(office, export)
    assert office.row(export) == "running"
    run(office, export)
    assert office.row(export) == "ready"


def test_a_stopping_worker_puts_the_job_back(office, building):
    def endless(export, path, progress):
        path.write_text("half")
        while True:
            progress(1)
            time.sleep(0.01)

    building(endless)
    export = ask(office)
    context = attempt(2)
    context.should_abort = lambda: True
    with pytest.raises(JobAborted) as error:
        tasks.make_export.func(context, **office.ids(export))
    assert office.row(export) == "running"
    assert stored(office) == []
    decision = jobs.Retry().get_retry_decision(exception=error.value, job=context.job)
    assert decision.retry_at <= timezone.now()


def test_the_file_is_made_with_the_rights_of_that_moment(office, building):
    people = []

    def remember(export, path, progress):
        with connection.cursor() as cursor:
            cursor.execute("SELECT app.user_id()::text, app.user_role()")
            people.append(cursor.fetchone())
        return three_rows(export, path, progress)

    building(remember)
    export = ask(office)
    # The last admin of a school cannot be demoted.
    office.committed.new("users", email="b@example.com", name="B", role="admin")
    office.db.execute("UPDATE users SET role = 'teacher' WHERE id = %s", [office.admin.pk])
    run(office, export)
    assert people == [(str(office.admin.pk), "teacher")]


# --- afterwards -----------------------------------------------------------------------------------
def test_a_forged_job_lends_nobody_anothers_rights(office, building):
    """Who can write into the queue could name an admin beside a teacher's export."""
    with tenant_context(office.tenant, role="admin"):
        teacher = User.objects.get(pk=office.committed.teacher)
    with tenant_context(office.tenant, teacher):
        export = exports.request(
            kind="report",
            template_id="user_roster_v1",
            file_format="csv",
            by=teacher,
            background=True,
        )
    run(office, export)  # as the admin
    assert office.row(export, "status, row_count") == ("queued", None)
    assert stored(office) == []


def test_a_file_is_of_the_role_that_it_was_made_with(office, building):
    """Asked for as a teacher and made as an admin, it is nothing for the teacher again."""
    export = ask(office)
    statement = "UPDATE exports SET requester_role = 'teacher' WHERE id = %s"
    office.as_owner(statement, [export.pk])
    run(office, export)
    assert office.row(export, "status, requester_role") == ("ready", "admin")


def test_expired_exports_go_with_their_files(office, building):
    kept, gone = ask(office), ask(office)
    for export in (kept, gone):
        run(office, export)
    past = timezone.now() - timedelta(minutes=1)
    office.db.execute("UPDATE exports SET expires_at = %s WHERE id = %s", [past, gone.pk])
    tasks.remove_expired_exports(timestamp=0)
    assert stored(office) == [f"{kept.pk}.csv"]
    assert office.db.execute("SELECT id FROM exports").fetchall() == [(kept.pk,)]


def test_files_without_an_export_go_after_a_day(office, building):
    export = ask(office)
    run(office, export)
    directory = files.directory(office.tenant.pk)
    unfinished = directory / f"{export.pk}.part"  # of a run that was killed
    orphan = directory / "11111111-1111-1111-1111-111111111111.csv"
    foreign = directory / "notes.txt"
    for path in (unfinished, orphan, foreign):
        path.write_text("x")
    cleanup.remove_orphans()
    assert len(stored(office)) == 4

    day_ago = time.time() - cleanup.ORPHAN_SECONDS - 1
    for path in directory.iterdir():
        os.utime(path, (day_ago, day_ago))
    cleanup.remove_orphans()
    assert stored(office) == sorted([f"{export.pk}.csv", "notes.txt"])


def test_cleaning_up_needs_no_active_school(office, building):
    export = ask(office)
    run(office, export)
    past = timezone.now() - timedelta(minutes=1)
    office.db.execute("UPDATE exports SET expires_at = %s", [past])
    office.as_owner("UPDATE tenants SET status = 'archived' WHERE id = %s", [office.tenant.pk])
    assert cleanup.remove_expired() == 1
    assert stored(office) == []
