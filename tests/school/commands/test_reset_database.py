"""`manage.py reset_database`, as its own process on a database of its own."""

import functools
import os
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings

from core.database import reset, roles
from core.database.errors import SetupError
from school.management.commands.reset_database import require_consent
from tests import prepared

pytestmark = pytest.mark.process

NAME = "to_reset"
COUNTS = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM attendance)"


@pytest.fixture
def database(postgres):
    """A migrated database; returns its URL for a role."""
    with prepared.new_database(postgres, NAME, prepared.MIGRATED_DATABASE):
        yield lambda role: postgres.url(role, NAME)


def run_manage(url, data_dir, *arguments, **variables):
    """Run manage.py on the database of `url(role)`; return (status, output)."""
    inherited = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    environment = inherited | {
        "DATABASE_URL": url("app"),
        "DATABASE_OWNER_URL": url("owner"),
        "SCHOOL_DATA_DIR": str(data_dir),
        "DEBUG": "on",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment | variables,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout


@pytest.fixture
def manage(database, tmp_path):
    """Return `run_manage` for that database."""
    return functools.partial(run_manage, database, tmp_path)


def test_reset_and_seed(seeded):
    """What it made of a database with a table of somebody else's (tests/prepared.py)."""
    assert prepared.seeding_output().splitlines() == [
        "Emptying test_seeded ...",
        "Applying migrations ...",
        "Filling in the example schools ...",
        "The database test_seeded is new. Restart the web server if one is running.",
    ]
    # In use as it is afterwards: the application's role sees nothing without a context.
    with psycopg.connect(seeded.url("app", prepared.SEEDED_DATABASE)) as app:
        assert app.execute(COUNTS).fetchone() == (0, 0)
        assert app.execute("SELECT name FROM app.tenant_for_host('localhost')").fetchone() == (
            "Lakeview Demo School",
        )
    with psycopg.connect(seeded.url("owner", prepared.SEEDED_DATABASE)) as owner:
        people, records = owner.execute(COUNTS).fetchone()
        assert people > 750
        assert records > 15_000
        assert owner.execute("SELECT to_regclass('leftover.something')").fetchone() == (None,)
        extensions = owner.execute("SELECT extname FROM pg_extension ORDER BY 1").fetchall()
        assert [name for (name,) in extensions] == sorted([*roles.EXTENSIONS, "plpgsql"])


def test_reset_of_a_filled_database_with_debug_off(manage, database):
    with psycopg.connect(database("owner")) as owner:
        owner.execute(
            "INSERT INTO tenants (name, subdomain, contact_email) VALUES ('A', 'a', 'a@b.example')"
        )
    status, output = manage("reset_database", "--force", NAME, DEBUG="off", SECRET_KEY="x" * 50)
    assert status == 0, output
    with psycopg.connect(database("owner")) as owner:
        assert owner.execute("SELECT count(*) FROM tenants").fetchone() == (0,)


def test_example_schools_are_made_once(seeded, tmp_path):
    with prepared.new_database(seeded, NAME, prepared.SEEDED_DATABASE):
        status, output = run_manage(
            lambda role: seeded.url(role, NAME), tmp_path, "seed", "--profile", "dev"
        )
    assert (status, output.count("there already")) == (0, 3)


def test_without_a_terminal_nothing_happens(manage, database):
    with psycopg.connect(database("owner")) as owner:
        owner.execute("CREATE TABLE precious (id int)")
    assert manage("reset_database") == (
        1,
        "CommandError: There is no terminal to ask on; say --no-input to reset without asking.\n",
    )
    with psycopg.connect(database("owner")) as owner:
        assert owner.execute("SELECT to_regclass('precious')").fetchone() == ("precious",)


def test_in_use(database, monkeypatch):
    monkeypatch.setattr(reset, "LOCK_SECONDS", 1)
    with (
        psycopg.connect(database("owner")) as other,
        psycopg.connect(database("owner"), autocommit=True) as connection,
    ):
        other.execute("CREATE TABLE busy (id int)")
        other.commit()
        other.execute("SELECT * FROM busy")
        with pytest.raises(SetupError, match="The database is in use"):
            reset.empty(connection)


def test_local(database):
    with psycopg.connect(database("owner")) as connection:
        assert reset.is_local(connection.info)


@pytest.mark.parametrize(
    ("host", "address", "expected"),
    [
        ("/run/postgresql", "", True),
        ("localhost", "127.0.0.1", True),
        ("localhost", "::1", True),
        ("db.example.org", "192.0.2.7", False),
        ("localhost", "192.0.2.7", False),
    ],
)
def test_local_by_address(host, address, expected):
    class Info:
        pass

    info = Info()
    info.host, info.hostaddr = host, address
    assert reset.is_local(info) is expected


@pytest.mark.parametrize(
    ("local", "debug", "force", "refusal"),
    [
        (True, True, None, None),
        (True, True, "school", None),
        (False, False, "school", None),
        (False, True, None, "it is not on this machine"),
        (True, False, None, "DEBUG is off"),
        (True, False, "yes", "is called school, not yes"),
        (True, True, "", "is called school, not"),
    ],
)
def test_consent(local, debug, force, refusal):
    if refusal is None:
        assert require_consent("school", local=local, debug=debug, force=force) is None
        return
    with pytest.raises(SetupError, match=refusal):
        require_consent("school", local=local, debug=debug, force=force)
