"""Who stops the embedded server: the run that started it, or nobody until it is stopped by hand."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.database.errors import SetupError

if TYPE_CHECKING:
    from core.database.server import EmbeddedServer

OTHER_RUN_SECONDS = 5  # that a run which is just ending has to finish


def start_for_good(server: EmbeddedServer) -> bool:
    """Start the server to stay until `database stop`. Returns False if it was running already."""
    started = server.start()
    _marker(server).unlink(missing_ok=True)
    return started


@contextmanager
def start_for_a_run(server: EmbeddedServer) -> Iterator[None]:
    """Start the server for the time of the block, and stop it afterwards.

    One that was running already is left running, unless a run started it and was killed. Raises
    SetupError while another run uses the same data directory.
    """
    server.make_data_dir()
    with _only_run(server):
        ours = not server.is_running() or _started_by_killed_run(server)
        try:
            server.start()
            if ours:
                _marker(server).write_text(server.identity() or "")
            yield
        finally:
            if ours:
                server.stop()
                _marker(server).unlink(missing_ok=True)


def start_again(server: EmbeddedServer) -> None:
    """Start the server that ended during a run; who stops it stays as it was."""
    server.start()
    if _marker(server).exists():
        _marker(server).write_text(server.identity() or "")


def _marker(server: EmbeddedServer) -> Path:
    """Return the file that names the server a run is to stop, for when that run is killed."""
    return server.data_dir / "run.server"


def _started_by_killed_run(server: EmbeddedServer) -> bool:
    try:
        return _marker(server).read_text() == server.identity()
    except FileNotFoundError:
        return False


@contextmanager
def _only_run(server: EmbeddedServer) -> Iterator[None]:
    """Hold the data directory's run lock, which holds the number of the process that has it."""
    with (server.data_dir / "run.lock").open("a+") as file:
        deadline = time.monotonic() + OTHER_RUN_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    file.seek(0)
                    raise SetupError(
                        f"{server.data_dir} is already served by process {file.read()}. Stop that "
                        "one first, or choose another directory with SCHOOL_DATA_DIR."
                    ) from None
            time.sleep(0.2)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
