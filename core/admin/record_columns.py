"""Columns of the list of people for the fields of their record."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models.fields.json import KeyTransform

from core import records
from core.composed import composed
from core.models import PersonField, User
from core.models.base import TenantQuerySet


@composed
def _fields() -> TenantQuerySet[PersonField]:
    return records.fields()


def of_lists() -> list[Callable[[User], str]]:
    """Return a column for each field in use that whoever is asking may read."""
    return [_column(field) for field in records.by_key(_fields()).values()]


def _column(field: PersonField) -> Callable[[User], str]:
    key, kind = field.key, field.kind

    def column(person: User) -> str:
        return records.text_of(kind, records.values(person).get(key))

    column.__name__ = field.name
    column.short_description = field.label  # type: ignore[attr-defined]  # Django reads both
    column.admin_order_field = KeyTransform(key, records.column())  # type: ignore[attr-defined]
    return column
