"""/healthz and /readyz: what a monitor is told, and when pages could not be served."""

import json
import uuid

import psycopg
import pytest
from django.conf import settings as current
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from core import health, jobs
from core.models import Tenant
from core.rls import tenant_context
from core.services.mail import send_mail
from tests import prepared
from tests.databases import Elsewhere
from tests.factories.queue import execute

READY = {
    "ready": True,
    "problem": None,
    "worker": {"alive": False},
    "jobs": {"oldest_waiting_seconds": 0, "failed": 0},
}
UNKNOWN = {
    "ready": False,
    "worker": {"alive": None},
    "jobs": {"oldest_waiting_seconds": None, "failed": None},
}


def readyz(client):
    """Return the status, `Retry-After` and the answer."""
    response = client.get("/readyz", headers={"host": "any.example"})
    return response.status_code, response.headers.get("Retry-After"), response.json()


def defer():
    """Queue a job, at whatever school."""
    with tenant_context(Tenant(pk=uuid.uuid4())):
        jobs.defer(send_mail, mail_id=uuid.uuid4())


def test_healthz_asks_nothing(client):
    """Without the fixture `db` a query would fail the test."""
    response = client.get("/healthz", headers={"host": "any.example"})
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_of_a_sound_application(client, db):
    assert readyz(client) == (200, None, READY)


# The database -------------------------------------------------------------------------------------


def test_readyz_without_a_database(postgres, django_db_setup, django_db_blocker):
    away = Elsewhere(postgres, "not_there", django_db_blocker)
    assert away.run(health.readiness) == UNKNOWN | {"problem": "database not reachable"}


def test_readyz_says_when_to_ask_again(client, monkeypatch):
    monkeypatch.setattr(health, "database_problem", lambda: "migrations not applied")
    problem = UNKNOWN | {"problem": "migrations not applied"}
    assert readyz(client) == (503, "5", problem)


def test_readyz_with_a_migration_that_is_missing(postgres, django_db_setup, django_db_blocker):
    with prepared.new_database(postgres, "test_readyz", prepared.MIGRATED_DATABASE) as name:
        copy = Elsewhere(postgres, name, django_db_blocker)
        assert copy.run(health.readiness) == READY
        with psycopg.connect(postgres.url("owner", name)) as owner:
            owner.execute(
                "DELETE FROM django_migrations WHERE id ="
                " (SELECT max(id) FROM django_migrations WHERE app = 'reporting')"
            )
        assert copy.run(health.readiness) == UNKNOWN | {"problem": "migrations not applied"}


def test_readyz_whose_database_goes_away_meanwhile(client, db, monkeypatch):
    def gone():
        execute("SELECT 1/0")

    monkeypatch.setattr(jobs, "worker_is_there", gone)
    problem = UNKNOWN | {"problem": "database not reachable"}
    assert readyz(client) == (503, "5", problem)


# Static files -------------------------------------------------------------------------------------


@pytest.fixture
def collected(settings, tmp_path):
    """Return the manifest of collected static files, as production has them."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "style.css").write_text("p { color: red }\n")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = current.STORAGES | {
        "staticfiles": {"BACKEND": "school.storage.StaticStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    start_again(settings)
    return settings.STATIC_ROOT / "staticfiles.json"


def start_again(settings):
    """Forget the storage, which reads its manifest when it is made."""
    settings.STATIC_ROOT = settings.STATIC_ROOT
    assert not hasattr(staticfiles_storage._wrapped, "hashed_files")


def test_readyz_with_collected_static_files(client, db, collected):
    assert list(json.loads(collected.read_text())["paths"]) == ["style.css"]
    assert readyz(client) == (200, None, READY)


@pytest.mark.parametrize("text", [None, "", "{", "\udcff"], ids=["gone", "empty", "cut", "bytes"])
def test_readyz_without_a_readable_manifest(client, db, collected, text):
    if text is None:
        collected.unlink()
    else:
        collected.write_bytes(text.encode(errors="surrogateescape"))
    problem = "static files not collected" if text is None else "static files not readable"
    assert readyz(client) == (503, "5", UNKNOWN | {"problem": problem})


def test_readyz_with_a_manifest_that_cannot_be_read(client, db, collected):
    collected.unlink()
    collected.mkdir()  # root may read every file, so that no mode keeps it away
    problem = UNKNOWN | {"problem": "static files not readable"}
    assert readyz(client) == (503, "5", problem)


def test_readyz_of_a_process_older_than_its_static_files(client, db, collected, settings):
    text = collected.read_text()
    collected.unlink()
    assert readyz(client)[2]["problem"] == "static files not collected"
    collected.write_text(text)
    assert readyz(client)[2]["problem"] == "static files collected after the start"
    start_again(settings)
    assert readyz(client) == (200, None, READY)


# The worker and its jobs --------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "alive"), [(0, True), (50, True), (70, False)])
def test_readyz_says_whether_a_worker_lives(client, db, seconds, alive):
    execute(
        "INSERT INTO procrastinate_workers (last_heartbeat)"
        f" VALUES (clock_timestamp() - interval '{seconds} seconds')"
    )
    assert readyz(client) == (200, None, READY | {"worker": {"alive": alive}})


def queue(client):
    status, _, answer = readyz(client)
    assert (status, answer["ready"]) == (200, True)
    return answer["jobs"]


def test_readyz_says_how_long_the_oldest_job_waits(client, db):
    for _ in range(2):
        defer()
    assert queue(client) == {"oldest_waiting_seconds": 0, "failed": 0}
    execute(
        "UPDATE procrastinate_events SET at = now() - interval '90 seconds'"
        " WHERE id = (SELECT min(id) FROM procrastinate_events)"
    )
    assert queue(client) == {"oldest_waiting_seconds": 90, "failed": 0}
    execute("UPDATE procrastinate_jobs SET status = 'doing'")
    assert queue(client) == {"oldest_waiting_seconds": 0, "failed": 0}


def test_readyz_knows_when_a_job_was_to_begin(client, db):
    defer()
    execute("UPDATE procrastinate_events SET at = now() - interval '1 day'")
    for start, waiting in [("+ interval '1 hour'", 0), ("- interval '30 seconds'", 30)]:
        execute(f"UPDATE procrastinate_jobs SET scheduled_at = now() {start}")
        assert queue(client) == {"oldest_waiting_seconds": waiting, "failed": 0}


def test_readyz_counts_the_jobs_that_were_given_up(client, db):
    for _ in range(3):
        defer()
    execute(
        "UPDATE procrastinate_jobs SET status = 'failed'"
        " WHERE id > (SELECT min(id) FROM procrastinate_jobs)"
    )
    assert queue(client) == {"oldest_waiting_seconds": 0, "failed": 2}
