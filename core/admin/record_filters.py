"""Filters of the list of people by the fields of their record that are chosen from a few values."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from core import records
from core.composed import composed
from core.http import PersonRequest
from core.models import PersonField
from core.models.base import TenantQuerySet

Kind = PersonField.Kind


class RecordFilter(DropdownFilter):
    """One field of the record; a subclass for each is made by `of_lists`."""

    all_option = ["", gettext_lazy("All")]
    field: PersonField

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        if self.field.kind == Kind.YES_NO:
            return [("true", _("Yes")), ("false", _("No"))]
        return [(option, option) for option in self.field.options]

    def queryset(self, request: PersonRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        text = KeyTextTransform(self.field.key, records.column())
        return queryset.filter(Exact(text, self.value()))


@composed
def _with_few_values() -> TenantQuerySet[PersonField]:
    return records.fields().filter(kind__in=[Kind.CHOICE, Kind.YES_NO])


def of_lists() -> list[type[RecordFilter]]:
    """Return a filter for each field with few values that whoever is asking may read."""
    few = records.by_key(_with_few_values())
    return [
        type(
            "RecordFilter",
            (RecordFilter,),
            {"title": field.label, "parameter_name": field.name, "field": field},
        )
        for field in few.values()
    ]
