"""Which system account the embedded server runs as, and which directories it can enter.

PostgreSQL refuses to run as root, so root's server runs as another account; everybody else's runs
as themselves.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.database.errors import SetupError


@dataclass(frozen=True)
class Account:
    """A system account by its numbers, without any supplementary group."""

    name: str
    uid: int
    gid: int

    @property
    def is_caller(self) -> bool:
        return self.uid == os.geteuid()

    def can_enter(self, path: Path) -> bool:
        """Say whether this account can pass through `path` and every directory above it.

        Directories that do not exist yet are ours to create, so they do not count against it.
        """
        directories = [path, *path.parents]
        return all(self._passes(it) for it in directories if os.path.exists(it))

    def _passes(self, directory: Path) -> bool:
        if self.is_caller:
            return os.access(directory, os.X_OK)
        status = directory.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)

    def popen_options(self) -> dict[str, Any]:
        """Return the `subprocess` arguments that drop user, group and extra groups."""
        if self.is_caller:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(data_dir: Path | str, environ: Mapping[str, str]) -> Account:
    """Return the account that runs the embedded server of `data_dir` when this process starts it.

    A cluster that exists keeps its owner: PostgreSQL would refuse anybody else.
    """
    if os.geteuid() != 0:
        return _by_uid(os.geteuid())
    owner = _cluster_owner(Path(data_dir))
    return _by_uid(owner) if owner else _for_root(environ)


def _cluster_owner(data_dir: Path) -> int | None:
    try:
        return (data_dir / "postgres" / "data").stat().st_uid
    except OSError:
        return None


def _by_uid(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(str(uid), uid, os.getegid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _for_root(environ: Mapping[str, str]) -> Account:
    chosen = environ.get("SCHOOL_POSTGRES_USER")
    for name in [chosen] if chosen else ["postgres", "nobody"]:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise SetupError(
        "PostgreSQL cannot run as root, and there is no account "
        f"{chosen or 'postgres or nobody'} to run it as. Set SCHOOL_POSTGRES_USER to an existing "
        "account other than root."
    )
