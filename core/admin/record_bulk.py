"""What can be changed of many people at once: where students belong, and choices of the record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from core import records
from core.admin import record_form
from core.admin.bulk_edit import BulkField
from core.forms.groups import GroupField
from core.models import Homeroom, PersonField, User

FEW = (PersonField.Kind.CHOICE, PersonField.Kind.YES_NO)  # kinds that are safe to set many times


def of_people() -> list[BulkField]:
    """Return the fields for whoever is asking: of the office, which reads all of a record."""
    return [_group(), *_of_records(records.fields().filter(kind__in=FEW))]


def _group() -> BulkField:
    def put(person: User, group: Any) -> list[str]:
        if group is None:
            person.homeroom = person.year_group = None
            return ["homeroom", "year_group"]
        # The database keeps both in step (core/sql/homerooms.sql).
        name = "homeroom" if isinstance(group, Homeroom) else "year_group"
        setattr(person, name, group)
        return [name]

    return BulkField(
        "group",
        GroupField(label=_("Year group or homeroom"), required=False),
        lambda person: str(person.homeroom or person.year_group or ""),
        put,
        lambda person: "" if person.is_student else _("Only students are in a year group."),
    )


def _of_records(fields: Iterable[PersonField]) -> list[BulkField]:
    """Return a field for each key; it is of all roles that have one of that key."""
    by_key: dict[str, list[PersonField]] = {}
    for field in fields:
        by_key.setdefault(field.key, []).append(field)
    return [_of_record(alike) for alike in by_key.values()]


def _of_record(alike: list[PersonField]) -> BulkField:
    field, roles = alike[0], {same.role for same in alike}

    def put(person: User, value: Any) -> list[str]:
        new = {field.key: records.stored(field.kind, value)}
        person.metadata = records.changed(person.metadata, new)
        return ["metadata"]

    return BulkField(
        field.name,
        record_form.form_field(field),
        lambda person: records.text_of(field.kind, records.values(person).get(field.key)),
        put,
        lambda person: "" if person.role in roles else _("These people do not have this field."),
    )
