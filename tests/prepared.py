"""PostgreSQL clusters that are made once and copied: migrating and seeding take half a minute.

    cast      `school`, a migrated database without rows; `test_school`, the same with the cast;
              `test_browser`, that with another school for the browser's journeys
    seed      `test_seeded`, which `manage.py reset_database --seed dev` has made, and its files

A cluster is kept below the temporary directory under a name that follows from everything it is made
of, so a change of a migration, a model or a seed makes it anew. Processes that need the same one
take turns. `python -m tests.prepared KIND DIRECTORY` makes one.
"""

import fcntl
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from core.database import binaries, roles
from core.database.server import EmbeddedServer
from core.database.urls import DATABASE

BASE_DIR = Path(__file__).resolve().parent.parent
APPS = ["core", "exchange", "academics", "finance", "reporting", "oneroster", "portal", "school"]
QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
# What a cluster depends on, as patterns below BASE_DIR.
MIGRATED = [
    "requirements.txt",
    "tests/prepared.py",
    "core/database/**/*.py",
    "school/settings*.py",
    *(f"{app}/migrations/**/*" for app in APPS),
]
SOURCES = {
    "cast": [
        *MIGRATED,
        "tests/factories/cast.py",
        "core/rls.py",
        *(f"{app}/models/*.py" for app in APPS),
    ],
    "seed": [*MIGRATED, *(f"{app}/**/*.py" for app in APPS)],
}
MIGRATED_DATABASE, CAST_DATABASE = DATABASE, "test_school"
BROWSER_DATABASE, SEEDED_DATABASE = "test_browser", "test_seeded"
KEPT = 8  # clusters of a kind; the oldest others are removed


@contextmanager
def server(kind):
    """Start a server on a copy of the cluster `kind`, in a directory that is gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="school-test-"))
    directory.chmod(0o711)  # as root, the server's own account must get in
    started = copy(kind, directory)
    try:
        started.start()
        _run_on_top(started)
        yield started
    finally:
        started.stop()
        for place in (started.cluster.home, started.socket, directory):
            shutil.rmtree(place, ignore_errors=True)


def _run_on_top(server):
    """Run the SQL files that SCHOOL_TEST_SQL names (tests/mutants) in every database."""
    texts = [
        (BASE_DIR / name).read_text() for name in os.environ.get("SCHOOL_TEST_SQL", "").split()
    ]
    if texts:
        with psycopg.connect(server.url("admin", "postgres")) as admin:
            databases = admin.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")
            names = [name for (name,) in databases if name != "postgres"]
        for name in names:
            with psycopg.connect(server.url("owner", name)) as owner:
                for text in texts:
                    owner.execute(text)


def copy(kind, directory):
    """Copy the cluster `kind` into the data directory `directory`; return its stopped server."""
    server = EmbeddedServer(directory, settings=QUICK)
    server.make_data_dir()
    server.cluster.make_home()
    with _made(kind) as made:
        source = EmbeddedServer(made).cluster.data
        subprocess.run(["/bin/cp", "-a", source, server.cluster.data], check=True)
    return server


def seeded_files():
    """Return the directory of the files (MEDIA_ROOT) that belong to the cluster `seed`."""
    with _made("seed") as made:
        return made / "media"


def seeded_exports():
    """Return the directory of its exported files (EXPORT_ROOT)."""
    with _made("seed") as made:
        return made / "exports"


def seeding_output():
    """Return what `manage.py reset_database` printed when it made the cluster `seed`."""
    with _made("seed") as made:
        return (made / "output").read_text()


@contextmanager
def new_database(server, name, template):
    """Copy the database `template` on `server` as `name`, for the time of the block."""
    _create(server, name, template)
    try:
        yield name
    finally:
        with psycopg.connect(server.url("admin", "postgres"), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _create(server, name, template):
    with psycopg.connect(server.url("admin", "postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    roles.prepare(server.url("admin", name), name)  # grants on a database are not copied


# --- making ---------------------------------------------------------------------------------------


@contextmanager
def _made(kind):
    """Make the cluster where there is none; nobody removes it during the block."""
    parent = Path(tempfile.gettempdir()) / f"school-test-clusters-{os.getuid()}"
    parent.mkdir(exist_ok=True)
    parent.chmod(0o711)
    directory = parent / f"{kind}-{_key(kind)}"
    with _locked(directory):
        if not (directory / "output").exists():
            shutil.rmtree(directory, ignore_errors=True)
            _remove_old(parent, kind)
            directory.mkdir()
            directory.chmod(0o711)
            _make_in_a_process(kind, directory)
        os.utime(directory)
        yield directory


@contextmanager
def _locked(directory, operation=fcntl.LOCK_EX):
    with directory.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, operation)
        yield


def _key(kind):
    """Return a name for the present state of all that the cluster is made of."""
    programs = binaries.bin_dir()
    digest = hashlib.sha256(f"{programs} {binaries.major_version(programs)}".encode())
    if kind == "seed":  # its school days lie around today
        digest.update(datetime.now(UTC).date().isoformat().encode())
    for pattern in SOURCES[kind]:
        for path in sorted(BASE_DIR.glob(pattern)):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(BASE_DIR)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _remove_old(parent, kind):
    made = [path for path in parent.glob(f"{kind}-*") if path.is_dir()]
    made.sort(key=lambda path: path.stat().st_mtime)
    for path in made[: len(made) + 1 - KEPT]:
        with suppress(BlockingIOError), _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(path, ignore_errors=True)
            path.with_suffix(".lock").unlink()


def _make_in_a_process(kind, directory):
    unset = {"DATABASE_URL", "DATABASE_OWNER_URL", "SEED_PASSWORD"}
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    environment["DJANGO_SETTINGS_MODULE"] = "school.settings_test"
    done = subprocess.run(
        [sys.executable, "-m", "tests.prepared", kind, str(directory)],
        cwd=BASE_DIR, env=environment, text=True, capture_output=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"The test cluster was not made:\n{done.stdout}{done.stderr}")


def main(kind, directory):
    directory = Path(directory)
    server = EmbeddedServer(directory, settings=QUICK)
    server.start()
    try:
        output = _make_cast(server) if kind == "cast" else _make_seed(server, directory)
    finally:
        server.stop()
    (directory / "output").write_text(output)  # last: without it the cluster is not whole


def _django(server, database):
    """Set Django up with `database`, which is prepared for it."""
    import django

    os.environ["DATABASE_URL"] = server.url("app", database)
    os.environ["DATABASE_OWNER_URL"] = server.url("owner", database)
    roles.prepare(server.url("admin", database), database)
    django.setup()


def _make_cast(server):
    _django(server, MIGRATED_DATABASE)
    from django.core.management import call_command
    from django.db import connections

    from tests.databases import connect_to
    from tests.factories.cast import make_browser_school, make_cast

    call_command("migrate", verbosity=0)
    for database, template, fill in [
        (CAST_DATABASE, MIGRATED_DATABASE, make_cast),
        (BROWSER_DATABASE, CAST_DATABASE, make_browser_school),
    ]:
        connections.close_all()
        _create(server, database, template)
        connect_to(server, database)
        fill()
    connections.close_all()
    return ""


def _make_seed(server, directory):
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    _django(server, SEEDED_DATABASE)
    with psycopg.connect(server.url("owner", SEEDED_DATABASE)) as owner:
        owner.execute("CREATE SCHEMA leftover; CREATE TABLE leftover.something (id int)")
    settings.MEDIA_ROOT, settings.EXPORT_ROOT = directory / "media", directory / "exports"
    settings.DEBUG = True
    output = io.StringIO()
    call_command("reset_database", no_input=True, seed="dev", stdout=output)
    connections.close_all()
    return output.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:])
