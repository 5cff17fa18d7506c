"""Database sessions that belong to one school.

No role may touch the table: a session is read, written and ended by functions of the database
that want its key (core/sql/sessions.sql). It is read before it is known who is asking, so reading
wants the tenant as well: school A's cookie is nothing at school B's host. The key itself goes to
its browser and nowhere else; the database has a digest of it.
"""

import hashlib
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import connection, transaction
from django.utils import timezone

from core import rls
from core.models import Session

LOAD = "SELECT * FROM app.session_load(%s, %s)"
SAVE = "CALL app.session_save(%s, %s, %s, %s, %s, NULL)"
END = "CALL app.session_end(%s)"


def digest(session_key: str) -> str:
    """Return what the database knows of a session's key."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(SessionBase):
    """Sessions in the table `sessions`."""

    def load(self) -> dict[str, Any]:
        session = _find(self.session_key)
        if session is None or session.expire_date <= timezone.now():
            self._session_key = None
            return {}
        return self.decode(session.session_data)

    def exists(self, session_key: str) -> bool:
        return _find(session_key) is not None

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # private
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        # After an exception the transaction only waits for its rollback; the session with it.
        if transaction.get_rollback():
            return
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # private
        key = digest(self._get_or_create_session_key())  # type: ignore[attr-defined]  # private
        row = [key, self.encode(data), self.get_expiry_date(), data.get(SESSION_KEY) or None]
        with connection.cursor() as cursor:
            cursor.execute(SAVE, [*row, must_create])
            [is_written] = cursor.fetchone()
        if not is_written:
            raise CreateError if must_create else UpdateError

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key is not None:
            with connection.cursor() as cursor:
                cursor.execute(END, [digest(session_key)])


def _find(session_key: str | None) -> Session | None:
    """Return the `Session` with this key at the school of the context, or None."""
    tenant_id = rls.current_tenant_id()
    if tenant_id is None or session_key is None:
        return None
    return rls.lookup(Session, LOAD, [tenant_id, digest(session_key)])
