"""Columns that some roles may not read, left out of the queries that Django makes for them.

The policy table says which (`core.policies.Rule.without`), and PostgreSQL refuses a query that
names one. A field of a kind below is selected as NULL for such a reader, also through a join, and
stays unset on the row, so that saving the row leaves the column alone. Read, it is None.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query_utils import DeferredAttribute

from core import policies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from core.database.backend.base import DatabaseWrapper


def is_withheld(field: models.Field, connection: BaseDatabaseWrapper) -> bool:
    """Say whether the database role that the connection acts as may not read the column."""
    acting = cast("DatabaseWrapper", connection).acting
    return field.column in policies.withheld(field.model._meta.db_table, acting)


class WithheldAttribute(DeferredAttribute):
    """None where the reader may not have it; else as every attribute of a row."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is not None and self.field.attname not in instance.__dict__:
            using = instance._state.db or DEFAULT_DB_ALIAS
            if is_withheld(self.field, connections[using]):
                return None
        return super().__get__(instance, cls)


class WithheldField(models.Field):
    """What the kinds below have in common; migrations know the kind of Django's beside it."""

    descriptor_class = WithheldAttribute

    def select_format(self, compiler: SQLCompiler, sql: str, params: Any) -> tuple[str, Any]:
        if is_withheld(self, compiler.connection):
            return f"NULL::{self.db_type(compiler.connection)}", []
        return super().select_format(compiler, sql, params)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        kind = type(self).__mro__[2]  # Django's, which stands second in the bases
        return name, f"django.db.models.{kind.__name__}", args, kwargs


class WithheldUUIDField(WithheldField, models.UUIDField):
    """An id that some roles may not read."""


class WithheldJSONField(WithheldField, models.JSONField):
    """Data that some roles may not read."""


class WithheldCharField(WithheldField, models.CharField):
    """A word that some roles may not read."""


class WithheldTextField(WithheldField, models.TextField):
    """A text that some roles may not read."""


class WithheldDecimalField(WithheldField, models.DecimalField):
    """A number that some roles may not read."""


class WithheldModel(models.Model):
    """A row with such fields."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any) -> Any:
        row = super().from_db(db, field_names, values)
        connection = cast("DatabaseWrapper", connections[db or DEFAULT_DB_ALIAS])
        for name in _withheld_names(cls, connection.acting):
            row.__dict__.pop(name, None)
        return row


@cache
def _withheld_names(model: type[models.Model], acting: str) -> list[str]:
    """Return the attributes of a row that a database role may not read."""
    columns = policies.withheld(model._meta.db_table, acting)
    fields = (field for field in model._meta.concrete_fields if isinstance(field, WithheldField))
    return [field.attname for field in fields if field.column in columns]
