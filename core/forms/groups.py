"""The form field that chooses a year group or a homeroom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from core import groups


def _choices() -> list[Any]:
    return [("", _("Choose…")), *groups.options()]


class GroupField(forms.Field):
    """A year group or a homeroom of the school, in one list; the value is its row, or None."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminSelectWidget(choices=_choices))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else groups.value_of(value)

    def to_python(self, value: Any) -> groups.Group | None:
        if value in self.empty_values:
            return None
        group = groups.find(str(value))
        if group is None:
            raise ValidationError(_("There is no such year group or homeroom."))
        return group
