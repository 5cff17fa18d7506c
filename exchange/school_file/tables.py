"""What a school consists of: its tables in the order in which they can be loaded, and their SQL.

Everything follows from the models of the apps that are registered, so that a new table is in the
file by itself; what is not in it is registered with the reason. Rows leave with portable ids
(exchange/sql/portable_ids.sql).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.apps import apps
from django.db.models import JSONField, Model
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from core.models import Tenant
from core.models.base import TenantForeignKey, stored_fields

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

APPS: list[str] = []  # labels, those that others refer to first
# Tables of a school that stay behind: why.
LEFT_OUT_TABLES: dict[str, str | StrPromise] = {}
# What else stays behind: why.
LEFT_OUT_BESIDES: dict[str, str | StrPromise] = {
    "queue": _("Work that was waiting to be done in the background, and uploads it waited for."),
    "admin_log": _("The short history of the admin pages; the audit trail tells the same in full."),
}
LEFT_OUT_COLUMNS = {"users": {"password_version"}}
# The school's own row: not its id, names and status, which belong to the server it lives on.
TENANT_COLUMNS = ("name", "contact_email", "settings", "created_at", "updated_at")
# Ids of rows that no foreign key holds, because they may be of any table, or of a row long gone.
LOOSE_IDS = {"resource_id"}
# JSON in which ids of rows stand under the names of columns. All other JSON is people's own.
JSON_WITH_IDS: dict[str, set[str]] = {}
JSON_KEYS = {"selection"}  # of an export, in the audit trail; beside the names of reference columns
# How values are written as text, whatever the server's own settings are.
SETTINGS = {"TimeZone": "UTC", "DateStyle": "ISO, YMD"}

PLAIN, ID, DOCUMENT = "plain", "id", "document"


def register(
    *apps: str,
    json_with_ids: Mapping[str, set[str]] | None = None,
    left_out_tables: Mapping[str, str | StrPromise] | None = None,
    left_out: Mapping[str, str | StrPromise] | None = None,
) -> None:
    """Add apps whose tables are in the file; each app does so in its module `portable`.

    `json_with_ids` are {table: columns} of documents with ids of rows in them, `left_out_tables`
    {table: why it stays behind}, and `left_out` {name: why} of what else does.
    """
    APPS.extend(apps)
    JSON_WITH_IDS.update(json_with_ids or {})
    LEFT_OUT_TABLES.update(left_out_tables or {})
    LEFT_OUT_BESIDES.update(left_out or {})


def reasons() -> dict[str, str | StrPromise]:
    """Return {name: why} of all that is not in the file."""
    return {**LEFT_OUT_BESIDES, **LEFT_OUT_TABLES}


@dataclass(frozen=True)
class Column:
    """One column; `kind` says what becomes of its value: PLAIN, ID or DOCUMENT."""

    name: str
    kind: str

    def portable(self, tenant_id: sql.Composable) -> sql.Composable:
        """Return the SQL of the value with portable ids; applied again, of the value itself."""
        name = sql.Identifier(self.name)
        if self.kind == ID:
            return sql.SQL("app.portable_id({}, {}::uuid)").format(name, tenant_id)
        if self.kind == DOCUMENT:
            return sql.SQL("(select * from app.portable_document({}, {}::uuid, {}))").format(
                name, tenant_id, sql.Literal(json_keys())
            )
        return name


@dataclass(frozen=True)
class Table:
    """One table and its columns in the file; `owner` is the column with the school's id."""

    name: str
    columns: tuple[Column, ...]
    owner: str = "tenant_id"

    @property
    def member(self) -> str:
        """The name of its file in the zip."""
        return f"tables/{self.name}.csv"

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def read(self, tenant_id: UUID) -> sql.Composed:
        """Return the COPY of the school's rows, in an order that only depends on what they are."""
        school = sql.Literal(str(tenant_id))
        return sql.SQL(
            "COPY (SELECT {columns} FROM {table} WHERE {owner} = {school} ORDER BY 1)"
            " TO STDOUT (FORMAT csv, HEADER)"
        ).format(
            columns=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(column.portable(school), sql.Identifier(column.name))
                for column in self.columns
            ),
            table=sql.Identifier("public", self.name),
            owner=sql.Identifier(self.owner),
            school=school,
        )


def school_tables() -> list[Table]:
    """Return the `Table`s of a school: its own row, then every table after those it refers to."""
    waiting = [model for model in _models() if model._meta.db_table not in LEFT_OUT_TABLES]
    tables = [Table("tenants", tuple(Column(name, PLAIN) for name in TENANT_COLUMNS), "id")]
    while waiting:
        model = next(m for m in waiting if not _parents(m) & ({*waiting} - {m}))
        waiting.remove(model)
        tables.append(Table(model._meta.db_table, tuple(_columns(model))))
    return tables


def titles() -> list[str]:
    """Return what people call the tables of a school's file, in its order; its own row left out."""
    names = {model._meta.db_table: str(model._meta.verbose_name_plural) for model in _models()}
    return [names[table.name] for table in school_tables()[1:]]


def json_keys() -> list[str]:
    """Return the keys under which a JSON document holds ids of rows, sorted."""
    names = {
        field.column
        for model in _models()
        for field in model._meta.concrete_fields
        if isinstance(field, TenantForeignKey)
    }
    return sorted(names | LOOSE_IDS | JSON_KEYS)


def _models() -> list[type[Model]]:
    """Every model of a school's table, but for the school's own."""
    return [
        model
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if model._meta.managed
        and model is not Tenant
        and any(field.column == "tenant_id" for field in model._meta.concrete_fields)
    ]


def _parents(model: type[Model]) -> set[type[Model]]:
    return {
        cast("type[Model]", field.related_model)
        for field in model._meta.concrete_fields
        if isinstance(field, TenantForeignKey)
    }


def _columns(model: type[Model]) -> Iterator[Column]:
    """The columns of a model in the file, the primary key first."""
    table = model._meta.db_table
    fields = sorted(stored_fields(model), key=lambda field: not field.primary_key)
    for field in fields:
        name = field.column
        if name == "tenant_id" or name in LEFT_OUT_COLUMNS.get(table, ()):
            continue
        if isinstance(field, TenantForeignKey) or field.primary_key or name in LOOSE_IDS:
            yield Column(name, ID)
        elif isinstance(field, JSONField) and name in JSON_WITH_IDS.get(table, ()):
            yield Column(name, DOCUMENT)
        else:
            yield Column(name, PLAIN)
