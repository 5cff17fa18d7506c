"""Large files in the background: the jobs' functions, called as a worker calls them."""

from types import SimpleNamespace

import pytest
from django.db import connections, transaction
from procrastinate.exceptions import JobAborted

from core.models import Tenant, User
from core.rls import tenant_context
from exchange import imports, tasks
from exchange.imports import bulk, progress, service, staging, undoing, uploads
from exchange.models import ImportBatch
from tests.exchange.exports.conftest import office  # noqa: F401 - a fixture
from tests.factories.committed import committed  # noqa: F401 - a fixture
from tests.factories.imports import upload

ROWS = [["E-mail", "Name", "Role"]] + [[f"p{n}@a.example", f"P {n}", "student"] for n in range(9)]


@pytest.fixture(autouse=True)
def _large(settings, monkeypatch):
    settings.IMPORT_BACKGROUND_ROWS = 5
    monkeypatch.setattr(bulk, "PIECE", 2)


def ask(office, rows=ROWS):  # noqa: F811
    with tenant_context(office.tenant, office.admin):
        batch = imports.stage(upload(rows), "core.user", office.admin)
        return imports.start_check(batch)


def ids(office, batch):  # noqa: F811
    return {
        "tenant_id": str(office.tenant.pk),
        "user_id": str(office.admin.pk),
        "batch_id": str(batch.pk),
    }


def state(office, batch, columns="status, created_count"):  # noqa: F811
    return office.committed.fetch_one(
        f"SELECT {columns} FROM import_batches WHERE id = %s", batch.pk
    )


def people(office):  # noqa: F811
    return office.committed.fetch_one("SELECT count(*) FROM users WHERE email LIKE 'p%%@a.example'")


def attempt(number=0, should_abort=lambda: False):
    return SimpleNamespace(job=SimpleNamespace(attempts=number), should_abort=should_abort)


def checked(office):  # noqa: F811
    batch = ask(office)
    tasks.check_import(**ids(office, batch))
    return batch


def start_apply(office, batch):  # noqa: F811
    with tenant_context(office.tenant, office.admin):
        imports.start_apply(ImportBatch.objects.get(pk=batch.pk), office.admin)


def test_a_large_file_is_checked_and_applied_by_jobs(office):  # noqa: F811
    batch = ask(office)
    assert (batch.status, batch.row_count) == ("checking", 9)
    tasks.check_import(**ids(office, batch))
    assert state(office, batch, "status, created_count, rows_done") == ("previewed", 9, 9)
    assert people(office) == 0
    start_apply(office, batch)
    assert state(office, batch) == ("running", 9)
    tasks.apply_import(**ids(office, batch))
    assert state(office, batch, "status, created_count, applied_at is not null") == (
        "applied", 9, True,
    )  # fmt: skip
    assert people(office) == 9
    lock = f"{office.tenant.pk} imports"
    assert office.jobs() == [
        (f"exchange.imports.jobs.{name}", ids(office, batch), lock, "todo", 0)
        for name in ("check_import", "apply_import")
    ]
    source = office.committed.fetch_one(
        "SELECT metadata ->> 'source', metadata ->> 'import_batch' FROM audit_logs"
        " WHERE resource_type = 'user' ORDER BY timestamp DESC LIMIT 1"
    )
    assert source == ("import", str(batch.pk))


def test_a_request_that_is_undone_leaves_no_job(office):  # noqa: F811
    with tenant_context(office.tenant, office.admin):
        imports.start_check(imports.stage(upload(ROWS), "core.user", office.admin))
        transaction.set_rollback(True)
    assert office.jobs() == []


def test_rows_done_are_seen_meanwhile(office, monkeypatch):  # noqa: F811
    seen = []
    judge = bulk.judge

    def slow(resource, sheet, *, whole, progress):
        def look(rows):
            progress(rows)
            seen.append(state(office, batch, "rows_done"))

        return judge(resource, sheet, whole=whole, progress=look)

    monkeypatch.setattr(bulk, "judge", slow)
    batch = ask(office)
    tasks.check_import(**ids(office, batch))
    assert seen == [2, 4, 6, 8, 9]


def test_a_worker_that_is_stopped_leaves_it_to_the_next(office):  # noqa: F811
    batch = checked(office)
    start_apply(office, batch)
    with pytest.raises(JobAborted):
        tasks.apply_import.func(attempt(should_abort=lambda: True), **ids(office, batch))
    assert (state(office, batch), people(office)) == (("running", 9), 0)
    tasks.apply_import(**ids(office, batch))
    assert (state(office, batch), people(office)) == (("applied", 9), 9)
    tasks.apply_import(**ids(office, batch))
    assert people(office) == 9


def test_a_crash_writes_nothing_and_is_reported_after_the_last_run(office, monkeypatch):  # noqa: F811
    batch = checked(office)
    start_apply(office, batch)
    write = staging.Staging.write

    def crash(staged):
        write(staged)
        raise RuntimeError("secret of the machine")

    monkeypatch.setattr(staging.Staging, "write", crash)
    for number, status in [(0, "running"), (1, "running"), (2, "failed")]:
        with pytest.raises(RuntimeError):
            tasks.apply_import.func(attempt(number), **ids(office, batch))
        assert state(office, batch, "status") == status
        assert people(office) == 0
    assert "secret" not in state(office, batch, "error")


def test_of_two_who_apply_a_batch_the_second_is_refused(office, settings):  # noqa: F811
    settings.IMPORT_BACKGROUND_ROWS = 100
    batch = ask(office)

    def apply():
        try:
            with tenant_context(office.tenant, office.admin):
                return imports.apply(ImportBatch.objects.get(pk=batch.pk), office.admin).status
        except imports.ImportRefused as refusal:
            return str(refusal)
        finally:
            connections.close_all()

    with office.committed.connect() as first:
        first.execute(service.LOCK, [str(batch.pk)])
        with office.committed.overtaken(apply) as result:
            first.execute("UPDATE import_batches SET status = 'applied'")
            first.commit()
            assert result() == "This import is not ready to be applied."
    assert people(office) == 0


LOST = [
    ({"status": "suspended"}, "Your account or your school was closed meanwhile."),
    ({"role": "teacher"}, "You are no longer allowed to do this."),
]


@pytest.mark.parametrize(("change", "sentence"), LOST)
def test_rights_count_at_the_moment_of_the_work(office, change, sentence):  # noqa: F811
    batch = checked(office)
    start_apply(office, batch)
    with tenant_context(Tenant(pk=office.tenant.pk), role="admin"):
        User.objects.filter(pk=office.admin.pk).update(**change)
    tasks.apply_import(**ids(office, batch))
    assert state(office, batch, "status, error") == ("failed", sentence)
    assert people(office) == 0


def test_a_forged_job_does_nothing_in_anothers_name(office):  # noqa: F811
    batch = checked(office)
    other = office.committed.new("users", email="o@example.com", name="Other", role="admin")
    start_apply(office, batch)
    tasks.apply_import(**ids(office, batch) | {"user_id": str(other)})
    assert (state(office, batch, "status"), people(office)) == ("running", 0)
    tasks.apply_import(**ids(office, batch))
    assert (state(office, batch, "status"), people(office)) == ("applied", 9)


def test_what_changed_since_the_check_refuses_all(office):  # noqa: F811
    batch = checked(office)
    start_apply(office, batch)
    office.committed.new("users", email="p4@a.example", name="P", role="student", phone="1")
    tasks.apply_import(**ids(office, batch))
    # It was to be new and is to be changed now, which is no harm.
    assert state(office, batch, "status, created_count, changed_count") == ("applied", 8, 1)


def applied(office):  # noqa: F811
    batch = checked(office)
    start_apply(office, batch)
    tasks.apply_import(**ids(office, batch))
    return batch


def start_undo(office, batch):  # noqa: F811
    with tenant_context(office.tenant, office.admin):
        imports.start_undo(ImportBatch.objects.get(pk=batch.pk), office.admin)


def present(office):  # noqa: F811
    return office.committed.fetch_one(
        "SELECT count(*) FROM users WHERE email LIKE 'p%%@a.example' AND deleted_at IS NULL"
    )


def test_a_large_import_is_undone_by_a_job_once(office):  # noqa: F811
    batch = applied(office)
    start_undo(office, batch)
    assert (state(office, batch, "status, rows_done"), present(office)) == (("undoing", 0), 9)
    with pytest.raises(imports.ImportRefused, match="is being undone"):
        start_undo(office, batch)
    lock = f"{office.tenant.pk} imports"
    jobs = [job for job in office.jobs() if job[0] == "exchange.imports.jobs.undo_import"]
    assert jobs == [("exchange.imports.jobs.undo_import", ids(office, batch), lock, "todo", 0)]
    for _run in range(2):
        tasks.undo_import(**ids(office, batch))
        columns = state(office, batch, "status, rows_done, undone_by, error")
        assert columns == ("undone", 9, office.admin.pk, None)
        assert present(office) == 0
    with pytest.raises(imports.ImportRefused, match="already undone"):
        start_undo(office, batch)


def test_how_far_an_undo_is_can_be_seen_meanwhile(office, monkeypatch):  # noqa: F811
    seen = []
    take_back = undoing.Undoing.take_back

    def look(undoing):
        seen.append(state(office, batch, "status, rows_done"))
        take_back(undoing)

    monkeypatch.setattr(undoing.Undoing, "take_back", look)
    batch = applied(office)
    start_undo(office, batch)
    tasks.undo_import(**ids(office, batch))
    assert seen == [("undoing", 4)]


def test_what_stands_against_an_undo_comes_to_stand_on_the_batch(office):  # noqa: F811
    batch = applied(office)
    with tenant_context(office.tenant, office.admin):
        User.objects.filter(email="p3@a.example").update(name="X", phone="+1")
        User.objects.filter(email="p4@a.example").update(name="Y")
        day = f"{User.objects.get(email='p4@a.example').updated_at:%-d %B %Y}"
    start_undo(office, batch)
    tasks.undo_import(**ids(office, batch))
    status, error = state(office, batch, "status, error")
    assert (status, present(office)) == ("applied", 9)
    assert error.splitlines() == [
        f"Row 5: name was changed to “X” on {day}.",
        f"Row 6: name was changed to “Y” on {day}.",
    ]
    office.committed.db.execute(
        "UPDATE users SET name = 'P ' || substr(email, 2, 1) WHERE email LIKE 'p%@a.example'"
    )
    start_undo(office, batch)
    assert state(office, batch, "status, error") == ("undoing", None)
    tasks.undo_import(**ids(office, batch))
    assert (state(office, batch, "status"), present(office)) == ("undone", 0)


def test_an_undo_that_crashes_leaves_all_as_it_was(office, monkeypatch):  # noqa: F811
    batch = applied(office)
    start_undo(office, batch)
    take_back = undoing.Undoing.take_back

    def crash(undoing):
        take_back(undoing)
        raise RuntimeError("secret of the machine")

    monkeypatch.setattr(undoing.Undoing, "take_back", crash)
    for number, status in [(0, "undoing"), (1, "undoing"), (2, "applied")]:
        with pytest.raises(RuntimeError):
            tasks.undo_import.func(attempt(number), **ids(office, batch))
        assert (state(office, batch, "status"), present(office)) == (status, 9)
    assert state(office, batch, "error").startswith("Something went wrong on our side.")


def test_a_worker_that_is_stopped_leaves_an_undo_to_the_next(office):  # noqa: F811
    batch = applied(office)
    start_undo(office, batch)
    with pytest.raises(JobAborted):
        tasks.undo_import.func(attempt(should_abort=lambda: True), **ids(office, batch))
    assert (state(office, batch, "status"), present(office)) == ("undoing", 9)
    tasks.undo_import(**ids(office, batch))
    assert (state(office, batch, "status"), present(office)) == ("undone", 0)


@pytest.mark.parametrize(("change", "sentence"), LOST)
def test_nobody_undoes_what_they_may_no_longer(office, change, sentence):  # noqa: F811
    batch = applied(office)
    start_undo(office, batch)
    with tenant_context(Tenant(pk=office.tenant.pk), role="admin"):
        User.objects.filter(pk=office.admin.pk).update(**change)
    tasks.undo_import(**ids(office, batch))
    assert state(office, batch, "status, error") == ("applied", sentence)
    assert present(office) == 9


def test_old_uploads_are_removed(office, monkeypatch):  # noqa: F811
    batch = ask(office)
    (path,) = uploads.root().glob(f"{office.tenant.pk}/*/*")
    tasks.remove_old_uploads(timestamp=0)
    assert path.exists()
    monkeypatch.setattr(uploads, "KEPT_SECONDS", -10)
    tasks.remove_old_uploads(timestamp=0)
    assert not path.exists()
    tasks.check_import(**ids(office, batch))
    assert state(office, batch, "status, error") == (
        "refused",
        "The uploaded file is no longer there. Please upload it again.",
    )


def test_small_files_have_no_bar(office, settings):  # noqa: F811
    settings.IMPORT_BACKGROUND_ROWS = 9
    batch = ask(office)
    assert (batch.status, office.jobs()) == ("previewed", [])
    with progress.progress_of(batch) as report:
        assert report is None
