"""Who may do what with which rows: the policy table, declared once.

Each app's module `access` declares its tables, role by role:

    access = Access("core")
    access.table("users", admin=everything(), teacher=[read(SELF), change(SELF, "phone")])
    access.table("guardians", people_office=everything(), teacher=read())

A group of the office (core.offices) stands for each of its roles.
`manage.py policies` writes the row-level security and the privileges that follow from it
(`<app>/sql/<app>_policies.sql`) and the table in docs/isolation.md; `core.isolation` compares the
catalog of a database with it, and tests the permissions of the admin. What a table does not name is
refused: commands, roles, and columns of an UPDATE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from textwrap import fill
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from core import offices
from core.database.roles import ACTING, APP

COMMANDS = ("select", "insert", "update", "delete")
TENANT_COLUMN = {"tenants": "id"}  # whose row it is, where it is not tenant_id
# Of a table to a role: command -> the columns, or None for all.
Privileges = dict[str, "frozenset[str] | None"]
AND = "\n           and "
# An equality with the tenant, like the tenant test: the planner asks it once and not of each row.
# Written plainly it expects one row in 200 to meet it, and sorts the whole school.
ROLE_TEST = "{} = app.tenant_as('{}')"
WORDS = {"select": "read", "insert": "add", "update": "change", "delete": "delete"}


@dataclass(frozen=True)
class Rows:
    """Which rows of the school: a condition, or several, and how people say it ("read *own*").

    `only` is the role to which alone the condition gives any row: it compares with that role's id
    (app.student_id()) or reads a view that does. For any other condition the role is asked besides.
    Rows of `any_school` are the platform's business, whose condition stands alone.
    """

    sql: str | tuple[str, ...] = ()
    words: str = ""
    only: str = ""
    any_school: bool = False

    def condition(self, table: str, role: str) -> str:
        """Return the policy's expression: the tenant test, the role's, and the condition."""
        conditions = (self.sql,) if isinstance(self.sql, str) else self.sql
        if self.any_school:
            return AND.join(conditions)
        column = TENANT_COLUMN.get(table, "tenant_id")
        terms = [f"{column} = app.tenant_id()"]
        if self.only != role:
            terms.append(ROLE_TEST.format(column, role))
        return AND.join([*terms, *conditions])


ALL_ROWS = Rows()


@dataclass(frozen=True)
class Rule:
    """What a role may do with some rows.

    `columns` are all that an UPDATE may name, if any; `without` are those that a SELECT may not.
    `name` distinguishes two policies of a role for the same command.
    """

    commands: tuple[str, ...]
    rows: Rows = ALL_ROWS
    columns: tuple[str, ...] = ()
    name: str = ""
    without: tuple[str, ...] = ()

    def words(self) -> str:
        """Return the rule as people say it."""
        verbs = "all" if self.commands == COMMANDS else ", ".join(WORDS[c] for c in self.commands)
        text = " ".join(filter(None, [verbs, self.rows.words]))
        columns = [column for column in self.columns if column != "updated_at"]
        if self.without:
            return f"{text} (without {', '.join(self.without)})"
        return f"{text} ({', '.join(columns)})" if columns else text

    def granted(self, table: str) -> frozenset[str] | None:
        """Return the columns that its privilege is for; None is all."""
        if self.without:
            return _columns(table) - frozenset(self.without)
        return frozenset(self.columns) or None


def everything(rows: Rows = ALL_ROWS) -> Rule:
    return Rule(COMMANDS, rows)


def read(rows: Rows = ALL_ROWS, *, name: str = "", without: tuple[str, ...] = ()) -> Rule:
    return Rule(("select",), rows, name=name, without=without)


def add(rows: Rows = ALL_ROWS) -> Rule:
    return Rule(("insert",), rows)


def change(rows: Rows = ALL_ROWS, *columns: str) -> Rule:
    return Rule(("update",), rows, columns)


def remove(rows: Rows = ALL_ROWS) -> Rule:
    return Rule(("delete",), rows)


def keep(rows: Rows = ALL_ROWS) -> Rule:
    """Read, add and delete: what is there is not changed."""
    return Rule(("select", "insert", "delete"), rows)


@dataclass(frozen=True)
class Policy:
    """One row-level security policy as the database must have it."""

    table: str
    name: str
    command: str  # "all" or one of COMMANDS
    role: str
    condition: str

    @property
    def roles(self) -> list[str]:
        return sorted((APP, ACTING[self.role]))


class Access:
    """The tables of one app, and what it adds to a lower app's."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.tables: dict[str, dict[str, list[Rule]]] = {}  # name -> {role: [Rule]}
        self.additions: dict[str, dict[str, list[Rule]]] = {}
        self.shared_tables: list[str] = []

    def table(self, name: str, **roles: Any) -> None:
        """Declare a table of the app: a rule, or several, for each role or group of the office."""
        self.tables[name] = _listed(roles)

    def extend(self, name: str, **roles: Any) -> None:
        """Declare more rules of a lower app's table, for whose rows this app knows the reason."""
        self.additions[name] = _listed(roles)

    def shared(self, *names: str) -> None:
        """Declare tables without any school's data, which everybody reads and nobody writes."""
        self.shared_tables += names

    def policies(self) -> list[Policy]:
        """Return the policies that the app makes, in their order."""
        return [
            policy
            for name, roles in (self.tables | self.additions).items()
            for role, rules in roles.items()
            for rule in rules
            for policy in _policies(name, role, rule)
        ]


def _listed(roles: Mapping[str, Rule | Sequence[Rule]]) -> dict[str, list[Rule]]:
    return offices.by_role(
        {name: [rules] if isinstance(rules, Rule) else rules for name, rules in roles.items()}
    )


def _policies(table: str, role: str, rule: Rule) -> Iterator[Policy]:
    commands = ("all",) if rule.commands == COMMANDS else rule.commands
    for command in commands:
        name = "_".join(filter(None, [table, role, rule.name, command]))
        yield Policy(table, name, command, role, rule.rows.condition(table, role))


# --- everything that is declared ------------------------------------------------------------------


@cache
def declared() -> list[Access]:
    """Return the `Access` of every app that has one, lower apps first."""
    registered = [
        import_module(f"{config.name}.access").access
        for config in apps.get_app_configs()
        if module_has_submodule(config.module, "access")
    ]
    return sorted(registered, key=lambda access: access.label != "core")


def tables() -> dict[str, dict[str, list[Rule]]]:
    """Return {table: {role: [Rule]}} of all apps together."""
    together: dict[str, dict[str, list[Rule]]] = {}
    for access in declared():
        for name, roles in (access.tables | access.additions).items():
            for role, rules in roles.items():
                together.setdefault(name, {}).setdefault(role, []).extend(rules)
            together.setdefault(name, {})
    return together


def shared_tables() -> frozenset[str]:
    """Return the names of the tables that hold no school's data."""
    return frozenset(name for access in declared() for name in access.shared_tables)


def policies() -> dict[tuple[str, str], Policy]:
    """Return every `Policy` that the database must have, by (table, name)."""
    return {(p.table, p.name): p for access in declared() for p in access.policies()}


def privileges() -> dict[tuple[str, str], Privileges]:
    """Return {(table, database role): {command: frozenset of columns, or None for all}}."""
    granted: dict[tuple[str, str], Privileges] = {}
    for table, roles in tables().items():
        for role, rules in roles.items():
            for database_role in (APP, ACTING[role]):
                _add_privileges(granted.setdefault((table, database_role), {}), table, rules)
        # An operator is an admin, of the platform's tenant.
        inherited = granted.get((table, ACTING["admin"]))
        if inherited:
            _merge(granted.setdefault((table, ACTING["operator"]), {}), inherited)
    for table in shared_tables():
        for role in (APP, *ACTING.values()):
            granted[table, role] = {"select": None}
    return granted


@cache
def withheld(table: str, role: str) -> frozenset[str]:
    """Return the columns of a table that a database role which reads the table may not read."""
    columns = privileges().get((table, role), {}).get("select")
    return _columns(table) - columns if columns else frozenset()


def files(base: Path) -> dict[Path, str]:
    """Return {path: text} of all files below the project's directory that follow from the table."""
    made = {
        base / access.label / "sql" / f"{access.label}_policies.sql": as_sql(access)
        for access in declared()
    }
    page = base / "docs" / "isolation.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return made | {page: f"{before}{BEGIN}\n\n{as_markdown()}\n{END}{after}"}


def _add_privileges(granted: Privileges, table: str, rules: Iterable[Rule]) -> None:
    for rule in rules:
        _merge(granted, dict.fromkeys(rule.commands, rule.granted(table)))


def _columns(table: str) -> frozenset[str]:
    [model] = (m for m in apps.get_models() if m._meta.db_table == table)
    return frozenset(field.column for field in model._meta.concrete_fields)


def _merge(granted: Privileges, more: Privileges) -> None:
    for command, columns in more.items():
        known = granted.get(command)
        if known is not None and columns is not None:
            columns = known | columns
        elif command in granted:
            columns = None
        granted[command] = columns


# --- in words -------------------------------------------------------------------------------------

BEGIN, END = "<!-- manage.py policies -->", "<!-- end -->"
IN_WORDS = ("admin", "registrar", "bursar", "teacher", "student", "guardian")


def as_markdown() -> str:
    """Return the policy table for people: a row for all tables that have the same cells."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, roles in tables().items():
        cells = tuple(
            "; ".join(rule.words() for rule in roles.get(role, ())) or "nothing"
            for role in IN_WORDS
        )
        alike.setdefault(cells, []).append(name)
    lines = [f"| table | {' | '.join(IN_WORDS)} |", "|---" * (len(IN_WORDS) + 1) + "|"]
    lines += [f"| {', '.join(names)} | {' | '.join(cells)} |" for cells, names in alike.items()]
    return "\n".join(lines) + "\n"


# --- as SQL ---------------------------------------------------------------------------------------

HEADER = """\
-- Row-level security and privileges of {label}; `manage.py policies` makes this file from
-- {label}/access.py. PERMISSIVE only (Citus turns RESTRICTIVE into PERMISSIVE on its shards), and
-- every policy starts with the tenant test. Each is for one role of a person: for its own database
-- role, so that the planner meets no other's, and for school_app, where the settings alone say who
-- is asking. Without WITH CHECK a policy asks the same of the new row as of the old one.
"""
INDENT = " " * 8
EVERYBODY = f"{APP},\n        {', '.join(ACTING.values())}"


def as_sql(access: Access) -> str:
    """Return the text of the app's `<app>_policies.sql`."""
    parts = [HEADER.format(label=access.label)]
    for name, roles in access.tables.items():
        parts.append(
            f"-- {name}\n"
            f"alter table {name} enable row level security;\n"
            f"revoke all on {name}\n    from {EVERYBODY};\n" + _grants(name, roles)
        )
        parts.append(_policies_sql(name, access))
    for name, roles in access.additions.items():
        parts.append(f"-- {name}\n" + _grants(name, roles))
        parts.append(_policies_sql(name, access))
    if access.shared_tables:
        names = ",\n        ".join(access.shared_tables)
        parts.append(
            "-- The same for every school: only read.\n"
            f"revoke all on {names}\n    from {EVERYBODY};\n"
            f"grant select on {names}\n    to {EVERYBODY};\n"
        )
    return "\n".join(filter(None, parts))


def _grants(table: str, roles: Mapping[str, Sequence[Rule]]) -> str:
    """Return the GRANTs of a table: to the application what any role may, to each role its own."""
    wanted: dict[str, Privileges] = {}
    for role, rules in roles.items():
        for database_role in (APP, ACTING[role]):
            _add_privileges(wanted.setdefault(database_role, {}), table, rules)
    alike: dict[str, list[str]] = {}
    for database_role in (APP, *ACTING.values()):
        if database_role in wanted:
            alike.setdefault(_privileges(wanted[database_role]), []).append(database_role)
    return "".join(
        f"{fill(f'grant {privileges} on {table}', 100, subsequent_indent=INDENT)}\n"
        f"    to {', '.join(to)};\n"
        for privileges, to in alike.items()
    )


def _privileges(granted: Privileges) -> str:
    return ", ".join(
        command if columns is None else f"{command} ({', '.join(sorted(columns))})"
        for command, columns in ((c, granted[c]) for c in COMMANDS if c in granted)
    )


def _policies_sql(table: str, access: Access) -> str:
    text = ""
    for policy in access.policies():
        if policy.table != table:
            continue
        clause = "with check" if policy.command == "insert" else "using"
        text += (
            f"drop policy if exists {policy.name} on {table};\n"
            f"create policy {policy.name} on {table} for {policy.command}\n"
            f"    to {', '.join((APP, ACTING[policy.role]))}\n"
            f"    {clause} ({policy.condition});\n"
        )
    return text
