"""Database sessions that belong to one school.

A session is read before it is known who is asking, so reading goes through a SECURITY DEFINER
function that wants both the key and the tenant: school A's cookie is nothing at school B's host.
Writing runs in the request's context, under the policies of the table.
"""

from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.utils import timezone

from core import rls


class SessionStore(DatabaseStore):
    """Sessions in the table `sessions`."""

    @classmethod
    def get_model_class(cls):
        return apps.get_model("core.Session")

    def _get_session_from_db(self):
        tenant_id = rls.current_tenant_id()
        if tenant_id is None:
            return None
        session = rls.lookup(
            self.model, "SELECT * FROM app.session_load(%s, %s)", [tenant_id, self.session_key]
        )
        if session is None or session.expire_date <= timezone.now():
            self._session_key = None
            return None
        return session

    def create_model_instance(self, data):
        session = super().create_model_instance(data)
        session.tenant_id = rls.current_tenant_id()
        session.user_id = data.get(SESSION_KEY) or None
        return session

    def save(self, must_create=False):
        # After an exception the transaction only waits for its rollback; the session with it.
        if not transaction.get_rollback():
            super().save(must_create)
