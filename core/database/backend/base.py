"""PostgreSQL backend that sends the row-level security context instead of a search_path.

django-tenants calls `_handle_search_path` for every cursor and forgets what it sent at rollback,
savepoint rollback and close: exactly when PostgreSQL forgets a transaction-local setting. We add
commit, and send the four settings of `core.rls.Context` in one round trip, only when they differ
from what the transaction already has.
"""

from contextlib import contextmanager

from django_tenants.postgresql_backend import base
from psycopg import IsolationLevel

from core.rls import NO_CONTEXT, TAKE_TIME, Context

SET_CONTEXT = (
    "SELECT set_config('app.tenant_id', %s, true), set_config('app.user_id', %s, true),"
    " set_config('app.user_role', %s, true), set_config('app.request', %s, true)"
)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that knows the context its queries must run under."""

    def __init__(self, *args, **kwargs):
        self.rls_context = NO_CONTEXT
        self._context_held_back = False
        super().__init__(*args, **kwargs)

    # django-tenants' own switch. Its base class also clears the ContentType cache, which in one
    # schema is pure cost on every request.
    def set_tenant(self, tenant, include_public=True):
        self.tenant = tenant
        self.schema_name = tenant.schema_name
        self.set_settings_schema(self.schema_name)
        tenant_id = getattr(tenant, "pk", None)
        self.rls_context = NO_CONTEXT
        if tenant_id:
            self.rls_context = Context(tenant_id=str(tenant_id), tenant=tenant)

    def set_context(self, context):
        """Make `context` the one that the next query runs under."""
        self.rls_context = context
        self.tenant = context.tenant or base.FakeTenant(base.get_public_schema_name())
        self.schema_name = self.tenant.schema_name

    @contextmanager
    def without_context(self):
        """Hold the context back: for lookups that must not wait for it (`core.rls.lookup`)."""
        self._context_held_back, held = True, self._context_held_back
        try:
            yield
        finally:
            self._context_held_back = held

    def _handle_search_path(self, cursor=None):
        if self._setting_search_path or self._context_held_back or not self.in_atomic_block:
            return
        applied = self.search_path_set_schemas or NO_CONTEXT
        if applied == self.rls_context or self.needs_rollback:
            return
        self._setting_search_path = True
        own = self.connection.cursor() if cursor is None else None
        try:
            (own or cursor).execute(SET_CONTEXT, self.rls_context.settings())
            self.search_path_set_schemas = self.rls_context
        finally:
            self._setting_search_path = False
            if own is not None:
                own.close()

    @contextmanager
    def snapshot(self):
        """Yield a cursor of a second, read-only connection in this one's context.

        All its queries see the same moment (REPEATABLE READ), and may take their time.
        """
        second = self.copy()
        second.connect()
        connection = second.connection
        try:
            connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(SET_CONTEXT, self.rls_context.settings())
                cursor.execute(TAKE_TIME)
                yield cursor
        finally:
            if not connection.closed:  # it may go back to a pool
                connection.isolation_level = connection.read_only = None
            second.close()

    # Savepoint statements need no context, and the one that ends a failed block runs in an aborted
    # transaction, where sending it would be an error of its own.
    def _savepoint(self, sid):
        with self.without_context():
            super()._savepoint(sid)

    def _savepoint_rollback(self, sid):
        with self.without_context():
            super()._savepoint_rollback(sid)

    def _savepoint_commit(self, sid):
        with self.without_context():
            super()._savepoint_commit(sid)

    def commit(self):
        # A transaction-local setting ends with its transaction.
        self.search_path_set_schemas = None
        super().commit()
