"""The last step of an application: what the student's record has, who is called, which classes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanWidget,
)

from academics.models import Application, Enrollment, SchoolClass
from academics.services.admission import Family
from core import records
from core.admin import record_form
from core.admin.widgets import AutocompleteSelectMultiple
from core.models import Guardian, PersonField, StudentGuardian, User

LEAVING = ("exit_date", "exit_reason")
NEW = "new"


class EnrollForm(forms.Form):
    """Everything is filled in by the application, and may be put right here."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail of the student"),
        required=False,
        max_length=255,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Empty: the student has none, and does not sign in."),
    )
    guardian = forms.ChoiceField(
        label=gettext_lazy("Guardian"), widget=UnfoldAdminRadioSelectWidget
    )
    relation = forms.ChoiceField(
        label=gettext_lazy("Relation"),
        choices=StudentGuardian.Relation.choices,
        widget=UnfoldAdminSelectWidget,
    )
    has_custody = forms.BooleanField(
        label=gettext_lazy("Has custody"), required=False, widget=UnfoldBooleanWidget
    )
    classes = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Classes"), queryset=SchoolClass.objects.none(), required=False
    )
    waitlist = forms.BooleanField(
        label=gettext_lazy("Where a class is full, wait for a seat"),
        required=False,
        widget=UnfoldBooleanWidget,
    )
    is_another = forms.BooleanField(
        label=gettext_lazy("This is somebody else: make a new student"),
        required=False,
        widget=UnfoldBooleanWidget,
        error_messages={
            "required": gettext_lazy("Look at the students above first, and tick this.")
        },
    )

    def __init__(
        self,
        *args: Any,
        application: Application,
        guardians: Sequence[Guardian],
        twins: Sequence[User],
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.guardians = {str(guardian.pk): guardian for guardian in guardians}
        self._ask_for_record(application)
        self._ask_for_guardian(application)
        self._ask_for_classes()
        if twins:
            self.fields["is_another"].required = True
        else:
            del self.fields["is_another"]

    def _ask_for_record(self, application: Application) -> None:
        kept = (application.record or {}) | {
            "first_name": application.first_name,
            "last_name": application.last_name,
            "birth_date": application.birth_date and application.birth_date.isoformat(),
            "entry_date": application.entry_date and application.entry_date.isoformat(),
        }
        self.asked: list[PersonField] = [
            field for field in records.fields("student") if field.key not in LEAVING
        ]
        for field in self.asked:
            self.fields[field.name] = record_form.form_field(field)
            self.initial[field.name] = record_form.initial(field, kept.get(field.key))
            if field.key == "student_number":
                self.fields[field.name].help_text = _("Empty: the next number.")
                self.fields[field.name].required = False

    def _ask_for_guardian(self, application: Application) -> None:
        new = _("Somebody new: %(name)s") % {"name": application.guardian_name}
        known = [
            (key, _("%(name)s, whom the school knows already") % {"name": guardian})
            for key, guardian in self.guardians.items()
        ]
        self.fields["guardian"].choices = [*known, (NEW, new)]
        self.initial["guardian"] = known[0][0] if known else NEW
        self.initial["relation"] = application.guardian_relation
        self.initial["has_custody"] = True

    def _ask_for_classes(self) -> None:
        field = self.fields["classes"]
        field.queryset = SchoolClass.objects.active()
        field.widget = AutocompleteSelectMultiple(
            Enrollment._meta.get_field("school_class"),
            admin.site,
            attrs={
                "class": "unfold-filter-autocomplete",
                "data-placeholder": _("Name or code"),
            },
        )
        field.widget.choices = field.choices

    def record(self) -> dict[str, Any]:
        """Return the values of the student's record by their keys, once they are valid."""
        values = {
            field.key: records.stored(field.kind, self.cleaned_data[field.name])
            for field in self.asked
        }
        return {key: value for key, value in values.items() if value is not None}

    def family(self) -> Family:
        """Return who speaks for the student."""
        return Family(
            guardian=self.guardians.get(self.cleaned_data["guardian"]),
            relation=self.cleaned_data["relation"],
            has_custody=self.cleaned_data["has_custody"],
        )

    def of_record(self) -> list[forms.BoundField]:
        return [self[field.name] for field in self.asked]
