"""Fixtures: PostgreSQL servers and directories of a test's own (imported by conftest.py files)."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from core.database.cluster import Cluster
from core.database.server import EmbeddedServer

QUICK = {"fsync": "off", "shared_buffers": "16MB"}


@pytest.fixture
def directory():
    """A fresh directory with a short path, which as root the server's own account can pass."""
    path = Path(tempfile.mkdtemp(prefix="school-"))
    path.chmod(0o711)
    yield path
    _stop_and_remove(path)


@pytest.fixture(scope="session")
def server():
    """A running server that no other test uses; tests make databases of their own on it."""
    path = Path(tempfile.mkdtemp(prefix="school-"))
    path.chmod(0o711)
    server = EmbeddedServer(path, settings=QUICK)
    server.start()
    yield server
    _stop_and_remove(path)


@pytest.fixture(scope="session")
def _made_cluster(server):
    """A cluster as initdb leaves it, with the server's programs."""
    path = Path(tempfile.mkdtemp(prefix="school-"))
    path.chmod(0o711)
    made = EmbeddedServer(path, settings=QUICK)
    made.cluster.make_home()
    made.cluster.create(Path(query(server, "SELECT setting FROM pg_config WHERE name = 'BINDIR'")))
    yield made.cluster.data
    shutil.rmtree(path)


@pytest.fixture
def made_once(_made_cluster, monkeypatch):
    """New clusters are copies of one: initdb takes most of the time of a server's first start."""

    def copy(cluster, programs, durable=True):
        if not cluster.data.exists():
            subprocess.run(["/bin/cp", "-a", _made_cluster, cluster.data], check=True)

    monkeypatch.setattr(Cluster, "create", copy)


def query(server, text):
    """Return the one value that the administrator is answered."""
    with psycopg.connect(server.url("admin", "postgres")) as connection:
        return connection.execute(text).fetchone()[0]


def _stop_and_remove(path):
    """Stop every server below `path`, however a test left it, and remove its files everywhere."""
    homes = [home for depth in ("", "*/", "*/*/") for home in path.glob(f"{depth}postgres")]
    for home in homes:
        server = EmbeddedServer(home.parent)
        server.stop()
        for place in (server.cluster.home, server.socket):
            shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(path)


@pytest.fixture
def as_another_account():
    """Return a function that calls another one as an account without rights and returns its str.

    By a fork: root's rights are dropped for good, in the child only.
    """

    def call(function):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                if os.geteuid() == 0:
                    os.setgroups([])
                    os.setresgid(65534, 65534, 65534)
                    os.setresuid(65534, 65534, 65534)
                answer = str(function())
            except BaseException as error:
                answer = f"{type(error).__name__}: {error}"
            os.write(writing, answer.encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answers:
            answer = answers.read()
        os.waitpid(child, 0)
        return answer

    return call
