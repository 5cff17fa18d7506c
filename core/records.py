"""The record of a person: the school's fields, and what they hold, as whoever is asking reads them.

PostgreSQL keeps the values and decides (core/sql/person_fields.sql): the office has all of a record
in `users.metadata`, teachers and families the columns made of the fields that their role may read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.validators import RegexValidator
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import rls
from core.composed import composed
from core.models import PersonField, User
from core.models.base import TenantQuerySet

# Under this key of `metadata` stands what no field is defined for.
APART = "_imported"
COLUMNS = {
    "admin": "metadata",
    "registrar": "metadata",
    "bursar": "teacher_record",
    "teacher": "teacher_record",
}
PARTS = ("first_name", "last_name", "preferred_name")
# Settings of the school: what names are made of, and the pattern of student numbers.
NAME_STYLE, NUMBER_PATTERN = "display_name", "student_numbers"
PREFERRED = "preferred"
PREFIX = "record_"  # of the names of fields in forms, files and addresses


def column() -> str:
    """Return the column of `users` with what whoever is asking may read of records."""
    return COLUMNS.get(rls.current().role, "family_record")


def fields(role: str | None = None) -> TenantQuerySet[PersonField]:
    """Return the fields in use, of one role or of all, that whoever is asking may read."""
    rows = PersonField.objects.filter(is_archived=False)
    return rows.filter(role=role) if role else rows


@composed
def fields_of(role: str) -> TenantQuerySet[PersonField]:
    """Return the list of the fields in use of a role that whoever is asking may read."""
    return fields(role)


def values(person: User) -> dict[str, Any]:
    """Return {key: value} of what whoever is asking may read of a person's record."""
    kept = getattr(person, column()) or {}
    return {key: value for key, value in kept.items() if key != APART}


def apart(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what `metadata` keeps apart from the record."""
    return dict((metadata or {}).get(APART) or {})


def with_apart(metadata: Mapping[str, Any] | None, other: Mapping[str, Any]) -> dict[str, Any]:
    """Return `metadata` with `other` in place of what it keeps apart."""
    record = {key: value for key, value in (metadata or {}).items() if key != APART}
    return record | ({APART: dict(other)} if other else {})


# What a text may be, as app.record_problem() has it: characters of a line and of a long text.
LINE, PAGE = 500, 10_000
SHORT = 60  # characters of what stands beside others on a page
PHONE = RegexValidator(
    r"^(?=(?:\D*\d){3})[-+0-9 ()/.]{3,50}$",
    gettext_lazy("Write a phone number: digits, spaces and + - ( ) / . only."),
)


@dataclass(frozen=True)
class Line:
    """A field and what a person has in it, as text."""

    key: str
    label: str
    text: str
    is_private: bool
    is_long: bool


def lines(person: User, *, archived: bool = False) -> list[Line]:
    """Return the fields of a person's record that hold something, in their order.

    With `archived` those that are no longer in use, too.
    """
    kept = values(person)
    all_of_role = PersonField.objects.filter(role=person.role)
    asked = all_of_role if archived else fields_of(person.role)
    return [
        Line(
            field.key,
            field.label,
            text_of(field.kind, kept[field.key]),
            field.is_private,
            len(str(kept[field.key])) > SHORT,
        )
        for field in asked
        if field.key in kept
    ]


def text_of(kind: str, value: Any) -> str:
    """Return a value of the record as people read it; "" for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if kind == PersonField.Kind.DATE:
        try:
            return formats.date_format(date.fromisoformat(value), "DATE_FORMAT")
        except (TypeError, ValueError):
            return str(value)
    return str(value)


def stored(kind: str, value: Any) -> Any:
    """Return what a form or a file gives for a field as the record keeps it; None for nothing."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return int(value) if whole else float(value)
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip() or None
    return value


def changed(metadata: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return `metadata` with the values `new` {key: value or None} in place of what it had."""
    merged = {**(metadata or {}), **new}
    return {key: value for key, value in merged.items() if value is not None}


def display_name(record: Mapping[str, Any], style: str | None) -> str:
    """Return the name that the parts of a record make, as app.display_name() does; "" without."""
    first = (style == PREFERRED and record.get("preferred_name")) or record.get("first_name")
    return " ".join(filter(None, [first, record.get("last_name")]))[:255]


def name_style() -> str | None:
    """Return what the school makes names of: its setting."""
    return (rls.current_tenant().settings or {}).get(NAME_STYLE)


def by_key(some: Iterable[PersonField]) -> dict[str, PersonField]:
    """Return {key: field}, the first field of each key."""
    known: dict[str, PersonField] = {}
    for field in some:
        known.setdefault(field.key, field)
    return known


def filter_in_words(parameter: str, value: str) -> tuple[str, str] | None:
    """Return (label, text) of a parameter that filters a list by a field; None for others."""
    if not parameter.startswith(PREFIX):
        return None
    field = fields().filter(key=parameter.removeprefix(PREFIX)).first()
    if field is None:
        return None
    words = {"true": _("Yes"), "false": _("No")} if field.kind == PersonField.Kind.YES_NO else {}
    return field.label, words.get(value, value)
