"""The embedded PostgreSQL server of one data directory: create, start, find, stop.

Its files are described in `cluster`, where it listens in `urls`.

A server outlives the process that started it, however that one ends. So nothing is remembered in
memory: "running" means that it answers a connection, and whoever comes next attaches to it.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from core.database import binaries
from core.database.accounts import server_account
from core.database.cluster import SETTINGS, Cluster
from core.database.errors import SetupError
from core.database.urls import SOCKET_NAME, check_private, embedded_url, socket_directory

START_SECONDS = 120  # crash recovery of a large database takes a while
STOP_SECONDS = 60
CONNECT_SECONDS = 5
LET_GO_SECONDS = 15  # that the last backends of a killed server need to notice and end
NO_PROCESS = 2**31 - 1  # larger than any process number
LARGEST_LOG = 10_000_000  # bytes, then it is set aside


class EmbeddedServer:
    """The server of `data_dir`; making this object starts nothing.

    `bin_dir` is the directory of PostgreSQL's programs (default: `binaries.bin_dir`), `settings`
    are configuration parameters on top of SETTINGS. All failures are SetupErrors.
    """

    def __init__(
        self,
        data_dir: Path | str,
        bin_dir: Path | str | None = None,
        settings: Mapping[str, str] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.data_dir = Path(data_dir).resolve()
        self.account = server_account(self.data_dir, environ)
        self.socket = socket_directory(self.data_dir, environ)
        self.cluster = Cluster(self.data_dir, self.account)
        self._bin_dir = bin_dir
        self._settings = SETTINGS | {"unix_socket_directories": _quoted_directory(self.socket)}
        self._settings |= settings or {}
        self._environ = environ

    def url(self, role: str, database: str = "school") -> str:
        """Return the libpq URL of `database` for the role "app", "owner" or "admin"."""
        return embedded_url(role, self.socket, database)

    def is_running(self) -> bool:
        """Say whether the server answers a connection."""
        try:
            psycopg.connect(self.url("admin", "postgres"), connect_timeout=CONNECT_SECONDS).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> bool:
        """Start the server, creating its cluster first where there is none.

        Returns True if this call started it, False if it was already running. Two processes that
        start at once take turns.
        """
        self.make_data_dir()
        with _clear_errors(self.data_dir), _locked(self.data_dir / "postgres.lock"):
            self.cluster.make_home()
            if self._is_running_after_waiting():
                return False
            self._make_socket_directory()
            programs = binaries.reachable_by(self.account, self._programs(), self.cluster.home)
            _refuse_shell_characters(self.cluster.data, programs)
            self.cluster.create(programs, durable=self._settings.get("fsync") != "off")
            self.cluster.check_version(programs)
            self.cluster.write_settings(self._settings)
            self._launch(programs)
            return True

    def stop(self) -> bool:
        """Stop the server, ending its clients' transactions. Returns False if there was none."""
        with _clear_errors(self.data_dir):
            process = self._postmaster()
            if process is None:
                return False
            try:
                process.send_signal(signal.SIGINT)  # "fast": roll back, checkpoint, exit
                if not self._has_ended(STOP_SECONDS):
                    process.send_signal(signal.SIGQUIT)  # recovers at the next start
                    self._has_ended(STOP_SECONDS)
            except psutil.NoSuchProcess:
                pass
            except psutil.AccessDenied:
                raise SetupError(
                    f"The database server of {self.data_dir} belongs to {process.username()}; "
                    "stop it as that account or as root."
                ) from None
            return True

    def identity(self) -> str | None:
        """Return what identifies this run of the server, or None while there is none."""
        process = self._postmaster()
        return f"{process.pid} {process.create_time():.2f}" if process else None

    # --- the process ---------------------------------------------------------------------------

    def _postmaster(self) -> psutil.Process | None:
        """Return the cluster's main process, or None.

        The pid in postmaster.pid may be stale and may by now belong to any other program.
        """
        try:
            pid = int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            ours = process.status() != psutil.STATUS_ZOMBIE and (
                str(self.cluster.data) in process.cmdline()
            )
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None
        return process if ours else None

    def _is_running_after_waiting(self) -> bool:
        """Say whether it runs, after giving one that is starting or stopping its time."""
        deadline = time.monotonic() + START_SECONDS
        while not self.is_running():
            process = self._postmaster()
            if process is None:
                return False
            if time.monotonic() > deadline:
                raise SetupError(
                    f"PostgreSQL (process {process.pid}) already uses {self.cluster.data} but "
                    f"does not answer on {self.socket}. Stop it with `manage.py database stop`."
                )
            time.sleep(0.1)
        return True

    def _has_ended(self, seconds: float) -> bool:
        # Not psutil's wait(): in a container whose first process reaps nobody, an orphan that
        # ended stays a zombie for ever.
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._postmaster() is None:
                return True
            time.sleep(0.05)
        return False

    def _launch(self, programs: Path) -> None:
        self._forget_stale_pids()
        log = self.cluster.log
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.rename(log.with_suffix(".log.1"))
        deadline = time.monotonic() + LET_GO_SECONDS
        while True:
            already_logged = log.stat().st_size if log.exists() else 0
            done = self.cluster.run(
                programs / "pg_ctl", "start", "--pgdata", self.cluster.data, "--log", log,
                "--wait", "--timeout", str(START_SECONDS), "--silent",
            )  # fmt: skip
            if done.returncode == 0 and self.is_running():
                return
            reason = self._why_not(done, already_logged)
            if "still in use" not in reason or time.monotonic() > deadline:
                raise SetupError(f"PostgreSQL did not start: {reason}. Its log is {log}.")
            time.sleep(0.5)

    def _forget_stale_pids(self) -> None:
        """Put a number that no process has into lock files whose process is no server any more.

        PostgreSQL takes any process of its own account with that number for a living server: one
        that got the number after a restart, or the zombie of the server in a container whose first
        process reaps nobody. The files stay, for PostgreSQL's own check for leftover backends.
        """
        for path in (self.cluster.data / "postmaster.pid", self.socket / f"{SOCKET_NAME}.lock"):
            try:
                pid, rest = path.read_text().split("\n", 1)
                process = psutil.Process(int(pid))
                is_server = process.name() in {"postgres", "postmaster"}
                if not is_server or process.status() == psutil.STATUS_ZOMBIE:
                    path.write_text(f"{NO_PROCESS}\n{rest}")
            except (FileNotFoundError, ValueError, psutil.Error):
                continue

    def _why_not(self, done: subprocess.CompletedProcess[str], already_logged: int) -> str:
        """Return PostgreSQL's own reason from what it logged since, without its full stop."""
        logged = ""
        if self.cluster.log.exists():
            with self.cluster.log.open(errors="replace") as log:
                log.seek(already_logged)
                logged = log.read()
        fatal = re.findall(r"(?:FATAL|PANIC|ERROR):\s+(.*)", logged)
        lines = (done.stderr or logged).strip().splitlines()
        return (fatal[-1] if fatal else lines[-1] if lines else "no reason given").rstrip(".")

    # --- directories and files -----------------------------------------------------------------

    def make_data_dir(self) -> None:
        """Create the data directory where there is none, and make sure we may write in it."""
        with _clear_errors(self.data_dir):
            if not self.data_dir.exists():
                self.data_dir.mkdir(parents=True)
                # The server's account passes through root's data directory, but sees nothing.
                self.data_dir.chmod(0o700 if self.account.is_caller else 0o711)
            if not self.data_dir.is_dir():
                raise NotADirectoryError(20, "Not a directory", str(self.data_dir))
            if not os.access(self.data_dir, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied", str(self.data_dir))

    def _make_socket_directory(self) -> None:
        if not self.socket.exists():
            self.socket.mkdir(mode=0o700)
            os.chown(self.socket, self.account.uid, self.account.gid)
        check_private(self.socket, self.account)

    def _programs(self) -> Path:
        return Path(self._bin_dir) if self._bin_dir else binaries.bin_dir(self._environ)


def _quoted_directory(directory: Path) -> str:
    """Return `directory` as one element of a comma-separated setting."""
    return '"' + str(directory).replace('"', '""') + '"'


def _refuse_shell_characters(*paths: Path) -> None:
    """Refuse what pg_ctl, which puts paths between double quotes for a shell, would garble."""
    for path in paths:
        if set(str(path)) & set('"$`\\'):
            raise SetupError(f'PostgreSQL cannot use {path}: it has one of " $ ` \\ in its name.')


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` alone; waits for another holder."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _clear_errors(data_dir: Path) -> Iterator[None]:
    """Turn an error of the file system into a sentence about the data directory."""
    hint = "Choose another data directory with SCHOOL_DATA_DIR."
    try:
        yield
    except (NotADirectoryError, FileExistsError) as error:
        raise SetupError(f"{error.filename or data_dir} is not a directory. {hint}") from error
    except PermissionError as error:
        raise SetupError(f"No permission to use {error.filename or data_dir}. {hint}") from error
    except OSError as error:
        raise SetupError(f"Cannot use {data_dir}: {error.strerror}. {hint}") from error
