"""Filters of the list of people by year group and homeroom."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from core.http import PersonRequest
from core.models import Homeroom, User, YearGroup

NONE = "none"


class GroupFilter(DropdownFilter):
    """The students of one group, or those without any."""

    all_option = ["", gettext_lazy("All")]
    model: type[YearGroup | Homeroom]

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        rows = [(str(row.pk), str(row)) for row in self.model.objects.all()]
        return [*rows, (NONE, _("None"))] if rows else []

    def queryset(self, request: PersonRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if not chosen:
            return queryset
        if chosen == NONE:
            missing = {"role": User.Role.STUDENT, f"{self.parameter_name}__isnull": True}
            return queryset.filter(**missing)
        try:
            return queryset.filter(**{f"{self.parameter_name}_id": chosen})
        except (ValueError, ValidationError):
            return queryset.none()

    @classmethod
    def describe(cls, value: str | list[str]) -> str:
        """Return what a value of the filter means, for the heading of a file."""
        values = [value] if isinstance(value, str) else value
        names = {str(row.pk): str(row) for row in cls.model.objects.all()} | {NONE: _("None")}
        return ", ".join(names.get(one, one) for one in values)


class YearGroupFilter(GroupFilter):
    title = gettext_lazy("year group")
    parameter_name = "year_group"
    model = YearGroup


class HomeroomFilter(GroupFilter):
    title = gettext_lazy("homeroom")
    parameter_name = "homeroom"
    model = Homeroom
