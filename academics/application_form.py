"""Forms about applications: what the office enters, and what it says about a step."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from academics.models import Application
from core import records
from core.admin import record_form
from core.forms.fields import DateField
from core.forms.refusals import RefusalForm
from core.models import PersonField

Status = Application.Status
# Fields of a student's record that an application has as columns, or that only a student has.
BESIDES = frozenset(
    (
        "first_name",
        "last_name",
        "birth_date",
        "entry_date",
        "exit_date",
        "exit_reason",
        "student_number",
    )
)
CHILD = ("first_name", "last_name", "birth_date", "entry_date", "level")
GUARDIAN = ("guardian_name", "guardian_relation", "guardian_email", "guardian_phone")
USUAL_DOCUMENTS = gettext_lazy(
    "Birth certificate or passport\nThe last two school reports\nCertificate of vaccinations"
)


def student_fields() -> list[PersonField]:
    """Return the school's fields of students that an application may hold something for."""
    return [field for field in records.fields("student") if field.key not in BESIDES]


class ApplicationForm(RefusalForm, forms.ModelForm):
    """A child and who speaks for it, with the fields that the school has for students."""

    birth_date = DateField(
        label=gettext_lazy("Birth date"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    entry_date = DateField(
        label=gettext_lazy("Would like to start on"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = Application
        fields = [*CHILD, *GUARDIAN, "message"]
        widgets = {
            "first_name": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            "last_name": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            "level": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            "guardian_name": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            "guardian_relation": UnfoldAdminSelectWidget(),
            "guardian_email": UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
            "guardian_phone": UnfoldAdminTextInputWidget(
                attrs={"autocomplete": "off", "type": "tel"}
            ),
            "message": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, asked: Iterable[PersonField] = (), **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.asked = list(asked)
        kept = self.instance.record or {}
        for field in self.asked:
            shown = record_form.form_field(field)
            shown.required = False
            self.fields[field.name] = shown
            self.initial.setdefault(field.name, record_form.initial(field, kept.get(field.key)))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        new = {
            field.key: records.stored(field.kind, data[field.name])
            for field in self.asked
            if field.name in data
        }
        self.instance.record = records.changed(self.instance.record, new)
        self.also_changed = {"record"}
        return data

    def of_child(self) -> list[forms.BoundField]:
        """The fields about the child."""
        return [self[name] for name in CHILD]

    def of_guardian(self) -> list[forms.BoundField]:
        return [self[name] for name in GUARDIAN]

    def of_record(self) -> list[forms.BoundField]:
        """The fields that the school has for students."""
        return [self[field.name] for field in self.asked]


class NewApplicationForm(ApplicationForm):
    """The same for a call or a visit: with how far it is."""

    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        choices=[(Status.INQUIRY, Status.INQUIRY.label), (Status.APPLIED, Status.APPLIED.label)],
        widget=UnfoldAdminSelectWidget(),
    )

    class Meta(ApplicationForm.Meta):
        fields = [*ApplicationForm.Meta.fields, "status"]


class ReasonForm(forms.Form):
    """Why an application is declined or withdrawn."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), required=False, max_length=200, strip=True
    )

    def __init__(self, *args: Any, is_required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_required
        self.fields["reason"].error_messages["required"] = _("Say why it is declined.")


class NotesForm(forms.Form):
    """What the office writes down for itself."""

    notes = forms.CharField(required=False, max_length=10_000)


class AskForm(forms.Form):
    """Which papers the family is asked for."""

    documents_asked = forms.CharField(
        label=gettext_lazy("Documents"),
        max_length=2000,
        error_messages={"required": gettext_lazy("Write which documents you need.")},
    )
