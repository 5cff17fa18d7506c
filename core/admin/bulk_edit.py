"""Changing fields of many rows at once, after a look at what changes row by row.

A ModelAdmin with `BulkEditMixin` names the fields that are safe to change this way (`bulk_fields`),
or makes them itself (`get_bulk_fields`). The look is no guess: each row is saved, by the rules of
the database, and all of it undone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Field, Model, QuerySet
from django.http import HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import CHECKBOX_CLASSES

from core.admin import pages
from core.admin.confirm import refused
from core.constraints import RefusedByDatabase, explained
from core.http import PersonRequest
from core.written import moment

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin as Base
else:
    Base = object

MOST = 500  # rows at once: each is saved for the look, and again
STEP, PREVIEW, APPLY = "_step", "preview", "apply"
CHANGES = "change-"  # before a field's name: the box that says that it is to change


@dataclass(frozen=True)
class BulkField:
    """A field of many rows: how it is typed, what a row shows of it, and how it is put into one.

    `put(row, value)` returns the names of the columns to save; `refusal(row)` why not.
    """

    name: str
    typed: forms.Field
    text: Callable[[Any], str]
    put: Callable[[Any, Any], Collection[str]]
    refusal: Callable[[Any], str] = lambda row: ""


@dataclass
class Outcome:
    """What becomes of the rows: [(row, [(field, old, new)])], those refused, and how many stay."""

    changed: list[tuple[Any, list[tuple[str, str, str]]]] = field(default_factory=list)
    refused: dict[Any, str] = field(default_factory=dict)
    same: int = 0


class _Undone(Exception):
    """Takes the changes of a look back."""


class BulkEditMixin(Base):
    """A ModelAdmin whose list changes fields of the chosen rows, or of all that match."""

    bulk_fields: Sequence[str] = ()

    def get_bulk_fields(self, request: PersonRequest) -> list[BulkField]:
        """Return the fields that this person may change of many rows at once."""
        return [of_column(self, request, name) for name in self.bulk_fields]

    def has_bulk_edit_permission(self, request: PersonRequest) -> bool:
        return request.user.is_office and self.has_change_permission(request)

    def bulk_refusal(self, request: PersonRequest, row: Any, names: Collection[str]) -> str:
        """Return why these fields of a row are not changed, or ""."""
        if not self.has_change_permission(request, row):
            return _("You may not change this.")
        if getattr(row, "deleted_at", None) is not None:
            return _("It is deleted.")
        fixed = {*self.get_readonly_fields(request, row)}.intersection(names)
        return _("It can no longer be changed.") if fixed else ""

    @admin.action(description=gettext_lazy("Change fields …"), permissions=["bulk_edit"])
    def bulk_edit(self, request: PersonRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask for fields and values, show what changes, and then change it."""
        keys = list(queryset.values_list("pk", flat=True)[: MOST + 1])
        if len(keys) > MOST:
            sentence = _("At most %(most)d rows at once: filter the list first.")
            self.message_user(request, sentence % {"most": MOST}, messages.ERROR)
            return None
        fields = self.get_bulk_fields(request)
        step = request.POST.get(STEP, "")
        form = form_of(fields, request.POST if step else None)
        if not step or not form.is_valid():
            return self._ask_fields(request, keys, form)
        chosen = [some for some in fields if some.name in form.chosen]
        outcome = self._change_rows(request, keys, chosen, form.cleaned_data, is_kept=step == APPLY)
        if step != APPLY:
            return self._bulk_look(request, keys, form, outcome)
        self._bulk_report(request, outcome)
        return None

    # `bulk_edit` asks.
    bulk_edit.asks_first = True  # type: ignore[attr-defined]  # as of core.admin.confirm

    def _change_rows(
        self,
        request: PersonRequest,
        keys: Sequence[Any],
        fields: Sequence[BulkField],
        values: Mapping[str, Any],
        *,
        is_kept: bool,
    ) -> Outcome:
        """Change the rows in one transaction, which is undone unless `is_kept`."""
        outcome = Outcome()
        with suppress(_Undone), transaction.atomic():
            for row in self._bulk_rows(request, keys):
                if reason := self._bulk_reason(request, row, fields):
                    outcome.refused[row] = reason
                else:
                    _change_row(row, fields, values, outcome)
            if not is_kept:
                raise _Undone
        return outcome

    def _bulk_rows(self, request: PersonRequest, keys: Sequence[Any]) -> list[Any]:
        """Return the rows in full, in the order of the list."""
        by_key = {row.pk: row for row in self.visible_rows(request).filter(pk__in=keys)}
        return [by_key[key] for key in keys if key in by_key]

    def _bulk_reason(self, request: PersonRequest, row: Any, fields: Iterable[BulkField]) -> str:
        names = [some.name for some in fields]
        reasons = (some.refusal(row) for some in fields)
        return self.bulk_refusal(request, row, names) or next(filter(None, reasons), "")

    def _ask_fields(self, request: PersonRequest, keys: Sequence[Any], form: Any) -> HttpResponse:
        lines = [(form[f"{CHANGES}{name}"], form[name]) for name in form.names]
        context = {"form": form, "lines": lines, "next": PREVIEW}
        return self._bulk_page(request, keys, context)

    def _bulk_look(
        self, request: PersonRequest, keys: Sequence[Any], form: Any, outcome: Outcome
    ) -> HttpResponse:
        names = {*form.fields}
        sent = [
            (name, value)
            for name, some in request.POST.lists()
            if any(name == known or name.startswith(f"{known}_") for known in names)
            for value in some
        ]
        return self._bulk_page(request, keys, {"outcome": outcome, "sent": sent, "next": APPLY})

    def _bulk_page(
        self, request: PersonRequest, keys: Sequence[Any], context: dict[str, Any]
    ) -> HttpResponse:
        context |= {
            "opts": self.opts,
            "keys": keys,
            "checkbox": ACTION_CHECKBOX_NAME,
            "step": STEP,
            "back": request.get_full_path(),
            "media": self.media,
        }
        title = ngettext("Change %(count)d row", "Change %(count)d rows", len(keys))
        title %= {"count": len(keys)}
        template = "core/admin/bulk_edit.html"
        return pages.show(request, template, title, context, site=self.admin_site)

    def _bulk_report(self, request: PersonRequest, outcome: Outcome) -> None:
        count = len(outcome.changed)
        text = ngettext("%(count)d row was changed.", "%(count)d rows were changed.", count)
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, text % {"count": count}, level)
        if outcome.refused:
            self.message_user(request, refused(outcome.refused), messages.WARNING)


def _change_row(
    row: Any, fields: Sequence[BulkField], values: Mapping[str, Any], outcome: Outcome
) -> None:
    """Save the values in a row, as far as the database lets it, and note what became of it."""
    before = [some.text(row) for some in fields]
    columns = {column for some in fields for column in some.put(row, values[some.name])}
    try:
        with explained(), transaction.atomic():
            row.save(update_fields=columns)
    except RefusedByDatabase as error:
        outcome.refused[row] = str(error)
        return
    # Some columns follow from others; what the row shows now is what the database made of it.
    row.refresh_from_db()
    after = [some.text(row) for some in fields]
    lines = [
        (str(some.typed.label), old or "–", new or "–")
        for some, old, new in zip(fields, before, after, strict=True)
        if old != new
    ]
    if lines:
        outcome.changed.append((row, lines))
    else:
        outcome.same += 1


def of_column(modeladmin: Any, request: PersonRequest, name: str) -> BulkField:
    """Return a column of the model as a field of many rows, typed as on a row's page."""
    column = modeladmin.opts.get_field(name)
    typed = modeladmin.formfield_for_dbfield(column, request)
    typed.widget = getattr(typed.widget, "widget", typed.widget)  # without the buttons to add rows

    def put(row: Model, value: Any) -> list[str]:
        setattr(row, name, value)
        return [name]

    return BulkField(name, typed, _text_of(column), put)


def _text_of(column: Field) -> Callable[[Any], str]:
    def text(row: Model) -> str:
        value = getattr(row, column.name)
        if value is None or value == "":
            return ""
        if column.flatchoices:
            return str(dict(column.flatchoices).get(value, value))
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        return moment(value) if hasattr(value, "isoformat") else str(value)

    return text


class BulkForm(forms.Form):
    """A box for each field, that it is to change, and its new value; made by `form_of`."""

    names: Sequence[str] = ()

    @property
    def chosen(self) -> list[str]:
        return [name for name in self.names if self.cleaned_data.get(f"{CHANGES}{name}")]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for name in self.names:
            if not data.get(f"{CHANGES}{name}"):
                self.errors.pop(name, None)
        if not any(data.get(f"{CHANGES}{name}") for name in self.names):
            raise forms.ValidationError(_("Tick what is to change."))
        return data


def form_of(fields: Sequence[BulkField], data: Any) -> BulkForm:
    """Return the form that asks for the fields' new values."""
    declared: dict[str, forms.Field] = dict(_form_fields(fields))
    made: Any = type(BulkForm)  # forms are made by a metaclass of their own
    names = [some.name for some in fields]
    return made("BulkForm", (BulkForm,), {**declared, "names": names})(data)


def _form_fields(fields: Iterable[BulkField]) -> Iterator[tuple[str, forms.Field]]:
    for some in fields:
        widget = forms.CheckboxInput(attrs={"class": " ".join(CHECKBOX_CLASSES)})
        label = _("Change: %(field)s") % {"field": capfirst(str(some.typed.label))}
        yield (
            f"{CHANGES}{some.name}",
            forms.BooleanField(required=False, label=label, widget=widget),
        )
        yield some.name, some.typed
