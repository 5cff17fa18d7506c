"""Widgets of the admin's own pages."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.admin import widgets


def _ids(values: Iterable[object]) -> list[Any]:
    """Return those that are ids; Django would ask the database for the others, too."""
    ids = []
    for value in values:
        try:
            UUID(str(value))
        except ValueError:
            continue
        ids.append(value)
    return ids


class AutocompleteSelect(widgets.AutocompleteSelect):
    """Choose a row by typing; what is no id is shown as nothing chosen."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        ids = _ids(value)
        if ids:
            return super().optgroups(name, ids, attr)
        # Django would compose a query for nothing, in each filter of a list.
        empty = self.create_option(name, "", "", selected=False, index=0)
        return [(None, [] if self.is_required else [empty], 0)]


class AutocompleteSelectMultiple(widgets.AutocompleteSelectMultiple):
    """Choose rows by typing; what is no id is left out."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        ids = _ids(value)
        return super().optgroups(name, ids, attr) if ids else [(None, [], 0)]


# Without an id, which nothing in a list refers to.
IN_LIST = {"class": "in-list", "id": False}


class ListDate(forms.DateInput):
    """A date in a row of a list: typed, without a calendar for each row."""

    def __init__(self) -> None:
        super().__init__(IN_LIST)


class ListSelect(forms.Select):
    """A choice in a row of a list."""

    def __init__(self) -> None:
        super().__init__(IN_LIST)
