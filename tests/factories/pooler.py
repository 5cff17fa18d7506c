"""PgBouncer before the test's server, handing connections on after each transaction."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from core.database.urls import USERS
from tests.waiting import wait_until

PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])  # Debian's
PORT = 6432
CONFIGURATION = """
[databases]
* = host={server} port=5432
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {directory}
auth_type = trust
auth_file = {directory}/users
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
"""


def program():
    """Return the path of PgBouncer; without it the test is skipped, or fails where required."""
    path = shutil.which("pgbouncer", path=PLACES)
    if path is None:
        reason = "POOLER TESTS NOT RUN: pgbouncer is not installed."
        if os.environ.get("REQUIRE_POOLER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


class Pooler:
    """A server as the application sees it through PgBouncer; owner and administrator go past it."""

    def __init__(self, server, directory):
        self.server = server
        self.directory = directory

    def url(self, role, database="school"):
        if role != "app":
            return self.server.url(role, database)
        host = quote(str(self.directory), safe="")
        return f"postgresql://{USERS[role]}@/{database}?host={host}&port={PORT}"

    def answers(self, database):
        try:
            psycopg.connect(self.url("app", database)).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def pooler(server, database, size=1):
    """Run PgBouncer with `size` connections to each database of `server`; yield its `Pooler`."""
    command = program()
    directory = Path(tempfile.mkdtemp(prefix="school-pooler-"))
    directory.chmod(0o711)  # PgBouncer runs as the server's account: root it refuses to be
    os.chown(directory, server.account.uid, server.account.gid)
    settings = {"server": server.socket, "directory": directory, "port": PORT, "size": size}
    (directory / "pgbouncer.ini").write_text(CONFIGURATION.format(**settings))
    (directory / "users").write_text(f'"{USERS["app"]}" ""\n')
    for file in directory.iterdir():
        file.chmod(0o644)
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(
            [command, directory / "pgbouncer.ini"],
            stdout=log, stderr=log, **server.account.popen_options(),
        )  # fmt: skip
    try:
        pooled = Pooler(server, directory)
        wait_until(lambda: process.poll() is not None or pooled.answers(database))
        assert process.poll() is None, (directory / "log").read_text()
        yield pooled
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(directory)
