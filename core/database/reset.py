"""Emptying the database for a fresh start, as its owner."""

import ipaddress

import psycopg
from psycopg import Connection, ConnectionInfo

from core.database import roles
from core.database.errors import SetupError, one_line

LOCK_SECONDS = 20  # how long requests that are under way may hold us up


def is_local(info: ConnectionInfo) -> bool:
    """Say whether a connection (its psycopg `info`) is by Unix socket or to this machine."""
    if info.host.startswith(("/", "@")):
        return True
    return bool(info.hostaddr) and ipaddress.ip_address(info.hostaddr).is_loopback


def empty(connection: Connection) -> None:
    """Drop everything the owner has in the database, and give the roles their rights again.

    `connection` is a psycopg connection of the owner, outside a transaction. All or nothing.
    """
    try:
        with connection.transaction():
            connection.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
            connection.execute("SET LOCAL client_min_messages = warning")
            # Neither the database nor the roles; the extensions come back below.
            connection.execute("DROP OWNED BY CURRENT_USER")
            connection.execute("CREATE SCHEMA IF NOT EXISTS public")
            roles.prepare_contents(connection, connection.info.dbname)
    except psycopg.errors.LockNotAvailable as error:
        raise SetupError(
            "The database is in use. Stop the web server and whatever else is connected to it."
        ) from error
    except psycopg.Error as error:
        raise SetupError(f"The database could not be emptied: {one_line(error)}.") from error
