"""The table of a list, its rows built as strings.

Unfold renders a template for each cell and works out all headings again for each row: 80 of the
90 ms that a list of 50 rows took. Here a column is looked at once for the list, and a cell is one
`format_html`. The markup is that of Unfold's table with short classes (core/lists.css); lists here
have no rows that unfold, no menu in a row and no pictures in cells.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_list import (  # type: ignore[attr-defined]  # private
    _coerce_field_name,
)
from django.contrib.admin.utils import (  # type: ignore[attr-defined]  # private
    _get_non_gfk_field,
    quote,
)
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.db.models import Field, Model
from django.template.loader import render_to_string
from django.urls import NoReverseMatch
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from markupsafe import escape
from unfold.utils import display_for_field, display_for_value

from core import written

CHECKBOX = "action_checkbox"
NOT_WRAPPED = (models.DateField, models.TimeField, models.ForeignKey)
MOMENTS = (datetime.date, datetime.time)
START = ' class="{}" data-label="{}">'
BADGE = '<span class="badge{}">{}</span>'
YES_NO = (
    '<span class="badge badge--yes-no{}" title="{}">'
    '<span class="material-symbols-outlined">{}</span></span>'
)


def checkbox(row: Model) -> str:
    """Return the box that chooses a row (core/lists.css)."""
    label = escape(_("Select record"))
    return mark_safe(  # noqa: S308 - escaped
        f'<input type="checkbox" name="{ACTION_CHECKBOX_NAME}" value="{escape(row.pk)}"'
        f' class="action-select pick" aria-label="{label}">'
    )


def badge(text: object, kind: str = "") -> str:
    """Return a state in a word, coloured by `kind`: success, info, warning, danger or nothing."""
    return format_html(BADGE, f" badge--{kind}" if kind else "", text)


def yes_no(value: object) -> str:
    """Return a truth value (None: unknown) as a sign."""
    if value is None or value == "":
        kind, title, icon = "", _("Unknown"), "question_mark"
    elif value:
        kind, title, icon = " badge--success", _("True"), "check_small"
    else:
        kind, title, icon = " badge--danger", _("False"), "close_small"
    return format_html(YES_NO, kind, title, icon)


class Column:
    """One column of a change list: how its cells are read, written and named."""

    def __init__(self, changelist: Any, index: int, heading: str) -> None:
        self.name = changelist.list_display[index]
        self.field, self._read = self._source(changelist, self.name)
        attribute = self.field or self._read
        empty = changelist.model_admin.get_empty_value_display()
        self._empty = escape(getattr(attribute, "empty_value_display", empty))
        self._write = self._writer()
        self._is_nowrap = isinstance(self.field, NOT_WRAPPED)
        self._follows: str | None = getattr(self._read, "follows", None)
        self._known: dict[Any, str] = {}
        classes = f"field-{_coerce_field_name(self.name, index)} cell"
        if self.name == CHECKBOX:
            classes, heading = "action-checkbox cell", _("Select record")
        # What stands before the value, with and without the class of what must not wrap.
        self.start = format_html(START, classes, heading)
        self._start_nowrap = format_html(START, f"{classes} nowrap", heading)

    def cell(self, row: Model) -> tuple[str, str]:
        """Return (what comes before the value, the value), both escaped."""
        if self._follows:
            return self.start, self._known_text(row)
        try:
            value = self._read(row)
        except ObjectDoesNotExist:
            return self.start, self._empty
        is_nowrap = self._is_nowrap or isinstance(value, MOMENTS)
        return self._start_nowrap if is_nowrap else self.start, self._write(value)

    def _known_text(self, row: Model) -> str:
        """Return the text that all rows with this value have, made for the first of them."""
        value = getattr(row, self._follows or "")
        if value not in self._known:
            self._known[value] = self._write(self._read(row))
        return self._known[value]

    @staticmethod
    def _source(changelist: Any, name: Any) -> tuple[Field | None, Callable[[Any], Any]]:
        """Return (field or None, function from a row to the value)."""
        admin = changelist.model_admin
        with suppress(FieldDoesNotExist, AttributeError):
            field = _get_non_gfk_field(changelist.lookup_opts, name)
            if not field.auto_created:
                return field, attrgetter(field.name)
        if callable(name):
            return None, name
        if name != "__str__" and hasattr(admin, name):
            return None, getattr(admin, name)
        attribute = getattr(changelist.model, name, None)
        return None, attribute if callable(attribute) else attrgetter(name)

    def _writer(self) -> Callable[[Any], str]:
        """Return the function from a value to its escaped text."""
        if self.field is not None and self.field.flatchoices:
            texts = {value: escape(text) for value, text in self.field.flatchoices}
            return lambda value: texts.get(value, self._empty)
        if isinstance(self.field, models.BooleanField) or getattr(self._read, "boolean", False):
            return yes_no
        if self.field is not None and self.field.remote_field:
            return lambda value: self._empty if value is None else escape(value)
        if getattr(self._read, "label", False):
            return self._badges
        return self._plain

    def _plain(self, value: Any) -> str:
        if isinstance(value, MOMENTS):
            return escape(written.moment(value))
        if self.field is not None:
            return escape(display_for_field(value, self.field, self._empty))
        return escape(display_for_value(value, self._empty))

    def _badges(self, value: Any) -> str:
        """Return what a method decorated with Unfold's `display(label=...)` says as labels."""
        kinds: Any = getattr(self._read, "label", None)
        kind = ""
        if isinstance(kinds, dict):
            if isinstance(value, tuple):
                known = value[0] in kinds
                kind, value = kinds.get(value[0], ""), value[1 if known else 0]
            elif not isinstance(value, list):
                kind = kinds.get(value, "")
        if not value:
            return "-"
        if isinstance(value, tuple | list):
            return format_html_join("", "{} ", ((badge(text, kind),) for text in value))
        return badge(value, kind)


class Table:
    """The rows of a change list as HTML."""

    def __init__(self, changelist: Any, headers: Sequence[Mapping[str, Any]]) -> None:
        self.changelist = changelist
        self.columns = [
            Column(changelist, index, header["text"]) for index, header in enumerate(headers)
        ]
        self.links = self._link_columns()
        self.key = changelist.lookup_opts.pk.attname

    def _link_columns(self) -> list[Any]:
        """Return the names of the columns whose cells lead to the row's page."""
        links = self.changelist.list_display_links
        if links is None:
            return []
        return list(links) or [self.columns[0].name]

    def __iter__(self) -> Iterator[str]:
        """Yield each row as a safe string."""
        formset = self.changelist.formset
        forms = formset.forms if formset else [None] * len(self.changelist.result_list)
        for row, form in zip(self.changelist.result_list, forms, strict=True):
            yield mark_safe(  # noqa: S308 - cells are escaped
                f'<tbody class="rows">{self._errors(form)}<tr class="data-row row">'
                f"{''.join(self._cells(row, form))}</tr></tbody>"
            )

    def _errors(self, form: Any) -> str:
        """Return what is wrong with the row as a whole, in a line of its own."""
        errors = form.non_field_errors() if form else ""
        if not errors:
            return ""
        span = len(self.columns)
        return format_html('<tr><td class="text-left" colspan="{}">{}</td></tr>', span, errors)

    def _cells(self, row: Model, form: Any) -> Iterator[str]:
        tag = "th"  # the first column that leads somewhere
        for column in self.columns:
            if form and column.name in form.fields:
                yield self._field(column, form[column.name])
                continue
            start, text = column.cell(row)
            if column.name in self.links:
                yield f"<{tag}{start}{self._link(row, text)}</{tag}>"
                tag = "td"
            else:
                yield f"<td{start}{text}</td>"
        if form and not form[self.changelist.lookup_opts.pk.name].is_hidden:
            yield f"<td>{form[self.changelist.lookup_opts.pk.name]}</td>"

    @staticmethod
    def _field(column: Column, field: Any) -> str:
        if not field.errors:
            return f"<td{column.start}{field}</td>"
        errors = render_to_string("unfold/helpers/form_errors.html", {"errors": field.errors})
        start = column.start.replace('class="', 'class="group errors ', 1)
        return f"<td{start}{field}{errors}</td>"

    def _link(self, row: Model, text: str) -> str:
        """Return the text as a link to the row's page, with the list's filters."""
        address = self._address
        if address is None:
            return text
        url = escape(self._quoted_key(row).join(address))
        if not self.changelist.is_popup:
            return f'<a href="{url}">{text}</a>'
        value = row.serializable_value(str(self.changelist.to_field or self.key))
        return format_html('<a href="{}" data-popup-opener="{}">{}</a>', url, value, text)

    def _quoted_key(self, row: Model) -> str:
        return quote(str(getattr(row, self.key)))

    @cached_property
    def _address(self) -> list[str] | None:
        """What stands before and after a row's key in its page's address; None: it has none."""
        row = self.changelist.result_list[0]
        try:
            url = self.changelist.url_for_result(row)
        except NoReverseMatch:
            return None
        # As Django's add_preserved_filters, which first resolves the address: a millisecond.
        filters = self.changelist.preserved_filters
        return (f"{url}?{filters}" if filters else url).rsplit(self._quoted_key(row), 1)
