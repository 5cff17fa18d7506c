"""A table of one person's data: its columns, and its values as readable text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

CHUNK = 1000  # rows that are fetched at a time


@dataclass(frozen=True)
class Table:
    """One table of the zip: the name of its file, its title, its headers and its rows.

    `rows(person)` yields lists of typed values (text, numbers, dates, aware datetimes, None).
    """

    name: str
    title: str
    headers: tuple[str, ...]
    rows: Callable


@dataclass(frozen=True)
class Listed:
    """The `Table` of the rows of `model` whose `key` is the person, in `order`.

    `columns` are paths, or pairs of a path and a header that replaces the field's own name.
    """

    name: str
    title: str
    model: type[models.Model]
    key: str
    order: tuple[str, ...]
    columns: list

    @property
    def headers(self):
        return tuple(
            str(header or capfirst(field_of(self.model, path).verbose_name))
            for path, header in self._pairs()
        )

    def rows(self, person):
        paths = [path for path, _header in self._pairs()]
        fields = [field_of(self.model, path) for path in paths]
        queryset = self.model.all_objects.filter(**{self.key: person.pk}).order_by(
            *self.order, "pk"
        )
        for row in queryset.values_list(*paths).iterator(chunk_size=CHUNK):
            yield [readable(field, value) for field, value in zip(fields, row, strict=True)]

    def _pairs(self):
        return [(column, None) if isinstance(column, str) else column for column in self.columns]


def field_of(model, path):
    """Return the model field at the end of a path across relations."""
    first, *rest = path.split("__")
    field = model._meta.get_field(first)
    for name in rest:
        field = field.related_model._meta.get_field(name)
    return field


def readable(field, value):
    """Return a value as a person reads it: labels for codes, lines for JSON."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if field.is_relation and value is not None:
        return str(value)
    if field.choices and value is not None:
        return str(dict(field.flatchoices).get(value, value))
    if field.name == "line_items":
        return "\n".join(_line_item(item) for item in value or [])
    if isinstance(value, dict | list):
        return _words(value)
    return value


def _line_item(item):
    return f"{item.get('description')}: {item.get('quantity')} × {item.get('unit_price')}"


def _words(value):
    """Return a JSON value as lines "key: value"; nested values are in one line."""
    if isinstance(value, dict):
        return "\n".join(f"{key}: {flat(item)}" for key, item in value.items())
    return "\n".join(flat(item) for item in value)


def flat(value):
    if isinstance(value, dict):
        return ", ".join(f"{key}: {flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(flat, value))
    return "" if value is None else str(value)
