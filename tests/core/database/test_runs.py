"""Who stops the server: a run what it started, nobody what was there before."""

import os
import signal
import subprocess
import sys

import pytest

from core.database.errors import SetupError
from core.database.runs import start_for_a_run, start_for_good
from core.database.server import EmbeddedServer

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("made_once")]

KILLED_RUN = """
import os
from core.database.runs import start_for_a_run
from core.database.server import EmbeddedServer
with start_for_a_run(EmbeddedServer({directory!r})):
    os.kill(os.getpid(), 9)
"""


def killed_run(directory):
    """Leave the server of a run that was killed behind."""
    run = subprocess.run([sys.executable, "-c", KILLED_RUN.format(directory=str(directory))])
    assert run.returncode == -signal.SIGKILL
    assert EmbeddedServer(directory).is_running()


def test_run_stops_what_it_started(directory):
    server = EmbeddedServer(directory)
    with start_for_a_run(server):
        assert server.is_running()
    assert not server.is_running()


def test_run_stops_what_it_started_after_an_error(directory):
    server = EmbeddedServer(directory)
    with pytest.raises(KeyboardInterrupt), start_for_a_run(server):
        raise KeyboardInterrupt
    assert not server.is_running()


def test_run_leaves_a_server_that_was_started_for_good(directory):
    server = EmbeddedServer(directory)
    assert start_for_good(server) is True
    before = server.identity()
    with start_for_a_run(server):
        assert server.identity() == before
    assert server.identity() == before


def test_run_takes_over_the_server_of_a_killed_run(directory):
    killed_run(directory)
    server = EmbeddedServer(directory)
    before = server.identity()
    with start_for_a_run(server):
        assert server.identity() == before
    assert not server.is_running()


def test_run_leaves_what_was_kept_after_a_killed_run(directory):
    killed_run(directory)
    server = EmbeddedServer(directory)
    assert start_for_good(server) is False
    with start_for_a_run(server):
        pass
    assert server.is_running()


def test_second_run_of_the_same_directory_is_refused(directory, monkeypatch):
    monkeypatch.setattr("core.database.runs.OTHER_RUN_SECONDS", 0.1)
    server = EmbeddedServer(directory)
    with start_for_a_run(server):
        message = f"^{directory} is already served by process {os.getpid()}"
        with pytest.raises(SetupError, match=message), start_for_a_run(EmbeddedServer(directory)):
            pytest.fail("two runs at once")
        assert server.is_running()
