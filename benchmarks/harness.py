"""What benchmarks share: an installation of their own, and how long something takes."""

import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import django

from core.database import roles
from core.database.server import EmbeddedServer

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "school.settings",
    "DEBUG": "off",
    "SECRET_KEY": "benchmark-that-signs-nothing-for-anybody-and-is-gone-afterwards",
    "LOG_LEVEL": "ERROR",
}


@contextmanager
def installation():
    """Yield the server of a new and migrated installation, which is removed in the end.

    Django is set up for it: models can be imported inside the block, and not before.
    """
    directory = Path(tempfile.mkdtemp(prefix="school-bench-"))
    directory.chmod(0o711)  # as root, the server's own account must get in
    os.environ |= ENVIRONMENT | {"SCHOOL_DATA_DIR": str(directory)}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ.pop(name, None)
    server = EmbeddedServer(directory, settings={"fsync": "off", "max_wal_size": "4GB"})
    try:
        server.start()
        roles.prepare(server.url("admin"))
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def enter(connection, tenant, user, role):
    """Put a connection's transaction into the context of a person."""
    connection.execute(f"call app.enter('{tenant}', '{user}'); set local role school_{role}")


def milliseconds(do, runs):
    """Return (the milliseconds of each run of `do`, what the last run returned)."""
    times, result = [], None
    for _run in range(runs):
        start = time.perf_counter()
        result = do()
        times.append((time.perf_counter() - start) * 1000)
    return times, result
