"""The school's settings for admission: the form on the web, and what it asks."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from academics.admission_settings import FIELDS, INTRO, NOTIFY, OPEN
from academics.application_form import student_fields
from core.admin import pages
from core.services import school_settings


class SettingsForm(forms.Form):
    """Keys of tenants.settings; what is off or empty removes its key."""

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

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[FIELDS].choices = [(field.key, field.label) for field in student_fields()]


@pages.page("admission-settings/", "admission_settings", pages.FORM, admins_only=True)
def show_settings(request):
    """Show and save the settings."""
    if not request.user.has_perm("core.change_tenant"):
        raise PermissionDenied
    kept = request.tenant.settings or {}
    initial = {name: kept.get(name) for name in (OPEN, NOTIFY, INTRO, FIELDS)}
    form = SettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {name: value or None for name, value in form.cleaned_data.items()}
        school_settings.save(request.tenant, values)
        messages.success(request, _("The settings were saved."))
        return redirect("admin:admission_settings")
    context = {
        "form": form,
        "is_open": kept.get(OPEN) is True,
        "address": request.build_absolute_uri(reverse("apply")),
    }
    status = 400 if form.errors else 200
    template = "academics/applications/settings.html"
    return pages.show(request, template, _("Settings for admission"), context, status=status)
