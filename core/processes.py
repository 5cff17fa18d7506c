"""Running other programs for as long as this one runs, and ending together with them."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.database.errors import SetupError

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_SECONDS = 15  # for a child to end by itself
PR_SET_PDEATHSIG = 1


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first signal that asks us to stop into KeyboardInterrupt, and ignore later ones.

    So a `finally` runs to its end, even when the person presses Ctrl-C again.
    """

    def stop(*_: object) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_with_parent() -> None:
    """Have the kernel send us SIGTERM when our parent ends, also when it is killed. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@contextmanager
def child(command: Sequence[str | Path], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` for the time of the block; it is stopped at the end, or with this process.

    It gets a session of its own: Ctrl-C reaches this process only, which decides the order. A
    signal waits until it runs: Python drops exceptions that are raised while it forks.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        end_with_parent()

    process = None
    try:
        try:
            process = subprocess.Popen(
                command,
                env=os.environ | environment,
                start_new_session=True,
                preexec_fn=prepare,  # noqa: PLW1509 - no other thread runs yet
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        yield process
    finally:
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def require_free_port(host: str, port: int, seconds: float = 3) -> None:
    """Raise SetupError when `port` is taken.

    Waits a little first: the server of a killed run needs a moment to end.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            with socket.socket() as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host, port))
            return
        except PermissionError:
            raise SetupError(f"No permission to use port {port}. Choose one above 1023.") from None
        except OSError as error:
            if time.monotonic() > deadline:
                raise SetupError(
                    f"Cannot use port {port}: {error.strerror}. Is the application already "
                    f"running? Choose another port, for example: make run PORT={port + 1}"
                ) from None
        time.sleep(0.2)


def wait_until_serving(process: subprocess.Popen[bytes], url: str) -> None:
    """Wait until `process` answers on `url`; raise SetupError when it ends before that."""
    while process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - http, and our own
            return
        except urllib.error.HTTPError as error:
            raise SetupError(f"The web server answers {error.code} on {url}.") from None
        except OSError:
            time.sleep(0.1)
    raise SetupError("The web server did not start; its messages above say why.")
