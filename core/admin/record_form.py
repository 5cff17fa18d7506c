"""The record of a person as fields of their form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core import records
from core.admin import kept_forms
from core.admin.kinds import FieldLine
from core.forms.fields import DateField, DecimalField
from core.forms.refusals import RefusalForm
from core.models import PersonField, User
from core.records import LINE, PAGE, PHONE

# What a form shows of a field.
LOOK = attrgetter("pk", "key", "label", "kind", "choices", "is_required", "is_private", "help_text")
NOTHING = ("", gettext_lazy("–"))
QUIET = {"autocomplete": "off"}  # the browser knows the clerk, not the student


class YesNoField(forms.TypedChoiceField):
    """Yes, no, or not known."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [NOTHING, ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
        super().__init__(
            choices=choices, coerce=lambda text: text == "yes", empty_value=None, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "") != (data or "")


def _text(field: PersonField, **given: Any) -> forms.Field:
    widget = UnfoldAdminTextInputWidget(attrs=QUIET)
    return forms.CharField(max_length=LINE, widget=widget, **given)


def _long_text(field: PersonField, **given: Any) -> forms.Field:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3} | QUIET)
    return forms.CharField(max_length=PAGE, widget=widget, **given)


def _number(field: PersonField, **given: Any) -> forms.Field:
    return DecimalField(max_digits=15, decimal_places=6, **given)


def _date(field: PersonField, **given: Any) -> forms.Field:
    return DateField(widget=UnfoldAdminSingleDateWidget(attrs=QUIET), **given)


def _choice(field: PersonField, **given: Any) -> forms.Field:
    choices = [NOTHING, *((option, option) for option in field.options)]
    return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget(), **given)


def _yes_no(field: PersonField, **given: Any) -> forms.Field:
    return YesNoField(widget=UnfoldAdminSelectWidget(), **given)


def _phone(field: PersonField, **given: Any) -> forms.Field:
    widget = UnfoldAdminTextInputWidget(attrs={"type": "tel"} | QUIET)
    return forms.CharField(max_length=50, validators=[PHONE], widget=widget, **given)


def _email(field: PersonField, **given: Any) -> forms.Field:
    return forms.EmailField(
        max_length=LINE, widget=UnfoldAdminEmailInputWidget(attrs=QUIET), **given
    )


Kind = PersonField.Kind
FIELDS: dict[str, Callable[..., forms.Field]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _long_text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _yes_no,
    Kind.PHONE: _phone,
    Kind.EMAIL: _email,
}


def form_field(field: PersonField) -> forms.Field:
    """Return the form field of a field of the record; a private one says so."""
    label = _("%(label)s (private)") % {"label": field.label} if field.is_private else field.label
    return FIELDS[field.kind](
        field, label=label, required=field.is_required, help_text=field.help_text
    )


def with_record(form: type[forms.ModelForm], some: Sequence[PersonField]) -> type[forms.ModelForm]:
    """Return a subclass of a `RecordForm` class that has these fields of the record."""
    key = (form, get_language(), *map(LOOK, some))
    return kept_forms.kept(key, lambda: _with_record(form, some))


def _with_record(form: type[forms.ModelForm], some: Sequence[PersonField]) -> type[forms.ModelForm]:
    declared = {field.name: form_field(field) for field in some}
    made: Any = type(form)  # forms are made by a metaclass of their own
    return made(form.__name__, (form,), {**declared, "record_fields": tuple(some)})


class RecordForm(RefusalForm, forms.ModelForm):
    """A person with their record; made by `with_record`."""

    class Media:
        js = ["core/role_fields.js"]

    record_fields: Sequence[PersonField] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = records.values(self.instance) if self.record_fields else {}
        for field in self.record_fields:
            self.initial.setdefault(field.name, initial(field, kept.get(field.key)))
        self.has_parts = any(field.key in records.PARTS for field in self.record_fields)
        if self.has_parts and "name" in self.fields:
            self.fields["name"].required = False
            self.fields["name"].help_text = _(
                "As it is shown everywhere. Left empty, it is made of the first and last name."
            )

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        asked = [field for field in self.record_fields if field.name in self.cleaned_data]
        changed = {*self.changed_data}
        new = {
            field.key: records.stored(field.kind, self.cleaned_data[field.name])
            for field in asked
            if field.name in changed
        }
        if new:
            self.instance.metadata = records.changed(self.instance.metadata, new)
            self.also_changed = {"metadata"}
        self._name_by_parts({*new} & {*records.PARTS})
        return self.cleaned_data

    def complain(self, field: str | None, message: Any) -> None:
        """Say what a column of the record is refused for at its field of the form."""
        name = f"record_{field}"
        super().complain(name if name in self.fields else field, message)

    def _name_by_parts(self, changed: set[str]) -> None:
        """Make the name of its parts where it is empty, or where they change and it does not."""
        if not self.has_parts or "name" not in self.cleaned_data:
            return
        name = self.cleaned_data["name"]
        if name and not (changed and "name" not in self.changed_data):
            return
        made = records.display_name(self.instance.metadata or {}, records.name_style())
        if made:
            self.cleaned_data["name"] = made
            self.also_changed = {*self.also_changed, "name"}
        elif not name:
            self.add_error("name", ValidationError(_("Write the name, or a first or last name.")))


def initial(field: PersonField, value: Any) -> Any:
    if field.kind == Kind.DATE and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value


def fields_for(role: str | None) -> list[PersonField]:
    """Return the fields that the form of somebody of this role has."""
    return records.fields_of(cast("str", role)) if role in User.Role.values else []


def role_of(person: User | None, asked: str | None) -> str | None:
    """Return whose fields a form shows: of an existing person, or of the role that is asked for."""
    return cast("str", person.role) if person is not None else asked


def in_lines(some: Sequence[PersonField]) -> list[FieldLine]:
    """Return the names of the fields as lines of a form: two beside each other, long ones alone."""
    lines: list[FieldLine] = []
    waiting: list[str] = []
    for field in some:
        if field.kind == Kind.LONG_TEXT:
            lines += [*filter(None, [tuple(waiting)]), field.name]
            waiting = []
            continue
        waiting.append(field.name)
        if len(waiting) == 2:
            lines.append(tuple(waiting))
            waiting = []
    return [*lines, *filter(None, [tuple(waiting)])]
