"""Fixtures: PostgreSQL servers and directories of a test's own (imported by conftest.py files)."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from core.database.server import EmbeddedServer


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
    server = EmbeddedServer(path, settings={"fsync": "off"})
    server.start()
    yield server
    _stop_and_remove(path)


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
