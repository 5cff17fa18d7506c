"""What a family fills in to apply; the names of its fields are those of an application."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.models import Application
from core import records
from core.defaults import today
from core.forms.fields import DateField
from core.models import PersonField, StudentGuardian

Status = Application.Status
Kind = PersonField.Kind
OLDEST = 100  # years
WORDS = RegexValidator(
    r"https?://|www\.",
    gettext_lazy("Leave out addresses of web pages here."),
    inverse_match=True,
)
YES_NO = [("", "–"), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]


class ApplyForm(forms.Form):
    """A child, who speaks for it, and what the school asks besides."""

    status = forms.ChoiceField(
        label=gettext_lazy("What would you like?"),
        choices=[
            (Status.APPLIED, gettext_lazy("We apply for a place")),
            (Status.INQUIRY, gettext_lazy("We have a question first")),
        ],
        initial=Status.APPLIED,
    )
    first_name = forms.CharField(
        label=gettext_lazy("First name of the child"), max_length=100, validators=[WORDS]
    )
    last_name = forms.CharField(
        label=gettext_lazy("Last name of the child"), max_length=100, validators=[WORDS]
    )
    birth_date = DateField(
        label=gettext_lazy("Birth date"), widget=forms.DateInput(attrs={"type": "date"})
    )
    entry_date = DateField(
        label=gettext_lazy("Would like to start on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    level = forms.CharField(
        label=gettext_lazy("Year or level"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("For example: Year 7."),
    )
    guardian_name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=255,
        validators=[WORDS],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    guardian_relation = forms.ChoiceField(
        label=gettext_lazy("You are the child's"),
        choices=[("", gettext_lazy("Choose…")), *StudentGuardian.Relation.choices],
    )
    guardian_email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        required=False,
        max_length=255,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    guardian_phone = forms.CharField(
        label=gettext_lazy("Your phone number"),
        required=False,
        max_length=50,
        validators=[records.PHONE],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    message = forms.CharField(
        label=gettext_lazy("What else would you like to tell or ask us?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    # Nobody sees it, so that only a robot fills it in.
    website = forms.CharField(
        label=gettext_lazy("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, asked: Iterable[PersonField] = (), **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.asked = list(asked)
        for field in self.asked:
            self.fields[field.name] = _field(field)

    def is_robots(self) -> bool:
        """Return whether the field that nobody sees is filled in."""
        return bool(self.data.get("website"))

    def clean_birth_date(self):
        day = self.cleaned_data["birth_date"]
        if day > today() or day.year < today().year - OLDEST:
            raise forms.ValidationError(_("Look at the year again."))
        return day

    def clean_entry_date(self):
        day = self.cleaned_data["entry_date"]
        if day and abs(day.year - today().year) > 20:
            raise forms.ValidationError(_("Look at the year again."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        tried = {"guardian_email", "guardian_phone"} & {*self.errors}
        if not tried and not data.get("guardian_email") and not data.get("guardian_phone"):
            self.add_error(
                "guardian_email",
                _("Write an e-mail address or a phone number, so that we can answer."),
            )
        return data

    def given(self) -> dict[str, Any]:
        """Return what was filled in, by the columns of an application."""
        besides = {"website", *(field.name for field in self.asked)}
        own = {name: value for name, value in self.cleaned_data.items() if name not in besides}
        record = {
            field.key: records.stored(field.kind, self.cleaned_data[field.name])
            for field in self.asked
        }
        return own | {"record": {key: value for key, value in record.items() if value is not None}}

    def of_child(self) -> list[forms.BoundField]:
        names = ("first_name", "last_name", "birth_date", "entry_date", "level")
        return [self[name] for name in (*names, *(field.name for field in self.asked))]

    def of_guardian(self) -> list[forms.BoundField]:
        names = ("guardian_name", "guardian_relation", "guardian_email", "guardian_phone")
        return [self[name] for name in names]


def _field(field: PersonField) -> forms.Field:
    """Return the form field of a field of the record, without the admin's looks."""
    given: dict[str, Any] = {
        "label": field.label,
        "required": field.is_required,
        "help_text": field.help_text,
    }
    if field.kind == Kind.CHOICE:
        options = [(option, option) for option in field.options]
        return forms.ChoiceField(choices=[("", "–"), *options], **given)
    if field.kind == Kind.YES_NO:
        return forms.TypedChoiceField(
            choices=YES_NO, coerce=lambda text: text == "yes", empty_value=None, **given
        )
    if field.kind == Kind.DATE:
        return DateField(widget=forms.DateInput(attrs={"type": "date"}), **given)
    if field.kind == Kind.NUMBER:
        return forms.DecimalField(max_digits=15, decimal_places=6, **given)
    if field.kind == Kind.EMAIL:
        return forms.EmailField(max_length=records.LINE, **given)
    if field.kind == Kind.PHONE:
        return forms.CharField(max_length=50, validators=[records.PHONE], **given)
    if field.kind == Kind.LONG_TEXT:
        return forms.CharField(
            max_length=records.PAGE, widget=forms.Textarea(attrs={"rows": 3}), **given
        )
    return forms.CharField(max_length=records.LINE, **given)
