"""The filter of the list of people by year group or homeroom."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from core import groups
from core.http import PersonRequest
from core.models import Homeroom, User

NO_YEAR, NO_ROOM = "none:year", "none:homeroom"
INDENT = "\N{NO-BREAK SPACE}" * 3


class GroupFilter(DropdownFilter):
    """The students of a year group or homeroom, or those without."""

    title = gettext_lazy("year group or homeroom")
    parameter_name = "group"
    all_option = ["", gettext_lazy("All")]

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        rows = [
            (value, year if place == 0 else f"{INDENT}{name}")
            for year, some in groups.options()
            for place, (value, name) in enumerate(some)
        ]
        if not rows:
            return []
        return [
            *rows,
            (NO_ROOM, _("Students without a homeroom")),
            (NO_YEAR, _("Students without a year group")),
        ]

    def queryset(self, request: PersonRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if not chosen:
            return queryset
        students = queryset.filter(role=User.Role.STUDENT)
        if chosen == NO_YEAR:
            return students.filter(year_group=None)
        if chosen == NO_ROOM:
            return students.filter(homeroom=None)
        group = groups.find(chosen)
        if group is None:
            return queryset.none()
        key = "homeroom" if isinstance(group, Homeroom) else "year_group"
        return students.filter(**{key: group})

    @classmethod
    def describe(cls, value: str | list[str]) -> str:
        """Return what a value of the filter means, for the heading of a file."""
        texts = [value] if isinstance(value, str) else value
        without = {NO_YEAR: _("Students without a year group"),
                   NO_ROOM: _("Students without a homeroom")}  # fmt: skip
        return ", ".join(without.get(text) or str(groups.find(text) or text) for text in texts)
