"""Where the database is: what the environment says, or the embedded server of the data directory.

The embedded server listens on a Unix socket only, never on TCP, and trusts every local role: its
socket lies in a directory that nobody but the server's account (and root) may enter, and that
directory is the protection. Imported by the settings, so nothing here needs Django.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from core.database.accounts import server_account
from core.database.errors import SetupError

if TYPE_CHECKING:
    from core.database.accounts import Account

DATABASE = "school"
USERS = {"app": "school_app", "owner": "school_owner", "admin": "postgres"}
VARIABLES = {
    "app": "DATABASE_URL",
    "owner": "DATABASE_OWNER_URL",
    "admin": "DATABASE_ADMIN_URL",
}
# How long a request waits for a database that is not there, and for one whose machine or network is
# gone without a word: the kernel's own patience is a quarter of an hour, and two hours without data
# on the way. libpq heeds only the first on a Unix socket.
WAITING = {
    "connect_timeout": 3,  # seconds
    "tcp_user_timeout": 15_000,  # milliseconds
    "keepalives_idle": 5,  # seconds
    "keepalives_interval": 3,  # seconds
    "keepalives_count": 3,
}
HINT = "See .env.example for its form."

# A socket's whole path must fit into sockaddr_un: 107 bytes on Linux, 103 on macOS.
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 103


def is_embedded(environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether the application uses the embedded server, not one named by the environment."""
    return not any(environ.get(VARIABLES[role]) for role in ("app", "owner"))


def database_url(role: str, data_dir: Path | str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the libpq URL of the database for `role`: "app", "owner" or "admin".

    Raises SetupError (a ValueError) when the environment names a server, but not for this role, or
    in a form that libpq does not understand.
    """
    variable = VARIABLES[role]
    url = environ.get(variable)
    if url:
        _check(variable, url)
        return url
    if is_embedded(environ):
        return embedded_url(role, socket_directory(data_dir, environ))
    raise SetupError(
        f"{variable} is not set, although the environment names a database server. {HINT}"
    )


def embedded_url(role: str, socket: Path | str, database: str = DATABASE) -> str:
    """Return the URL of `role` on the embedded server whose socket is in the directory `socket`."""
    return f"postgresql://{USERS[role]}@/{database}?host={quote(str(socket), safe='')}&port=5432"


def socket_directory(data_dir: Path | str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the directory of the embedded server's socket: the same one for every process.

    It is in the data directory, unless that path cannot name a socket or the server's account
    cannot get there; then it is in /tmp (whatever TMPDIR says, since every process must find it)
    under a name that follows from the data directory.
    """
    data_dir = Path(data_dir).resolve()
    account = server_account(data_dir, environ)
    inside = data_dir / "socket"
    # libpq would take a comma for the end of the first of several hosts.
    usable = "," not in str(inside)
    usable &= len(os.fsencode(inside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    if usable and account.can_enter(data_dir):
        return inside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    directory = Path("/tmp") / f"school-{digest}"  # noqa: S108 - its owner is checked
    check_private(directory, account)
    return directory


def check_private(directory: Path, account: Account) -> None:
    """Refuse an existing `directory` that anybody but `account` may have made or may enter."""
    try:
        status = os.lstat(directory)
    except FileNotFoundError:
        return
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == account.uid
    if not ours or status.st_mode & 0o077:
        raise SetupError(
            f"{directory} must be a directory that only the account {account.name} may enter, "
            "because the database's socket belongs there. Remove it and start again."
        )


def django_database(url: str, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the entry of Django's DATABASES for a libpq URL; `options` join the URL's own."""
    parameters = conninfo_to_dict(url)
    # The application's parameters travel apart from its statements (core.database.backend.cursors).
    binding = {"server_side_binding": parameters["user"] == USERS["app"]}
    return {
        "ENGINE": "core.database.backend",
        "NAME": parameters.pop("dbname"),
        "USER": parameters.pop("user"),
        "PASSWORD": parameters.pop("password", ""),
        "HOST": parameters.pop("host", ""),
        "PORT": str(parameters.pop("port", "")),
        "OPTIONS": {**WAITING, **binding, **parameters, **(options or {})},
        # Before its first use in a request a connection is tried: after a restart of the database
        # the old ones are dead.
        "CONN_HEALTH_CHECKS": True,
    }


def _check(variable: str, url: str) -> None:
    # The value holds a password, so no message repeats it, nor libpq's, which does.
    if not url.startswith(("postgresql://", "postgres://")):
        raise SetupError(f'{variable} must begin with "postgresql://". {HINT}')
    try:
        parameters = conninfo_to_dict(url)
    except psycopg.Error:
        raise SetupError(f"{variable} is not a PostgreSQL URL. {HINT}") from None
    for part, meaning in (("user", "user"), ("dbname", "database")):
        if not parameters.get(part):
            raise SetupError(f"{variable} names no {meaning}. {HINT}")
