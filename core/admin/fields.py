"""Form fields for JSON columns, so that nobody has to write JSON."""

import zoneinfo
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from core import numbers
from core.admin.rows import RowColumn, RowsField


class GradingScaleField(RowsField):
    """A grading scale as a table; the value is [[letter, bound], ...], the highest first, or None.

    Bounds are the lowest percent that earns the letter: no two equal, the lowest 0.
    """

    columns = (
        RowColumn("letter", gettext_lazy("Grade")),
        RowColumn("bound", gettext_lazy("From percent"), is_number=True),
    )
    add_label = gettext_lazy("Add another grade")
    default_error_messages = {
        "row": gettext_lazy("Enter a grade and the percentage that it starts at, like A- and 90."),
        "letter": gettext_lazy("A grade has at most 10 characters."),
        "percent": gettext_lazy("“%(value)s” is not a percentage from 0 to 100."),
        "same_letter": gettext_lazy("This grade is in the table twice."),
        "same_bound": gettext_lazy("Two grades start at the same percentage."),
        "lowest": gettext_lazy("The lowest grade must start at 0."),
    }

    def written(self, value: Any) -> list[dict[str, Any]]:
        names = [column.name for column in self.columns]
        return [dict(zip(names, step, strict=False)) for step in value]

    def clean(self, value: Any) -> list[list[Any]] | None:
        steps = super().clean(value)
        return steps and sorted(steps, key=lambda step: step[1], reverse=True)

    def read(self, row: Mapping[str, str]) -> list[Any]:
        if len(row["letter"]) > 10:
            raise forms.ValidationError(self.error_messages["letter"])
        percent = self.read_number(row["bound"].rstrip("%"), 100)
        if percent is None:
            raise forms.ValidationError(
                self.error_messages["percent"], params={"value": row["bound"]}
            )
        return [" ".join(row["letter"].split()), percent]

    @staticmethod
    def read_number(text: str, most: int) -> int | float | None:
        """Return the plainest JSON number of a text, from 0 to `most`; None if it is none."""
        try:
            number = numbers.read(text)
        except ValueError:
            return None
        is_in_range = 0 <= number <= most
        return _json_number(number) if is_in_range else None

    def compare(self, rows: list[list[Any]]) -> dict[int, Any]:
        problems = {}
        for number, (letter, bound) in enumerate(step[:2] for step in rows):
            earlier = rows[:number]
            if letter in [step[0] for step in earlier]:
                problems[number] = self.error_messages["same_letter"]
            elif bound in [step[1] for step in earlier]:
                problems[number] = self.error_messages["same_bound"]
        if rows and not problems:
            lowest = min(range(len(rows)), key=lambda number: rows[number][1])
            if rows[lowest][1] != 0:
                problems[lowest] = self.error_messages["lowest"]
        return problems


def _json_number(value: Decimal) -> int | float:
    """Return a Decimal as the plainest JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


class TimeZoneField(forms.ChoiceField):
    """A time zone of the IANA database."""

    def __init__(self, **kwargs: Any) -> None:
        names = sorted(zoneinfo.available_timezones())
        widget = UnfoldAdminSelectWidget()
        super().__init__(choices=[(name, name) for name in names], widget=widget, **kwargs)
