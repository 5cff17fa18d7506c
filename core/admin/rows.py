"""Form fields of several rows in a small table: the items of an invoice, the grades of a scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import INPUT_CLASSES

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class RowColumn:
    """A column of the table: its key in the rows, its heading, and what it takes."""

    name: str
    label: str | StrPromise
    is_number: bool = False
    is_required: bool = True


class RowsWidget(forms.Widget):
    """A table of inputs; rows left empty are not sent on. A wrong row says itself what is wrong."""

    template_name = "core/admin/rows.html"
    BLANK_ROWS = 3

    class Media:
        js = ["core/rows.js"]

    def __init__(
        self,
        columns: Sequence[RowColumn],
        add_label: str | StrPromise,
        attrs: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(attrs)
        self.columns, self.add_label = columns, add_label

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = [*(value or []), *[{} for _n in range(self.BLANK_ROWS)]]
        shown = [self._shown(row, f"id_{name}_row_{n}") for n, row in enumerate(rows, 1)]
        # Unfold would frame every input of a field with errors in red.
        classes = [name for name in INPUT_CLASSES if not name.startswith("group-[.errors]")]
        return context | {
            "columns": self.columns,
            "rows": shown,
            "input_class": " ".join(classes),
            "add_label": self.add_label,
        }

    def _shown(self, row: Mapping[str, Any], row_id: str) -> dict[str, Any]:
        cells = [(column, row.get(column.name)) for column in self.columns]
        return {"id": row_id, "cells": cells, "problem": row.get("problem")}

    def format_value(self, value: Any) -> Any:
        return value

    def id_for_label(self, id_: str) -> str:
        return ""  # a table has no label of its own: its inputs are named by their columns

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> str:
        # The form renderer looks into the apps only, not into the project's templates.
        return render_to_string(template_name, context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]] | None:
        """Return the rows as typed, [{column: text}]; None when the table was not in the form."""
        if self.value_omitted_from_data(data, files, name):
            return None
        names = [column.name for column in self.columns]
        texts = [data.getlist(f"{name}-{column}") for column in names]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*texts, strict=False)]
        return [row for row in rows if any(text.strip() for text in row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-{self.columns[0].name}" not in data


class RowsField(forms.Field):
    """A list of rows. A subclass names the columns and reads a row.

    What is wrong is said in the row that it is about, and once more in the field's own errors.
    """

    columns: Sequence[RowColumn] = ()
    add_label = gettext_lazy("Add another row")
    default_error_messages = {
        "row": gettext_lazy("Fill in the whole row."),
        "number": gettext_lazy("“%(value)s” is not a number."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", RowsWidget(self.columns, self.add_label))
        super().__init__(**kwargs)

    # --- for a subclass -------------------------------------------------------------------------
    def read(self, row: Mapping[str, str]) -> Any:
        """Return the kept form of a row {column: text}; raises ValidationError."""
        raise NotImplementedError

    def compare(self, rows: list[Any]) -> dict[int, Any]:
        """Return {index: sentence} of rows that are right by themselves, but not beside others."""
        return {}

    def written(self, value: Any) -> list[dict[str, Any]]:
        """Return the kept value as rows {column: text}."""
        return value

    # --- what a form asks -----------------------------------------------------------------------
    def prepare_value(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            return []
        return value if self._is_typed(value) else self.written(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        if data is None:
            return initial
        _rows, problems = self._read_all(data)
        return [row | {"problem": problems.get(number)} for number, row in enumerate(data)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        if data is None:
            return False
        return _comparable(self.prepare_value(initial), self.columns) != _comparable(
            data, self.columns
        )

    def clean(self, value: Any) -> Any:
        rows, problems = self._read_all(value or [])
        if problems:
            sentence = _("Row %(number)d: %(problem)s")
            raise forms.ValidationError(
                [
                    sentence % {"number": number + 1, "problem": problem}
                    for number, problem in sorted(problems.items())
                ]
            )
        if not rows and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return rows or None

    def _read_all(self, typed: Iterable[Mapping[str, str]]) -> tuple[list[Any], dict[int, Any]]:
        """Return (the rows read, {index: sentence} of the wrong ones)."""
        rows, problems = [], {}
        for number, row in enumerate(typed):
            try:
                rows.append(self._read(row))
            except forms.ValidationError as error:
                problems[number] = error.messages[0]
        return rows, problems or self.compare(rows)

    def _read(self, row: Mapping[str, str]) -> Any:
        texts = {name: text.strip() for name, text in row.items()}
        if not all(texts[column.name] for column in self.columns if column.is_required):
            raise forms.ValidationError(self.error_messages["row"])
        return self.read(texts)

    @staticmethod
    def _is_typed(value: Any) -> bool:
        return all(isinstance(row, dict) and "problem" in row for row in value)


def _comparable(
    rows: Iterable[Mapping[str, Any]] | None, columns: Sequence[RowColumn]
) -> list[list[str]]:
    """Return rows as comparable text, whatever form their numbers were kept in."""
    names = [column.name for column in columns]
    return [[_text(row.get(name)) for name in names] for row in rows or []]


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
