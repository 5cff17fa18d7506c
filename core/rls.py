"""The row-level security context: who is asking, set in PostgreSQL for one transaction.

PostgreSQL decides what a query may see by four transaction-local settings and the database role of
the person's role. This module is the only place that decides their values; `core.database.backend`
is the only place that sends them.

    app.tenant_id   uuid of the school
    app.user_id     uuid of the person, empty before sign-in and for commands
    app.user_role   admin | teacher | student | guardian, empty before sign-in
    app.request     JSON for the audit trail: request id, IP address, user agent
    role            school_admin | school_teacher | ... (core.database.roles.ACTING)

A person is entered by `CALL app.enter(...)`, which takes the role from their row and refuses
whoever is not active at the school. No context means no rows and no writes: every policy compares
with NULL then.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import DEFERRED, Model
from psycopg import sql

from core.database.backend.cursors import Several
from core.database.roles import ACTING

if TYPE_CHECKING:
    from core.database.backend.base import DatabaseWrapper
    from core.models import Tenant, User

P = ParamSpec("P")
T = TypeVar("T")
AnyRow = TypeVar("AnyRow", bound=Model)

TAKE_TIME = Several(
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s';"
    " SET LOCAL idle_in_transaction_session_timeout = 0"
)


class NoTenantContext(RuntimeError):
    """Tenant data was used outside `tenant_context()`: it would silently have been empty."""


@dataclass(frozen=True)
class Context:
    """The four settings, and the tenant they were made from (None: only its id is known)."""

    tenant_id: str = ""
    user_id: str = ""
    role: str = ""
    request: str = ""
    tenant: Tenant | None = field(default=None, compare=False)

    def settings(self) -> dict[str, str]:
        """Return {setting: value}."""
        return {
            "app.tenant_id": self.tenant_id,
            "app.user_id": self.user_id,
            "app.user_role": self.role,
            "app.request": self.request,
        }

    @property
    def acting(self) -> str:
        """The database role that queries run as; "none" is the one that has connected."""
        if not self.tenant_id:
            return "none"
        if self.role == "admin" and self.tenant is not None and self.tenant.is_platform:
            return ACTING["operator"]
        return ACTING.get(self.role, ACTING["visitor"])


NO_CONTEXT = Context()


def _connection(using: str) -> DatabaseWrapper:
    return cast("DatabaseWrapper", connections[using])


def current(using: str = DEFAULT_DB_ALIAS) -> Context:
    """Return the `Context` that queries on `using` run under; `NO_CONTEXT` when there is none."""
    return _connection(using).rls_context


def current_tenant_id(using: str = DEFAULT_DB_ALIAS) -> uuid.UUID | None:
    """Return the tenant's id as UUID, or None outside a context (a model field's default)."""
    tenant_id = current(using).tenant_id
    return uuid.UUID(tenant_id) if tenant_id else None


def current_tenant(using: str = DEFAULT_DB_ALIAS) -> Tenant:
    """Return the tenant of the context.

    Raises `NoTenantContext` outside one.
    """
    context = current(using)
    if context.tenant is None:
        raise NoTenantContext("There is no school in this context; use core.rls.tenant_context().")
    return context.tenant


@contextmanager
def tenant_context(
    tenant: Tenant,
    user: User | None = None,
    *,
    role: str | None = None,
    request: Mapping[str, Any] | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Iterator[Context]:
    """Run the block in one transaction as `user` of `tenant`.

    `role` is for code without a person (commands, jobs): "admin" acts for the school itself.
    With a user the role is always the user's own. `request` is a dict for the audit trail,
    inherited from the outer context when None. The outer context comes back when the block is
    left, also by an exception; the settings themselves end with the transaction.

    Raises `ValueError` when `user` belongs to another tenant; the first query raises a
    `DatabaseError` when they are no longer active.
    """
    if user is not None and user.tenant_id != tenant.pk:
        raise ValueError("The user belongs to another school.")
    connection = _connection(using)
    outer = connection.rls_context
    context = Context(
        tenant_id=str(tenant.pk),
        user_id=str(user.pk) if user else "",
        role=user.role if user else (role or ""),
        request=json.dumps(request) if request is not None else outer.request,
        tenant=tenant,
    )
    with transaction.atomic(using=using):
        connection.set_context(context)
        try:
            yield context
        finally:
            connection.set_context(outer)


def take_time(using: str = DEFAULT_DB_ALIAS) -> None:
    """Let the rest of this transaction take longer than a request may: jobs, files, commands.

    The limits of requests are settings of the role (core.database.roles.APP_SETTINGS).
    """
    with _connection(using).cursor() as cursor:
        cursor.execute(TAKE_TIME)


def set_local(cursor: Any, settings: Mapping[str, str]) -> None:
    """Give the settings {name: text} these values until the transaction ends.

    By statements: set_config() is not for the application (core.database.roles).
    """
    statement = sql.SQL("SET LOCAL {} = {}")
    statements = [
        statement.format(sql.Identifier(*name.split(".")), sql.Literal(value))
        for name, value in settings.items()
    ]
    cursor.execute(Several(sql.SQL("; ").join(statements).as_string(cursor.connection)))


@contextmanager
def as_application(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Run the block's queries as the application itself, in the same context: for the job queue."""
    with _connection(using).without_role():
        yield


@contextmanager
def snapshot(using: str = DEFAULT_DB_ALIAS) -> Iterator[Any]:
    """Yield a psycopg cursor in the current context whose queries all see the same moment.

    It reads what is committed, on a connection of its own: a transaction's isolation is chosen
    before its first query, and that of the context has long had one.
    """
    with _connection(using).snapshot() as cursor:
        yield cursor


@contextmanager
def noting(using: str = DEFAULT_DB_ALIAS, **facts: object) -> Iterator[None]:
    """Add facts to what the audit trail keeps of the block's changes (app.request)."""
    connection = _connection(using)
    outer = connection.rls_context
    request = json.loads(outer.request or "{}") | facts
    connection.set_context(replace(outer, request=json.dumps(request)))
    try:
        yield
    finally:
        connection.set_context(outer)


def become(user: User | None, using: str = DEFAULT_DB_ALIAS) -> None:
    """Go on as `user` (None: as nobody) within the context of the same tenant: sign-in and out."""
    connection = _connection(using)
    context = connection.rls_context
    if user is not None and str(user.tenant_id) != context.tenant_id:
        raise ValueError("The user belongs to another school.")
    connection.set_context(
        replace(
            context,
            user_id=str(user.pk) if user else "",
            role=user.role if user else "",
        )
    )


@contextmanager
def as_nobody(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Run the block as nobody, in the same school: what is only answered before sign-in."""
    connection = _connection(using)
    outer = connection.rls_context
    connection.set_context(replace(outer, user_id="", role=""))
    try:
        with connection.without_role():
            yield
    finally:
        connection.set_context(outer)


def lookup(
    model: type[AnyRow], sql: str, params: Sequence[Any], using: str = DEFAULT_DB_ALIAS
) -> AnyRow | None:
    """Return the row of a SECURITY DEFINER function as a `model`, or None, asking as nobody.

    Only for the functions that must answer before a context exists: host name, session, sign-in.
    Asked as the application itself, which alone may. No context is sent, unless the transaction has
    somebody's already.
    """
    connection = _connection(using)
    asking = as_nobody(using) if connection.has_entered else connection.without_context()
    with asking, connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
        columns = [column.name for column in cursor.description]
    return None if row is None else _made(model, dict(zip(columns, row, strict=True)), using)


def _made(model: type[AnyRow], values: Mapping[str, Any], using: str) -> AnyRow:
    """Return the instance with these {column: value}; what is not among them is deferred.

    As a raw query makes it, in a third of the time: each request asks three times.
    """
    row = []
    for made_from in model._meta.concrete_fields:
        value = values.get(made_from.column, DEFERRED)
        if value is not DEFERRED and hasattr(made_from, "from_db_value"):
            value = made_from.from_db_value(value, None, connections[using])
        row.append(value)
    names = [made_from.attname for made_from in model._meta.concrete_fields]
    return model.from_db(using, names, row)


def streaming(generate: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
    """Decorate a generator function so that it runs in the context it was *called* in.

    A streamed response is iterated after the request's transaction has ended; the generator
    opens a transaction of its own under the same tenant and user.
    """

    def start(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        connection = _connection(DEFAULT_DB_ALIAS)
        context = connection.rls_context

        def run() -> Iterator[T]:
            outer = connection.rls_context
            with transaction.atomic():
                connection.set_context(context)
                try:
                    yield from generate(*args, **kwargs)
                finally:
                    connection.set_context(outer)

        return run()

    return start
