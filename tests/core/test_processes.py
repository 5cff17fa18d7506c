"""Programs that end together with the one that started them."""

import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from core import processes
from core.database.errors import SetupError
from tests.waiting import wait_until

pytestmark = pytest.mark.process

SLEEP = ["/bin/sleep", "60"]


@pytest.mark.parametrize("number", processes.STOP_SIGNALS)
def test_stoppable_ends_at_any_stop_signal_and_cleans_up_undisturbed(number):
    before = signal.getsignal(number)
    cleaned = []

    def be_stopped():
        try:
            os.kill(os.getpid(), number)
            time.sleep(10)
        finally:
            os.kill(os.getpid(), number)
            cleaned.append(True)

    with pytest.raises(KeyboardInterrupt), processes.stoppable():
        be_stopped()
    assert cleaned == [True]
    assert signal.getsignal(number) == before


def test_child_ends_with_the_block():
    with processes.child(SLEEP) as child:
        assert child.poll() is None
    assert child.returncode == -signal.SIGTERM


@pytest.mark.parametrize("number", processes.STOP_SIGNALS)
def test_a_signal_while_a_child_starts_is_not_lost(number):
    script = f"""
import os
from core import processes
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), {int(number)}))
try:
    with processes.stoppable(), processes.child({SLEEP!r}) as child:
        print("lost", child.pid)
except KeyboardInterrupt:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("stopped, and no child is left")
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("stopped, and no child is left\n", "")


def test_a_child_can_be_stopped_by_signals():
    script = "import signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    program = f"""
import sys
from core import processes
with processes.child([sys.executable, "-c", {script!r}]) as child:
    child.wait()
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "set()\n"


def test_child_that_does_not_want_to_end_is_killed(monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    ready = tmp_path / "ready"
    stubborn = f"trap '' TERM; : > {ready}; while :; do sleep 1; done"
    with processes.child(["/bin/sh", "-c", stubborn]) as child:
        wait_until(ready.exists)
    assert child.returncode == -signal.SIGKILL


def test_child_ends_when_its_parent_is_killed():
    """Linux only: other kernels do not tell a process of its parent's end."""
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from core import processes\n"
            f"with processes.child({SLEEP!r}) as child:\n"
            "    print(child.pid, flush=True)\n"
            "    child.wait()",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_port_that_is_free():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    processes.require_free_port("127.0.0.1", port)


def test_port_that_is_taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        message = rf"^Cannot use port {port}: .* make run PORT={port + 1}$"
        with pytest.raises(SetupError, match=message):
            processes.require_free_port("127.0.0.1", port, seconds=0)


def test_server_that_ends_before_it_serves():
    with (
        processes.child(["/bin/false"]) as child,
        pytest.raises(SetupError, match="did not start"),
    ):
        processes.wait_until_serving(child, "http://127.0.0.1:1/")
