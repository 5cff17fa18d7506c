"""PostgreSQL backend that sends the row-level security context instead of a search_path.

django-tenants calls `_handle_search_path` for every cursor and forgets what it sent at rollback,
savepoint rollback and close: exactly when PostgreSQL forgets a transaction-local setting. We add
commit, and send the four settings of `core.rls.Context` and the database role in one round trip,
only what differs from what the transaction already has.

As statements (`CALL`, `SET LOCAL`), which cannot stand inside a query: PostgreSQL lets no
expression of a request change who is asking.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django_tenants.postgresql_backend import base
from psycopg import IsolationLevel, sql
from psycopg.adapt import AdaptersMap

from core.database.backend.cursors import OneStatementCursor, Several
from core.database.backend.loaders import UtcLoader
from core.database.roles import APP
from core.rls import NO_CONTEXT, TAKE_TIME, Context

if TYPE_CHECKING:
    from core.models import Tenant

NOTHING_SENT = NO_CONTEXT, "none"  # what a transaction begins with
UNKNOWN = None, None


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that knows the context its queries must run under."""

    # Of django-tenants: what was sent last (here context and role), and whether it is being sent.
    search_path_set_schemas: Any
    _setting_search_path: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.rls_context = NO_CONTEXT
        self._context_held_back = False
        self._role_held_back = False
        super().__init__(*args, **kwargs)

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        params["context"] = AdaptersMap(params["context"])
        params["context"].register_loader("timestamptz", UtcLoader)
        if self._is_application:
            params["cursor_factory"] = OneStatementCursor
        return params

    # django-tenants' own switch. Its base class also clears the ContentType cache, which in one
    # schema is pure cost on every request.
    def set_tenant(self, tenant: Tenant, include_public: bool = True) -> None:
        self.tenant = tenant
        self.schema_name = tenant.schema_name
        self.set_settings_schema(self.schema_name)
        tenant_id = getattr(tenant, "pk", None)
        self.rls_context = NO_CONTEXT
        if tenant_id:
            self.rls_context = Context(tenant_id=str(tenant_id), tenant=tenant)

    def set_context(self, context: Context) -> None:
        """Make `context` the one that the next query runs under."""
        self.rls_context = context
        self.tenant = context.tenant or base.FakeTenant(base.get_public_schema_name())
        self.schema_name = self.tenant.schema_name

    @property
    def has_entered(self) -> bool:
        """Whether the transaction may have a context already."""
        return (self.search_path_set_schemas or NOTHING_SENT) != NOTHING_SENT

    @contextmanager
    def without_context(self) -> Iterator[None]:
        """Hold the context back: for statements that must not wait for it."""
        self._context_held_back, held = True, self._context_held_back
        try:
            yield
        finally:
            self._context_held_back = held

    @contextmanager
    def without_role(self) -> Iterator[None]:
        """Act as the role that has connected, in the same context (`core.rls.as_application`)."""
        self._role_held_back, held = True, self._role_held_back
        try:
            yield
        finally:
            self._role_held_back = held

    def _handle_search_path(self, cursor: Any = None) -> Any:
        if self._setting_search_path or self._context_held_back or not self.in_atomic_block:
            return
        wanted = self.rls_context, self.acting
        applied = self.search_path_set_schemas or NOTHING_SENT
        if applied == wanted or self.needs_rollback:
            return
        self._setting_search_path = True
        own = self.connection.cursor() if cursor is None else None
        try:
            with self.wrap_database_errors:
                (own or cursor).execute(self._entering(*wanted, *applied))
            self.search_path_set_schemas = wanted
        finally:
            self._setting_search_path = False
            if own is not None:
                own.close()

    @property
    def acting(self) -> str:
        """The database role to act as. Other roles than the application's stay what they are."""
        if self._role_held_back or not self._is_application:
            return "none"
        return self.rls_context.acting

    @property
    def _is_application(self) -> bool:
        return self.settings_dict["USER"] == APP

    def _entering(
        self, context: Context, acting: str, before: Context | None = None, acted: str = "none"
    ) -> str:
        """Return the statements, in one message, that lead to `context` and the role `acting`."""
        statements = []
        if before is None or replace(before, request="") != replace(context, request=""):
            statements += self._entering_as(context)
        elif before.request != context.request:
            statements.append(self._set_local("app.request", context.request))
        if self._is_application:
            statements.append(f"SET LOCAL ROLE {acting}")
        return Several("; ".join(statements))

    def _entering_as(self, context: Context) -> list[str]:
        if not (context.user_id and self._is_application):
            return [self._set_local(*setting) for setting in context.settings().items()]
        values = map(self._literal, (context.tenant_id, context.user_id, context.request))
        # As the application, which alone may call it.
        return ["SET LOCAL ROLE none", f"CALL app.enter({', '.join(values)})"]

    def _set_local(self, name: str, value: str) -> str:
        return f"SET LOCAL {name} = {self._literal(value)}"

    def _literal(self, value: str) -> str:
        return sql.Literal(value).as_string(self.connection)

    @contextmanager
    def snapshot(self) -> Iterator[Any]:
        """Yield a cursor of a second, read-only connection in this one's context.

        All its queries see the same moment (REPEATABLE READ), and may take their time.
        """
        second = self.copy()
        second.connect()
        connection = second.connection
        try:
            connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(second._entering(self.rls_context, self.acting))
                cursor.execute(TAKE_TIME)
                yield cursor
        finally:
            if not connection.closed:  # it may go back to a pool
                connection.isolation_level = connection.read_only = None
            second.close()

    def savepoint_rollback(self, sid: str) -> None:
        # PostgreSQL has gone back to what was sent before the savepoint, whatever that was.
        try:
            super().savepoint_rollback(sid)
        finally:
            self.search_path_set_schemas = UNKNOWN

    # Savepoint statements need no context, and the one that ends a failed block runs in an aborted
    # transaction, where sending it would be an error of its own.
    def _savepoint(self, sid: str) -> None:
        with self.without_context():
            super()._savepoint(sid)

    def _savepoint_rollback(self, sid: str) -> None:
        with self.without_context():
            super()._savepoint_rollback(sid)

    def _savepoint_commit(self, sid: str) -> None:
        with self.without_context():
            super()._savepoint_commit(sid)

    def commit(self) -> None:
        # A transaction-local setting ends with its transaction.
        self.search_path_set_schemas = None
        super().commit()
