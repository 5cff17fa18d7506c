"""The files of the embedded server: where they are, who owns them, how they are made.

data_dir/postgres        all that belongs to the server's account, mode 0700; a symbolic link
                         to such a directory below /var/lib when that account cannot get here
data_dir/postgres/data   the cluster
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.database import binaries
from core.database.errors import SetupError

if TYPE_CHECKING:
    from core.database.accounts import Account

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


class Cluster:
    """The PostgreSQL cluster of `data_dir`, owned by `account`."""

    def __init__(self, data_dir: Path, account: Account) -> None:
        self.data_dir = data_dir
        self.account = account
        self._link = data_dir / "postgres"

    @property
    def home(self) -> Path:
        # Resolved: the server's account cannot follow a link out of where it cannot go, and the
        # server's command line is compared with the cluster's path.
        return self._link.resolve()

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def make_home(self) -> None:
        """Create the directory of all files, where the account can get to them."""
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

    def _home_elsewhere(self) -> Path:
        parent = "/var/lib" if os.access("/var/lib", os.W_OK) else "/var/tmp"  # noqa: S108
        home = Path(tempfile.mkdtemp(prefix="school-postgres-", dir=parent))
        (home / "belongs-to").write_text(str(self.data_dir))
        binaries.give(home, self.account)
        return home

    def _check_link(self) -> None:
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

    def create(self, programs: Path, durable: bool = True) -> None:
        """Create the cluster with `programs` where there is none.

        Without `durable` it does not wait for the disk: for servers that run with fsync off.
        """
        if self.data.exists():
            return
        # Made beside its place: an interrupted initdb leaves nothing that looks like a cluster.
        for leftover in self.home.glob("data.*"):
            shutil.rmtree(leftover)
        unfinished = Path(tempfile.mkdtemp(prefix="data.", dir=self.home))
        os.chown(unfinished, self.account.uid, self.account.gid)
        done = self.run(
            programs / "initdb", "--pgdata", unfinished, "--username", "postgres",
            "--encoding", "UTF8", "--auth", "trust", "--data-checksums", "--no-instructions",
            *_locale_options(binaries.major_version(programs)),
            *([] if durable else ["--no-sync"]),
        )  # fmt: skip
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise SetupError(f"PostgreSQL could not create its database: {reason}")
        self._write(unfinished / "pg_hba.conf", "local all all trust\n")
        with (unfinished / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude_if_exists = 'school.conf'\n")
        unfinished.rename(self.data)

    def check_version(self, programs: Path) -> None:
        """Refuse a cluster that another major version than that of `programs` made."""
        try:
            made_by = int((self.data / "PG_VERSION").read_text())
        except (FileNotFoundError, ValueError):
            raise SetupError(
                f"{self.data} is not a PostgreSQL data directory. Move it away, or choose "
                "another directory with SCHOOL_DATA_DIR."
            ) from None
        version = binaries.major_version(programs)
        if made_by != version:
            raise SetupError(
                f"The database in {self.data} was made by PostgreSQL {made_by}, but this is "
                f"PostgreSQL {version}. Point SCHOOL_POSTGRES_BIN to the programs of PostgreSQL "
                f"{made_by}, or choose a new directory with SCHOOL_DATA_DIR and restore a backup."
            )

    def write_settings(self, settings: Mapping[str, str]) -> None:
        lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
        header = "# Written at every start; use ALTER SYSTEM for settings of your own.\n"
        self._write(self.data / "school.conf", header + "".join(lines))

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o600)
        os.chown(path, self.account.uid, self.account.gid)

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
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


def _locale_options(version: int) -> list[str]:
    """Return initdb's options for an order by code point that no system upgrade changes."""
    if version >= 17:
        return ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
    return ["--locale", "C.UTF-8"]


def _quoted(value: str) -> str:
    """Return `value` as a string of postgresql.conf."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
