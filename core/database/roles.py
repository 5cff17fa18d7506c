"""The roles of the application and its database, made by an administrator.

`school_owner` owns everything and runs migrations; `school_app` serves requests and can neither
bypass row-level security nor change the schema. What a request does, it does as one of ACTING: the
database role of the person's role, with that role's policies and privileges only. The names are
fixed: policies and grants name them. Everything here may run again at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Connection, sql

from core.database.errors import SetupError, one_line
from core.database.urls import DATABASE, USERS
from core.offices import STAFF

Row = tuple[Any, ...]  # that a query always has

OWNER, APP = USERS["owner"], USERS["app"]
OLDEST_VERSION = 15  # the first with security_invoker views
EXTENSIONS = ["pg_trgm", "btree_gist", "unaccent"]
# The role of a person (or of nobody) -> the database role that a request enters. Nobody can sign in
# as one of them; school_app may become each and has none of their rights by itself.
ACTING = {
    "admin": "school_admin",
    "registrar": "school_registrar",
    "bursar": "school_bursar",
    "teacher": "school_teacher",
    "student": "school_student",
    "guardian": "school_guardian",
    "operator": "school_operator",  # admins of the platform's tenant: admins, and more
    "visitor": "school_visitor",  # before sign-in
    "worker": "school_worker",  # the job queue itself
}
LOCK = 0x5C4001  # an advisory lock: two processes that prepare the same server take turns

# What a request may take at most; jobs, commands and large files allow themselves more
# (core.rls.take_time). A role's settings hold behind a pooler too, and after SET ROLE.
APP_SETTINGS = {
    "statement_timeout": "15s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",  # else Django sets it by a function that the application may not call
}
# PostgreSQL lets everybody watch and end the connections of their own role, and ours serves all
# schools: no connection shows its statements, and only the server's own roles for it may ask. Both
# are a superuser's to decide; where the administrator is none, they stay as the server has them.
PRIVATE_SETTINGS = {"track_activities": "off"}
HIDE_CONNECTIONS = """
    DO $$
    DECLARE
        of_others regprocedure;
    BEGIN
        FOR of_others IN
            SELECT p.oid FROM pg_proc p
             WHERE p.pronamespace = 'pg_catalog'::regnamespace
               AND (p.proname IN ('pg_stat_get_activity', 'pg_cancel_backend',
                                  'pg_terminate_backend')
                    OR p.proname LIKE 'pg\\_stat\\_get\\_backend\\_%')
        LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', of_others);
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO pg_monitor, pg_signal_backend',
                           of_others);
        END LOOP;
    END
    $$
"""
# A notification makes a worker abort a job. The owner keeps it because the queue's triggers
# act as it when a request queues a job; not by name, since restoring a backup drops that.
KEEP_QUIET = f"""
    REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO pg_database_owner, {ACTING["worker"]}
"""

# With set_config() an expression inside a query could change who is asking. The owner has it as the
# database's owner and not by name, since restoring a backup drops what the owner has by name. The
# rule of pg_settings calls the function; nobody else has a use for it.
CLOSE_CONTEXT = """
    REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO pg_database_owner;
    REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC
"""

# What PostgreSQL lets everybody call and only a superuser may take away: why it should be taken.
WITHHELD = {
    "pg_catalog.set_config(text, text, boolean)": (
        "Every role may call set_config(): an expression smuggled into a query could change who is "
        "asking. A superuser closes it with `manage.py init_database`."
    ),
    "pg_catalog.pg_stat_get_activity(integer)": (
        "Every role may watch and end other connections of its own: a smuggled expression could "
        "read statements of other schools. A superuser closes it with `manage.py init_database`."
    ),
    "pg_catalog.pg_notify(text, text)": (
        "Every role may call pg_notify(): a smuggled expression could abort a job. A superuser "
        "closes it with `manage.py init_database`."
    ),
}
CALLABLE = """
    SELECT name FROM unnest(%s::text[]) WITH ORDINALITY AS x(name, place)
     WHERE has_function_privilege('public', name, 'EXECUTE') ORDER BY place
"""

FORBIDDEN = """
    SELECT concat_ws(' and ',
               CASE WHEN rolsuper THEN 'is a superuser' END,
               CASE WHEN rolbypassrls THEN 'bypasses row-level security' END)
      FROM pg_roles
     WHERE rolname = %s
"""


def prepare(
    admin_url: str,
    database: str = DATABASE,
    owner_password: str | None = None,
    app_password: str | None = None,
) -> list[str]:
    """Create or mend both roles and `database` through the administrator at `admin_url`.

    The administrator is a superuser or has CREATEROLE and CREATEDB. A password of None leaves the
    role's password as it is. Returns sentences on what this administrator could not do, without
    which the rest still holds. Raises SetupError with a sentence for whatever is refused.
    """
    with _clear_errors(), _connect_somewhere(admin_url) as admin:
        _require_version(admin)
        admin.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        _prepare_role(admin, OWNER, owner_password)
        _prepare_role(admin, APP, app_password)
        is_superuser = _is_superuser(admin)
        settings = APP_SETTINGS | (PRIVATE_SETTINGS if is_superuser else {})
        for name, value in settings.items():
            statement = sql.SQL("ALTER ROLE {} SET {} = {}")
            admin.execute(statement.format(sql.Identifier(APP), sql.Identifier(name), value))
        for role in ACTING.values():
            _prepare_acting_role(admin, role)
        _let_act(admin, ACTING["admin"], ACTING["operator"], inherit=True)
        for role in ACTING.values():
            _let_act(admin, role, APP, inherit=False)
        _require_separate_roles(admin)
        _prepare_database(admin, database)
        with psycopg.connect(admin_url, dbname=database, autocommit=True) as inside:
            if is_superuser:
                inside.execute(HIDE_CONNECTIONS)
                inside.execute(KEEP_QUIET)
                inside.execute(CLOSE_CONTEXT)
            prepare_contents(inside, database)
            return withheld(inside)


def withheld(connection: Connection | BaseDatabaseWrapper) -> list[str]:
    """Return why a superuser should take away what everybody may call here: sentences."""
    with connection.cursor() as cursor:
        cursor.execute(CALLABLE, [list(WITHHELD)])
        return [WITHHELD[name] for (name,) in cursor.fetchall()]


def _is_superuser(admin: Connection) -> bool:
    query = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    return cast(Row, admin.execute(query).fetchone())[0]


def _connect_somewhere(admin_url: str) -> Connection:
    """Connect to the URL's database, or to `postgres` while that one does not exist yet."""
    try:
        return psycopg.connect(admin_url, autocommit=True)
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
        return psycopg.connect(admin_url, dbname="postgres", autocommit=True)


def _require_version(admin: Connection) -> None:
    version = admin.info.server_version // 10000
    if version < OLDEST_VERSION:
        raise SetupError(
            f"The server is PostgreSQL {version}; the application needs {OLDEST_VERSION} or newer."
        )


def _prepare_role(admin: Connection, role: str, password: str | None) -> None:
    # SUPERUSER and BYPASSRLS are not named: a new role has neither, and only a superuser may
    # mention them at all. A role that has them nevertheless is refused.
    exists = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    name = sql.Identifier(role)
    if not exists:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    _refuse_mighty(admin, role)
    if password is not None:
        # Hashed here, so that the server's log never sees it.
        hashed = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        admin.execute(statement.format(name, sql.Literal(hashed.decode())))


def _refuse_mighty(admin: Connection, role: str) -> None:
    forbidden = cast(Row, admin.execute(FORBIDDEN, [role]).fetchone())[0]
    if forbidden:
        raise SetupError(
            f"The role {role} {forbidden}; the application would then not be confined to one "
            f"school. Run: ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS"
        )


def _prepare_acting_role(admin: Connection, role: str) -> None:
    exists = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if not exists:
        admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    _refuse_mighty(admin, role)


def _let_act(admin: Connection, role: str, member: str, *, inherit: bool) -> None:
    """Let `member` become `role`, or have its rights all the time (`inherit`)."""
    names = {"role": sql.Identifier(role), "member": sql.Identifier(member)}
    if admin.info.server_version >= 160000:
        options = sql.SQL(
            "WITH INHERIT TRUE, SET FALSE" if inherit else "WITH INHERIT FALSE, SET TRUE"
        )
    else:  # there it is the member who inherits, or not
        options = sql.SQL("")
        inherits = sql.SQL("INHERIT" if inherit else "NOINHERIT")
        admin.execute(sql.SQL("ALTER ROLE {member} {}").format(inherits, **names))
    if _acts_as(admin, member, role) != (True, inherit):
        admin.execute(sql.SQL("GRANT {role} TO {member} {}").format(options, **names))


def _acts_as(admin: Connection, member: str, role: str) -> Row:
    """Return whether `member` is of `role`, and whether it has its rights without becoming it."""
    sql = "SELECT pg_has_role(%(m)s, %(r)s, 'MEMBER'), pg_has_role(%(m)s, %(r)s, 'USAGE')"
    return cast(Row, admin.execute(sql, {"m": member, "r": role}).fetchone())


def _require_separate_roles(admin: Connection) -> None:
    if cast(Row, admin.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [APP, OWNER]).fetchone())[0]:
        raise SetupError(
            f"The role {APP} is a member of {OWNER} and would not be held by row-level security. "
            f"Run: REVOKE {OWNER} FROM {APP}"
        )


def _prepare_database(admin: Connection, database: str) -> None:
    # To give the database away, an administrator who is no superuser must be able to become its
    # owner. Since PostgreSQL 16 having created the role is not enough.
    right = "SET" if admin.info.server_version >= 160000 else "MEMBER"
    if not cast(Row, admin.execute("SELECT pg_has_role(%s, %s)", [OWNER, right]).fetchone())[0]:
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(OWNER)}
    row = admin.execute(
        "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding)"
        "  FROM pg_database WHERE datname = %s",
        [database],
    ).fetchone()
    if row is None:
        create = "CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'"
        admin.execute(sql.SQL(create).format(**names))
        return
    owner, encoding = row
    if encoding != "UTF8":
        raise SetupError(f"The database {database} has the encoding {encoding}; it must be UTF8.")
    if owner != OWNER:
        admin.execute(sql.SQL("ALTER DATABASE {database} OWNER TO {owner}").format(**names))


def prepare_contents(inside: Connection, database: str) -> None:
    """Set, as the owner of `database`, who may do what in it, and create the extensions.

    As the owner and not as the administrator, so that the extensions are the owner's too: restoring
    a backup needs that.
    """
    statements = [
        "SET ROLE {owner}",
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        # TEMPORARY for the staging of imports; pg_temp last (core/sql/temporary_tables.sql).
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
        "GRANT TEMPORARY ON DATABASE {database} TO {staff}",
        "ALTER DATABASE {database} SET search_path = public, pg_temp",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        # For tables that come without a grant of their own, as those of Django's apps do. What a
        # row may be read or changed by is decided by row-level security on top.
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
        " GRANT USAGE, SELECT ON SEQUENCES TO {app}",
        *(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public" for name in EXTENSIONS),
    ]
    names = {
        "database": sql.Identifier(database),
        "owner": sql.Identifier(OWNER),
        "app": sql.Identifier(APP),
        "staff": sql.SQL(", ").join(sql.Identifier(ACTING[role]) for role in STAFF),
    }
    with inside.transaction():
        inside.execute("SET LOCAL client_min_messages = warning")
        for statement in statements:
            inside.execute(sql.SQL(statement).format(**names))


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        reason = error.diag.message_primary
        raise SetupError(
            f"The administrator may not prepare the database ({reason}). It must be a superuser, "
            "or have CREATEROLE and CREATEDB."
        ) from error
    except psycopg.OperationalError as error:
        raise SetupError(f"Cannot reach the database server: {one_line(error)}.") from error
    except psycopg.Error as error:
        raise SetupError(f"The database server refused: {one_line(error)}.") from error
