"""`manage.py quickstart`, as its own process with its own server, as a person would run it."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import psutil
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from core.database.server import EmbeddedServer
from tests import prepared
from tests.waiting import wait_until

pytestmark = pytest.mark.process

# Without DEBUG no example schools are made, which would take most of the time here; the seed has
# tests of its own.
ENVIRONMENT = {"DEBUG": "off", "HTTPS": "off", "SECRET_KEY": "a-secret-of-the-tests-" * 3}


@pytest.fixture
def environment(directory):
    unset = {"DATABASE_URL", "DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE", "MAKELEVEL", "PORT"}
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    return inherited | ENVIRONMENT | {"SCHOOL_DATA_DIR": str(directory)}


@pytest.fixture
def migrated(directory):
    """The data directory has a migrated database: this start is not the first."""
    prepared.copy("cast", directory)


@pytest.fixture
def port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def manage(environment):
    """Return a function that runs a management command to its successful end."""

    def run(*arguments):
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)

    return run


@pytest.fixture
def quickstart(environment, port):
    """Return a function that runs quickstart, and returns the process and what it has printed.

    That is all until it serves, or until it ends.
    """
    started = []

    def run():
        process = subprocess.Popen(
            [sys.executable, "manage.py", "quickstart", "--port", str(port)],
            cwd=settings.BASE_DIR, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        started.append(process)
        printed = []
        for line in process.stdout:
            printed.append(line.rstrip())
            if line.startswith("Stop with Ctrl-C"):
                break
        return process, printed

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        if not process.stdout.closed:
            process.communicate()


def get(port, path):
    """Return the status with which the web server answers, or None while there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def readiness(port):
    """Return what /readyz answers, as a dict."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return json.load(answer)


def stop(process, number):
    """Send the signal `number`; return the exit status and what is printed until the end."""
    process.send_signal(number)
    output, _ = process.communicate(timeout=90)
    return process.returncode, output


def worker_of(process):
    """Return quickstart's worker, once there is one."""

    def pids():
        return [c for c in psutil.Process(process.pid).children() if "worker" in c.cmdline()]

    return wait_until(pids)[0]


@pytest.mark.usefixtures("migrated")
def test_quickstart_starts_a_dead_worker_again(quickstart, port):
    process, _ = quickstart()
    first = worker_of(process)
    first.kill()
    wait_until(lambda: not first.is_running())
    assert worker_of(process).pid != first.pid
    assert get(port, "/readyz") == 200
    status, output = stop(process, signal.SIGTERM)
    assert (status, output) == (
        0,
        "The worker ended with status -9; it is started again.\nStopped.\n",
    )


@pytest.mark.usefixtures("migrated")
def test_quickstart_starts_a_dead_database_again(quickstart, directory, port):
    process, _ = quickstart()
    worker, server = worker_of(process), EmbeddedServer(directory)
    first = server.identity()
    postmaster = psutil.Process(int(first.split()[0]))
    postmaster.kill()
    postmaster.wait()
    wait_until(lambda: server.identity() not in (None, first))
    wait_until(lambda: get(port, "/readyz") == 200)
    # The database knows no school of this host: none of the connections from before gives an error.
    assert [get(port, "/login/") for _ in range(40)] == [404] * 40
    # The worker has lived on.
    assert worker_of(process).pid == worker.pid
    wait_until(lambda: readiness(port)["worker"] == {"alive": True})
    status, output = stop(process, signal.SIGTERM)
    assert status == 0
    assert "The database had ended; it is started again." in output.splitlines()
    assert server.identity() is None


def test_quickstart_stops_what_it_started(quickstart, manage, directory, port):
    server = EmbeddedServer(directory)

    # Prepared before: the database stays.
    manage("quickstart", "--no-serve")
    prepared = server.identity()
    process, printed = quickstart()
    assert f"Serving on http://localhost:{port}/" in printed
    assert get(port, "/readyz") == 200
    worker = worker_of(process)
    started = psutil.Process(process.pid).children(recursive=True)
    assert any("gunicorn" in " ".join(child.cmdline()) for child in started)
    assert stop(process, signal.SIGTERM) == (0, "Stopped.\n")
    assert get(port, "/healthz") is None
    assert not any(child.is_running() for child in (worker, *started))
    assert server.identity() == prepared
    manage("database", "stop")

    # Killed: web server and worker end too, and the next start takes the database over.
    process, _ = quickstart()
    worker = worker_of(process)
    process.kill()
    process.communicate()
    wait_until(lambda: not worker.is_running())
    left = server.identity()
    assert left
    process, _ = quickstart()
    assert server.identity() == left
    assert stop(process, signal.SIGINT) == (0, "Stopped.\n")
    assert get(port, "/healthz") is None
    assert not server.is_running()


def test_quickstart_on_a_taken_port_ends_at_once(quickstart, directory, port):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        process, printed = quickstart()
        assert process.wait(10) == 1
    assert printed == [
        f"CommandError: Cannot use port {port}: Address already in use. Is the application already "
        f"running? Choose another port, for example: make run PORT={port + 1}"
    ]
    assert list(directory.iterdir()) == []


def test_quickstart_with_a_database_that_does_not_answer(environment, directory, port):
    urls = {
        "DATABASE_URL": "postgresql://school_app@127.0.0.1:1/school",
        "DATABASE_OWNER_URL": "postgresql://school_owner@127.0.0.1:1/school",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "quickstart", "--port", str(port)],
        cwd=settings.BASE_DIR, env=environment | urls, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: Cannot use the database that DATABASE_URL and")
    assert "init_database --admin-url" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (directory / "postgres").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_quickstart_with_an_impossible_port(port):
    with pytest.raises(CommandError, match=f"must be a number from 1 to 65535, not '{port}'"):
        call_command("quickstart", f"--port={port}")
