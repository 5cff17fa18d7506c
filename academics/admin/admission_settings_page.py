"""The school's settings for admission: the form on the web, and what it asks."""

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from academics import admission_settings
from academics.admission_settings import FIELDS
from academics.application_form import student_fields
from core.admin import pages, subjects
from core.admin.setting_forms import SettingsForm, answer
from core.admin.subjects import Subject

subjects.register(
    Subject(
        90,
        "admission_settings",
        gettext_lazy("Admission"),
        gettext_lazy("The form on the web by which families apply, and what it asks for."),
        "person_add",
        [(gettext_lazy("Applications"), "applications")],
    )
)


class AdmissionForm(SettingsForm):
    """The form on the web."""

    admission_open = forms.BooleanField(
        label=gettext_lazy("Families may apply on the web"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    admission_notify = forms.BooleanField(
        label=gettext_lazy("Tell the office by mail of each application"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy("To the school's own e-mail address."),
    )
    admission_intro = forms.CharField(
        label=gettext_lazy("What stands above the form"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "For example: until when you take applications, and for which years."
        ),
    )
    admission_fields = forms.MultipleChoiceField(
        label=gettext_lazy("Fields of students that the form asks for"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy(
            "Beside name, birth date, wished year and day, and who speaks for the child."
        ),
    )

    def __init__(self, data, kept):
        super().__init__(data, kept)
        self.fields[FIELDS].choices = [(field.key, field.label) for field in student_fields()]

    def values(self):
        """Return the settings; what is off has no key."""
        return {name: value or None for name, value in super().values().items()}


@pages.page("admission-settings/", "admission_settings", pages.FORM, admins_only=True)
def show_settings(request):
    """Show and save the settings."""
    context = {
        "is_open": admission_settings.is_open(),
        "address": request.build_absolute_uri(reverse("apply")),
    }
    template = "academics/applications/settings.html"
    return answer(request, "admission_settings", AdmissionForm, template=template, more=context)
