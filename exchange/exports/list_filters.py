"""What chose the rows of a list's file, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.db.models import Field, Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import records
from core.list_addresses import OWN
from exchange.exports.kinds import join

if TYPE_CHECKING:
    from django.contrib.admin import ListFilter

# How a parameter of a list ends -> what that says of the values.
ENDINGS = {
    "_from_0": gettext_lazy("from"),
    "_from_1": gettext_lazy("from, time"),
    "_to_0": gettext_lazy("to"),
    "_to_1": gettext_lazy("to, time"),
    "_from": gettext_lazy("from"),
    "_to": gettext_lazy("to"),
    "__year": gettext_lazy("year"),
    "__month": gettext_lazy("month"),
    "__day": gettext_lazy("day"),
    "__gte": gettext_lazy("from"),
    "__gt": gettext_lazy("after"),
    "__lte": gettext_lazy("to"),
    "__lt": gettext_lazy("before"),
    "__isnull": gettext_lazy("empty"),
    "__id__exact": "",
    "__exact": "",
    "__in": "",
}


def described(
    modeladmin: ModelAdmin, parameters: Mapping[str, str | list[str]]
) -> list[tuple[str, str]]:
    """Return [(label, text)] of the parameters {name: value or values} of a ModelAdmin's list."""
    chosen = {key: value for key, value in parameters.items() if key not in OWN}
    return [_parameter(modeladmin, key, value) for key, value in chosen.items()]


def _parameter(modeladmin: ModelAdmin, key: str, value: str | list[str]) -> tuple[str, str]:
    """Return (label, text) of one parameter of a list."""
    if key == "q":
        return _("Search"), join(value)
    for entry in modeladmin.list_filter:
        if getattr(entry, "parameter_name", None) == key:
            describe = getattr(entry, "describe", join)
            return capfirst(str(cast("ListFilter", entry).title)), describe(value)
    if words := records.filter_in_words(key, join(value)):
        return words
    ending = next((ending for ending in ENDINGS if key.endswith(ending)), "")
    path, name = key.removesuffix(ending), ENDINGS.get(ending)
    try:
        fields = get_fields_from_path(modeladmin.model, path)
    except (FieldDoesNotExist, NotRelationField):
        return key, join(value)
    label = capfirst(str(getattr(fields[0], "verbose_name", path)))
    values = value if isinstance(value, list) else [value]
    if not name:
        values = [_shown(fields[-1], text) for text in values]
    return f"{label} ({name})" if name else label, join(values)


def _shown(field: Field, text: str) -> str:
    """Return a value as the list shows it: a choice's label, or the name of what an id means."""
    if field.choices:
        return str(dict(field.flatchoices).get(text, text))
    if field.is_relation:
        model = cast("type[Model]", field.related_model)
        try:
            return str(model._default_manager.get(pk=text))
        except (ObjectDoesNotExist, ValidationError, ValueError):
            return _("no longer there")
    return text
