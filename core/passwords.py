"""Where the hashes of passwords are: out of the reach of every query (core/sql/credentials.sql)."""

from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

from core import rls

HASH = "SELECT app.password_hash(%s, %s)"
SET = "CALL app.set_password(%s, %s, NULL)"


def stored(tenant_id: UUID | None, user_id: UUID, using: str = DEFAULT_DB_ALIAS) -> str:
    """Return the hash of a person's password; "!", which nobody has, where there is none."""
    with rls.as_nobody(using), connections[using].cursor() as cursor:
        cursor.execute(HASH, [tenant_id, user_id])
        return cursor.fetchone()[0] or "!"


def store(user_id: UUID, encoded: str | None, using: str = DEFAULT_DB_ALIAS) -> UUID | None:
    """Set (None: take away) a person's password in the current context; return its version."""
    with connections[using].cursor() as cursor:
        cursor.execute(SET, [user_id, encoded])
        return cursor.fetchone()[0]
