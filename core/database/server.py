"""The embedded PostgreSQL server of one data directory: create, start, find, stop.

    data_dir/postgres        all that belongs to the server's account, mode 0700; a symbolic link
                             to such a directory below /var/lib when that account cannot get here
    data_dir/postgres/data   the cluster
    data_dir/socket          the socket (or in /tmp, see `urls.socket_directory`)

A server outlives the process that started it, however that one ends. So nothing is remembered in
memory: "running" means that it answers a connection, and whoever comes next attaches to it.
"""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from core.database import binaries
from core.database.accounts import server_account
from core.database.errors import SetupError
from core.database.urls import check_private, embedded_url, socket_directory

START_SECONDS = 120  # crash recovery of a large database takes a while
STOP_SECONDS = 60
CONNECT_SECONDS = 5
LARGEST_LOG = 10_000_000  # bytes, then it is set aside

# For a developer's machine with two cores; durability stays as PostgreSQL ships it.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %u@%d ",
    # A refused row would be quoted in the log; people's data does not belong there.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class EmbeddedServer:
    """The server of `data_dir`; making this object starts nothing.

    `bin_dir` is the directory of PostgreSQL's programs (default: `binaries.bin_dir`), `settings`
    are configuration parameters on top of SETTINGS. All failures are SetupErrors.
    """

    def __init__(self, data_dir, bin_dir=None, settings=None, environ=os.environ):
        self.data_dir = Path(data_dir).resolve()
        self.account = server_account(self.data_dir, environ)
        self.socket = socket_directory(self.data_dir, environ)
        self._link = self.data_dir / "postgres"
        self._bin_dir = bin_dir
        self._settings = SETTINGS | {"unix_socket_directories": _quoted_directory(self.socket)}
        self._settings |= settings or {}
        self._environ = environ

    @property
    def home(self):
        # Resolved: the server's account cannot follow a link out of where it cannot go, and the
        # server's command line is compared with the cluster's path.
        return self._link.resolve()

    @property
    def cluster(self):
        return self.home / "data"

    @property
    def log(self):
        return self.home / "server.log"

    def url(self, role, database="school"):
        """Return the libpq URL of `database` for the role "app", "owner" or "admin"."""
        return embedded_url(role, self.socket, database)

    def is_running(self):
        """Say whether the server answers a connection."""
        try:
            psycopg.connect(self.url("admin", "postgres"), connect_timeout=CONNECT_SECONDS).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self):
        """Start the server, creating its cluster first where there is none.

        Returns True if this call started it, False if it was already running. Two processes that
        start at once take turns.
        """
        with _clear_errors(self.data_dir):
            self.make_data_dir()
            with _locked(self.data_dir / "postgres.lock"):
                if self._is_running_after_waiting():
                    return False
                self._make_home()
                self._make_socket_directory()
                programs = binaries.reachable_by(self.account, self._programs(), self.home)
                self._make_cluster(programs)
                self._check_version(programs)
                self._write_settings()
                self._launch(programs)
                return True

    def stop(self):
        """Stop the server, ending its clients' transactions. Returns False if there was none."""
        with _clear_errors(self.data_dir):
            process = self._postmaster()
            if process is None:
                return False
            try:
                process.send_signal(signal.SIGINT)  # "fast": roll back, checkpoint, exit
                if not self._has_ended(process, STOP_SECONDS):
                    process.send_signal(signal.SIGQUIT)  # recovers at the next start
                    self._has_ended(process, STOP_SECONDS)
            except psutil.NoSuchProcess:
                pass
            except psutil.AccessDenied:
                raise SetupError(
                    f"The database server of {self.data_dir} belongs to {process.username()}; "
                    "stop it as that account or as root."
                ) from None
            return True

    def identity(self):
        """Return what tells this run of the server from any other, or None while there is none."""
        process = self._postmaster()
        return f"{process.pid} {process.create_time():.2f}" if process else None

    # --- the process ---------------------------------------------------------------------------

    def _postmaster(self):
        """Return the cluster's main process, or None.

        The pid in postmaster.pid may be stale and may by now belong to any other program.
        """
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            ours = process.status() != psutil.STATUS_ZOMBIE and (
                str(self.cluster) in process.cmdline()
            )
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None
        return process if ours else None

    def _is_running_after_waiting(self):
        """Say whether it runs, after giving one that is starting or stopping its time."""
        deadline = time.monotonic() + START_SECONDS
        while not self.is_running():
            process = self._postmaster()
            if process is None:
                return False
            if time.monotonic() > deadline:
                raise SetupError(
                    f"PostgreSQL (process {process.pid}) already uses {self.cluster} but does not "
                    f"answer on {self.socket}. Stop it with `manage.py database stop`."
                )
            time.sleep(0.1)
        return True

    def _has_ended(self, process, seconds):
        # Not psutil's wait(): in a container whose first process reaps nobody, an orphan that
        # ended stays a zombie for ever.
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._postmaster() is None:
                return True
            time.sleep(0.05)
        return False

    def _launch(self, programs):
        self._forget_stale_pid()
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.rename(self.log.with_suffix(".log.1"))
        deadline = time.monotonic() + 15
        while True:
            already_logged = self.log.stat().st_size if self.log.exists() else 0
            done = self._run(
                programs / "pg_ctl", "start", "--pgdata", self.cluster, "--log", self.log,
                "--wait", "--timeout", str(START_SECONDS), "--silent",
            )  # fmt: skip
            if done.returncode == 0 and self.is_running():
                return
            reason = self._why_not(done, already_logged)
            # The last backends of a killed server need a moment to notice and to let go.
            if "still in use" not in reason or time.monotonic() > deadline:
                raise SetupError(f"PostgreSQL did not start: {reason}. Its log is {self.log}.")
            time.sleep(0.5)

    def _forget_stale_pid(self):
        """Remove postmaster.pid when its pid is now another program's.

        PostgreSQL takes any living process of its own account for a server, and after a restart of
        the machine or container that process is often something else.
        """
        try:
            path = self.cluster / "postmaster.pid"
            process = psutil.Process(int(path.read_text().split("\n", 1)[0]))
            if process.name() not in {"postgres", "postmaster"}:
                path.unlink()
        except (FileNotFoundError, ValueError, psutil.Error):
            return

    def _why_not(self, done, already_logged):
        """Return PostgreSQL's own reason from what it logged since, without its full stop."""
        logged = ""
        if self.log.exists():
            with self.log.open(errors="replace") as log:
                log.seek(already_logged)
                logged = log.read()
        fatal = re.findall(r"(?:FATAL|PANIC|ERROR):\s+(.*)", logged)
        lines = (done.stderr or logged).strip().splitlines()
        return (fatal[-1] if fatal else lines[-1] if lines else "no reason given").rstrip(".")

    def _run(self, *command):
        """Run one of PostgreSQL's programs as the server's account, away from our terminal."""
        try:
            return subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                cwd=self.home,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                umask=0o077,
                start_new_session=True,
                **self.account.popen_options(),
            )
        except PermissionError:
            raise SetupError(
                f"Cannot run {command[0]} as the account {self.account.name}. "
                "Set SCHOOL_POSTGRES_USER to an account that can."
            ) from None

    # --- directories and files -----------------------------------------------------------------

    def make_data_dir(self):
        """Create the data directory where there is none, and make sure we may write in it."""
        if not self.data_dir.exists():
            self.data_dir.mkdir(parents=True)
            # The server's account passes through root's data directory, but lists nothing in it.
            self.data_dir.chmod(0o700 if self.account.is_caller else 0o711)
        if not self.data_dir.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(self.data_dir))
        if not os.access(self.data_dir, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(self.data_dir))

    def _make_home(self):
        if self._link.is_symlink():
            self._check_link()
        elif not self._link.exists():
            if self.account.can_enter(self.data_dir):
                self._link.mkdir(mode=0o700)
                os.chown(self._link, self.account.uid, self.account.gid)
            else:
                self._link.symlink_to(self._home_elsewhere())
        elif self._link.stat().st_uid != self.account.uid:
            raise SetupError(
                f"{self._link} does not belong to the account {self.account.name}. Run this as "
                "the account that made it, or as root."
            )

    def _home_elsewhere(self):
        parent = "/var/lib" if os.access("/var/lib", os.W_OK) else "/var/tmp"  # noqa: S108
        home = Path(tempfile.mkdtemp(prefix="school-postgres-", dir=parent))
        (home / "belongs-to").write_text(str(self.data_dir))
        binaries.give(home, self.account)
        return home

    def _check_link(self):
        """Refuse a link that leads nowhere, or to the database of another data directory."""
        if not self._link.exists():
            raise SetupError(
                f"{self._link} points to {self._link.readlink()}, which is gone, and the database "
                "with it. Remove the link to start with an empty database."
            )
        label = self.home / "belongs-to"
        owner = Path(label.read_text())
        their_link = owner / "postgres"
        if owner != self.data_dir and their_link.exists() and their_link.samefile(self.home):
            raise SetupError(
                f"{self._link} points to the database of {owner}. Remove the link to give this "
                "copy a database of its own."
            )
        label.write_text(str(self.data_dir))

    def _make_socket_directory(self):
        if not self.socket.exists():
            self.socket.mkdir(mode=0o700)
            os.chown(self.socket, self.account.uid, self.account.gid)
        check_private(self.socket, self.account)

    def _programs(self):
        return Path(self._bin_dir) if self._bin_dir else binaries.bin_dir(self._environ)

    def _make_cluster(self, programs):
        if self.cluster.exists():
            return
        # Made beside its place: an interrupted initdb leaves nothing that looks like a cluster.
        for leftover in self.home.glob("data.*"):
            shutil.rmtree(leftover)
        unfinished = Path(tempfile.mkdtemp(prefix="data.", dir=self.home))
        os.chown(unfinished, self.account.uid, self.account.gid)
        done = self._run(
            programs / "initdb", "--pgdata", unfinished, "--username", "postgres",
            "--encoding", "UTF8", "--auth", "trust", "--data-checksums", "--no-instructions",
            *_locale_options(binaries.major_version(programs)),
        )  # fmt: skip
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise SetupError(f"PostgreSQL could not create its database: {reason}")
        self._write(unfinished / "pg_hba.conf", "local all all trust\n")
        with (unfinished / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude_if_exists = 'school.conf'\n")
        unfinished.rename(self.cluster)

    def _check_version(self, programs):
        try:
            made_by = int((self.cluster / "PG_VERSION").read_text())
        except (FileNotFoundError, ValueError):
            raise SetupError(
                f"{self.cluster} is not a PostgreSQL data directory. Move it away, or choose "
                "another directory with SCHOOL_DATA_DIR."
            ) from None
        version = binaries.major_version(programs)
        if made_by != version:
            raise SetupError(
                f"The database in {self.cluster} was made by PostgreSQL {made_by}, but this is "
                f"PostgreSQL {version}. Point SCHOOL_POSTGRES_BIN to the programs of PostgreSQL "
                f"{made_by}, or choose a new directory with SCHOOL_DATA_DIR and restore a backup."
            )

    def _write_settings(self):
        lines = [f"{name} = {_quoted(value)}\n" for name, value in self._settings.items()]
        header = "# Written at every start; use ALTER SYSTEM for settings of your own.\n"
        self._write(self.cluster / "school.conf", header + "".join(lines))

    def _write(self, path, text):
        path.write_text(text)
        path.chmod(0o600)
        os.chown(path, self.account.uid, self.account.gid)


def _locale_options(version):
    """Return initdb's options for an order by code point that no system upgrade changes."""
    if version >= 17:
        return ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
    return ["--locale", "C.UTF-8"]


def _quoted(value):
    """Return `value` as a string of postgresql.conf."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _quoted_directory(directory):
    """Return `directory` as one element of a comma-separated setting."""
    return '"' + str(directory).replace('"', '""') + '"'


@contextmanager
def _locked(path):
    """Hold the lock file `path` alone; waits for another holder."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _clear_errors(data_dir):
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
