"""What keeps the schools apart, read from the catalog of the database as it is.

`report()` is a table of it, `gaps()` what is missing, `role_problems()` whether the application
connects as a role that row-level security holds at all. Migrations install the protection; this
module is how a mistake in the next one is found before it leaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections
from django.db.backends.signals import connection_created

from core import policies
from core.database import roles
from core.database.roles import ACTING, APP
from core.models.base import TenantForeignKey

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

# The job queue is the worker's, and holds which row to work on, never what is in it.
QUEUE = frozenset(
    {
        "procrastinate_events",
        "procrastinate_jobs",
        "procrastinate_periodic_defers",
        "procrastinate_workers",
    }
)
# Policies of the platform's operators, who act for no school.
OPERATOR_POLICIES = {"tenants": "app.is_operator()", "tenant_domains": "app.is_operator()"}
# Unique across schools on purpose: they are what distinguishes the schools.
GLOBAL_UNIQUE = frozenset(
    {"idx_tenants_subdomain", "tenants_schema_name_key", "tenant_domains_domain_key"}
)
# Not audited: the trail itself, passwords (the trail of users says that one was changed), who is
# signed in, and what was tried at the sign-in page.
UNAUDITED = {"audit_logs", "credentials", "django_admin_log", "sessions", "sign_in_attempts"}
# With their owner's rights, so that policies do not ask each other in a circle
# (core/sql/guardians.sql); each names the tenant and the person.
OWNER_VIEWS = {"app.guarded_students", "app.own_guardian"}


def register(*, owner_views: Iterable[str] = (), unaudited: Iterable[str] = ()) -> None:
    """Add an app's views with their owner's rights, and its tables that leave no audit trail.

    Each app does so in its module `isolation`.
    """
    OWNER_VIEWS.update(owner_views)
    UNAUDITED.update(unaudited)


Row = dict[str, Any]  # of the catalog, by column

TABLES = """
    select c.oid::regclass::text as name, c.relrowsecurity as secured,
           pg_get_userbyid(c.relowner) as owner,
           exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'
                                                and not a.attisdropped) as has_tenant,
           array(select p from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',
                                            'REFERENCES', 'TRIGGER']) with ordinality x(p, place)
                  where case when p in ('DELETE', 'TRUNCATE', 'TRIGGER')
                             then has_table_privilege(%(app)s, c.oid, p)
                             else has_any_column_privilege(%(app)s, c.oid, p) end
                  order by place) as grants
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p')
       and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')
     order by c.oid::regclass::text
"""
POLICIES = """
    select polrelid::regclass::text as table, polname as name, polpermissive as permissive,
           array(select coalesce(rolname, 'public')::text from unnest(polroles) p(role)
                   left join pg_roles r on r.oid = p.role order by 1) as roles,
           case polcmd when '*' then 'all' when 'r' then 'select' when 'a' then 'insert'
                       when 'w' then 'update' when 'd' then 'delete' end as command,
           pg_get_expr(polqual, polrelid) as using,
           pg_get_expr(polwithcheck, polrelid) as check
      from pg_policy order by 1, 2
"""
FOREIGN_KEYS = """
    select conrelid::regclass::text as table, confrelid::regclass::text as target, conname as name,
           array(select attname::text from unnest(conkey) with ordinality k(number, place)
                   join pg_attribute on attrelid = conrelid and attnum = number
                  order by place) as columns,
           array(select attname::text from unnest(confkey) with ordinality k(number, place)
                   join pg_attribute on attrelid = confrelid and attnum = number
                  order by place) as targets,
           condeferrable as deferrable, confdeltype in ('n', 'd') as sets, convalidated as valid
      from pg_constraint where contype = 'f' and conparentid = 0 order by 1, 3
"""
UNIQUE_INDEXES = """
    select i.indrelid::regclass::text as table, c.relname as name,
           coalesce((select attname::text from pg_attribute
                      where attrelid = i.indrelid and attnum = i.indkey[0]), '') as first
      from pg_index i join pg_class c on c.oid = i.indexrelid
     where (i.indisunique or i.indisexclusion) and not i.indisprimary order by 1, 2
"""
TRIGGERS = """
    select tgrelid::regclass::text as table, tgname as name, tgtype as type,
           tgfoid::regproc::text as function, p.prosecdef as definer, p.prosrc as body
      from pg_trigger join pg_proc p on p.oid = tgfoid
     where not tgisinternal and tgenabled in ('O', 'A') order by 1, 2
"""
DEFINER_FUNCTIONS = """
    select p.oid::regprocedure::text as name, coalesce(p.proconfig, '{}') as settings
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where p.prosecdef
       and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e')
     order by 1
"""
VIEWS = """
    select n.nspname || '.' || c.relname as name, c.relkind = 'm' as materialized,
           coalesce(c.reloptions, '{}') as options,
           has_table_privilege(%(app)s, c.oid, 'INSERT')
             or has_table_privilege(%(app)s, c.oid, 'UPDATE')
             or has_table_privilege(%(app)s, c.oid, 'DELETE') as writable
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('v', 'm')
       and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')
     order by 1
"""
# Columns: those of an INSERT or UPDATE that is not of the whole row.
PRIVILEGES = """
    select c.oid::regclass::text as table, r.rolname::text as role, lower(p.name) as command,
           has_table_privilege(r.oid, c.oid, p.name) as whole,
           array(select a.attname::text from pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    and p.name <> 'DELETE'
                    and has_column_privilege(r.oid, c.oid, a.attnum, p.name)
                  order by 1) as columns
      from pg_class c join pg_namespace n on n.oid = c.relnamespace,
           pg_roles r, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p(name)
     where c.relkind in ('r', 'p') and n.nspname in ('public', 'app')
       and r.rolname = any (%(roles)s)
       and case p.name when 'DELETE' then has_table_privilege(r.oid, c.oid, p.name)
                       else has_any_column_privilege(r.oid, c.oid, p.name) end
       and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')
     order by 1, 2, 3
"""
SCHEMA_RIGHTS = """
    select 'create objects in the schema ' || n.nspname as may from pg_namespace n
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and has_schema_privilege(%(app)s, n.oid, 'CREATE')
    union all
    select 'create schemas in the database'
     where has_database_privilege(%(app)s, current_database(), 'CREATE')
"""
ROLE = """
    select rolname as name, rolsuper as super, rolbypassrls as bypasses,
           coalesce((select string_agg(c.oid::regclass::text, ', ' order by c.oid::regclass::text)
                       from pg_class c join pg_namespace n on n.oid = c.relnamespace
                      where n.nspname in ('public', 'app') and c.relkind in ('r', 'p')
                        and pg_has_role(r.oid, c.relowner, 'MEMBER')), '') as owns
      from pg_roles r where rolname = current_user
"""
BEFORE, INSERT_EVENT, DELETE_EVENT, UPDATE_EVENT = 2, 4, 8, 16  # bits of pg_trigger.tgtype


@dataclass
class Table:
    """One table and what protects it."""

    name: str
    secured: bool
    owner: str
    has_tenant: bool
    grants: list[str]
    policies: list[Row] = field(default_factory=list)
    foreign_keys: list[Row] = field(default_factory=list)
    unique: list[Row] = field(default_factory=list)
    triggers: list[Row] = field(default_factory=list)

    @property
    def tenant_column(self) -> str:
        return policies.TENANT_COLUMN.get(self.name, "tenant_id")

    @property
    def is_tenant_free(self) -> bool:
        return self.name in policies.shared_tables() or self.is_queue

    @property
    def is_queue(self) -> bool:
        return self.name in QUEUE

    @property
    def composite_keys(self) -> list[Row]:
        return [key for key in self.foreign_keys if "tenant_id" in key["columns"][:-1]]

    @property
    def is_audited(self) -> bool:
        """Whether creating, updating and deleting a row each leave a trace."""
        bits = [row["type"] for row in self.triggers if row["function"] == "app.audit"]
        events = (INSERT_EVENT, DELETE_EVENT, UPDATE_EVENT)
        return all(any(bit & event for bit in bits) for event in events)


def read(connection: BaseDatabaseWrapper) -> list[Table]:
    """Return every table of the database as a list of `Table`, by name."""
    tables = {row["name"]: Table(**row) for row in _rows(connection, TABLES)}
    for query, attribute in (
        (POLICIES, "policies"),
        (FOREIGN_KEYS, "foreign_keys"),
        (UNIQUE_INDEXES, "unique"),
        (TRIGGERS, "triggers"),
    ):
        for row in _rows(connection, query):
            if row["table"] in tables:  # an extension's tables are not ours
                getattr(tables[row["table"]], attribute).append(row)
    return list(tables.values())


def is_migrated(connection: BaseDatabaseWrapper) -> bool:
    """Return whether there is anything to protect yet."""
    return bool(_rows(connection, "select 1 as found where to_regclass('tenants') is not null"))


def gaps(connection: BaseDatabaseWrapper) -> list[str]:
    """Return a list of sentences, each a way around the isolation of schools; empty when sound."""
    tables = read(connection)
    sentences = [gap for table in tables for gap in _table_gaps(table, tables)]
    sentences += _unlisted_tables(tables)
    sentences += _missing_keys(tables)
    for function in _rows(connection, DEFINER_FUNCTIONS):
        if not any(
            re.match(r"search_path=pg_catalog,.*\bpg_temp$", s) for s in function["settings"]
        ):
            sentences.append(
                f"function {function['name']}: SECURITY DEFINER without a fixed search_path"
            )
    for view in _rows(connection, VIEWS):
        sentences += _view_gaps(view)
    sentences += [f"{APP} may {row['may']}" for row in _rows(connection, SCHEMA_RIGHTS)]
    sentences += _undeclared_policies(tables)
    sentences += _undeclared_privileges(connection, tables)
    return sentences


def weaknesses(connection: BaseDatabaseWrapper) -> list[str]:
    """Return sentences on what the server's administrator withholds; the rest holds without it."""
    return roles.withheld(connection)


def report(connection: BaseDatabaseWrapper) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Return (headings, rows) of strings: table by table what protects it."""
    headings = ("table", "row security", "policies", "composite keys", "audit", APP)
    rows = [
        (
            table.name,
            "job queue"
            if table.is_queue
            else "no school's data"
            if table.is_tenant_free
            else "on"
            if table.secured
            else "OFF",
            ", ".join(_who(table, policy) for policy in table.policies) or "-",
            str(len(table.composite_keys) or "-"),
            "yes" if table.is_audited else "-",
            " ".join(grant.lower() for grant in table.grants) or "-",
        )
        for table in read(connection)
    ]
    return headings, rows


def role_problems(connection: BaseDatabaseWrapper) -> list[str]:
    """Return why the connection's role must not serve requests: sentences, empty when it may."""
    role = _rows(connection, ROLE)[0]
    problems = []
    if role["super"]:
        problems.append(f"The database role {role['name']} is a superuser.")
    if role["bypasses"]:
        problems.append(f"The database role {role['name']} has BYPASSRLS.")
    if role["owns"] and not role["super"]:  # a superuser is a member of every role
        problems.append(f"The database role {role['name']} owns the tables ({role['owns']}).")
    return problems


def guard_web_server(alias: str = "default") -> None:
    """Refuse to serve requests as a role that row-level security does not hold.

    Asked once when the server starts; if the database cannot be reached then, at the first
    connection. Raises ImproperlyConfigured.
    """
    connection = connections[alias]
    try:
        connection.ensure_connection()
        _refuse(connection)
    except OperationalError:
        connection_created.connect(_refuse_later, dispatch_uid="core.isolation")
    finally:
        connection.close()


def _refuse_later(sender: object, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.alias == "default":
        _refuse(connection)
        connection_created.disconnect(dispatch_uid="core.isolation")


def _refuse(connection: BaseDatabaseWrapper) -> None:
    problems = role_problems(connection)
    if problems:
        raise ImproperlyConfigured(
            " ".join(problems)
            + f" Every school would see every other one's data. DATABASE_URL must name {APP};"
            " `manage.py init_database` makes it."
        )


def _table_gaps(table: Table, tables: Sequence[Table]) -> Iterator[str]:
    if table.owner == APP:
        yield f"{table.name}: {APP} owns it"
    for grant in sorted({"TRUNCATE", "REFERENCES", "TRIGGER"} & set(table.grants)):
        yield f"{table.name}: {APP} has {grant}"
    if table.is_queue:
        for grant in table.grants:
            yield f"{table.name}: {APP} has {grant}; the queue is the worker's alone"
        return
    if table.is_tenant_free:
        return
    if not table.secured:
        yield f"{table.name}: row-level security is off"
    for policy in table.policies:
        yield from _policy_gaps(table, policy)
    yield from _key_gaps(table, tables)
    yield from _trigger_gaps(table)
    if table.name not in UNAUDITED and not table.is_audited:
        yield f"{table.name}: changes are not audited"


def _policy_gaps(table: Table, policy: Row) -> Iterator[str]:
    label = f"{table.name}: policy {policy['name']}"
    if not policy["permissive"]:
        yield f"{label} is RESTRICTIVE, which some servers turn into PERMISSIVE"
    for clause in ("using", "check"):
        expression = policy[clause]
        if expression is not None and not _starts_with_tenant(table, expression):
            yield f"{label}: {clause.upper()} does not start with the tenant test: {expression}"


def _undeclared_policies(tables: Sequence[Table]) -> Iterator[str]:
    """Policies that the policy table (core.policies) does not know, or knows otherwise."""
    wanted = {key: (policy.command, policy.roles) for key, policy in policies.policies().items()}
    actual = {
        (table.name, policy["name"]): (policy["command"], policy["roles"])
        for table in tables
        for policy in table.policies
    }
    for table, name in sorted(actual.keys() - wanted.keys()):
        yield f"{table}: policy {name} is not declared"
    for table, name in sorted(wanted.keys() - actual.keys()):
        yield f"{table}: policy {name} is missing"
    for table, name in sorted(actual.keys() & wanted.keys()):
        if actual[table, name] != wanted[table, name]:
            command, to = actual[table, name]
            yield f"{table}: policy {name} is for {command} to {', '.join(to)}"


def _undeclared_privileges(
    connection: BaseDatabaseWrapper, tables: Sequence[Table]
) -> Iterator[str]:
    """What a database role may do more, or less, than the policy table says."""
    declared = policies.privileges()
    of_queue = {table.name for table in tables if table.is_queue}
    actual: dict[tuple[str, str], dict[str, frozenset[str] | None]] = {}
    for row in _rows(connection, PRIVILEGES, roles=[APP, *ACTING.values()]):
        columns = None if row["whole"] else frozenset(row["columns"])
        actual.setdefault((row["table"], row["role"]), {})[row["command"]] = columns
    for table, role in sorted(actual.keys() | declared.keys()):
        if table in of_queue:
            continue
        may, should = actual.get((table, role), {}), declared.get((table, role), {})
        for command in policies.COMMANDS:
            if command not in should and command in may:
                yield f"{table}: {role} has {command.upper()}, which is not declared"
            elif command in should and command not in may:
                yield f"{table}: {role} lacks {command.upper()}"
            elif command in may and may[command] != should[command]:
                yield f"{table}: {role} has {command.upper()} of other columns than declared"


def _starts_with_tenant(table: Table, expression: str) -> bool:
    """Whether the tenant test is the first of terms that are all joined by AND.

    pg_get_expr() puts every term and the whole in parentheses, so the word after the first term
    shows how the terms are joined.
    """
    if expression == OPERATOR_POLICIES.get(table.name):
        return True
    test = rf"{table.tenant_column} = app\.tenant_id\(\)"
    return re.match(rf"\({test}\)$|\(\({test}\) AND ", expression) is not None


def _key_gaps(table: Table, tables: Sequence[Table]) -> Iterator[str]:
    shared = {other.name for other in tables if other.is_tenant_free or other.name == "tenants"}
    for key in table.foreign_keys:
        label = f"{table.name}: foreign key {key['name']}"
        if key["target"] in shared:
            continue
        pairs = list(zip(key["columns"], key["targets"], strict=True))
        if ("tenant_id", "tenant_id") not in pairs:
            yield f"{label} to {key['target']} does not name tenant_id"
        if key["deferrable"] or key["sets"] or not key["valid"]:
            yield f"{label} is deferrable, not validated, or sets columns on delete"
    for index in table.unique:
        if index["first"] != table.tenant_column and index["name"] not in GLOBAL_UNIQUE:
            yield (
                f"{table.name}: unique index {index['name']} does not start with"
                f" {table.tenant_column}"
            )


def _trigger_gaps(table: Table) -> Iterator[str]:
    """Triggers that look past the policies before these are asked, for whoever writes."""
    for trigger in table.triggers:
        looks_past = trigger["definer"] and trigger["type"] & BEFORE
        if looks_past and not _begins_with_the_test(trigger["body"]):
            yield (
                f"{table.name}: trigger {trigger['name']} is SECURITY DEFINER, runs BEFORE the"
                " policies are asked, and does not begin with app.refuse_stranger()"
            )


def _begins_with_the_test(body: str) -> bool:
    """Whether the first statement is the test, and no default of a variable is a query."""
    declared, _begin, statements = body.partition("begin\n")
    return "select" not in declared and statements.lstrip().startswith(
        "perform app.refuse_stranger("
    )


def _unlisted_tables(tables: Sequence[Table]) -> Iterator[str]:
    """Tables without a tenant that are on no list of such."""
    for table in tables:
        if not (table.has_tenant or table.is_tenant_free or table.name in policies.TENANT_COLUMN):
            yield f"{table.name}: has no tenant_id and is not listed as free of schools' data"


def _missing_keys(tables: Sequence[Table]) -> Iterator[str]:
    """References of the models that no composite key of the database holds."""
    held = {
        (table.name, column)
        for table in tables
        for key in table.composite_keys
        for column in key["columns"]
    }
    for model in apps.get_models():
        if not model._meta.managed:
            continue
        for reference in model._meta.local_fields:
            pair = (model._meta.db_table, reference.column)
            if isinstance(reference, TenantForeignKey) and pair not in held:
                yield f"{pair[0]}: no composite foreign key holds {pair[1]}"


def _view_gaps(view: Row) -> Iterator[str]:
    if view["materialized"]:
        yield f"materialized view {view['name']}: row-level security does not reach it"
        return
    if view["writable"]:
        yield f"view {view['name']}: {APP} may write through it"
    if view["name"] not in OWNER_VIEWS and not {
        "security_invoker=true",
        "security_invoker=on",
        "security_invoker=1",
    } & set(view["options"]):
        yield f"view {view['name']}: shows what its owner may see (no security_invoker)"


def _who(table: Table, policy: Row) -> str:
    """The policy's name without the table and the command, and the command: "teacher select"."""
    who = policy["name"].removeprefix(f"{table.name}_").removesuffix(f"_{policy['command']}")
    return f"{who} {policy['command']}"


def _rows(connection: BaseDatabaseWrapper, query: str, **params: Any) -> list[Row]:
    if "%(app)s" in query:
        params["app"] = APP
    with connection.cursor() as cursor:
        cursor.execute(query, params or None)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
