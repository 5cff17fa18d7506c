"""The school's settings for attendance: the reasons of absences, and its own codes."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from academics import attendance_settings
from academics.attendance_settings import CODES, REASONS
from academics.models import Attendance
from core.admin import pages
from core.admin.rows import RowColumn, RowsField
from core.services import school_settings

Status = Attendance.Status


class CodesField(RowsField):
    """The school's codes as a table; the value is [[code, name, status], ...] or None."""

    columns = (
        RowColumn("code", gettext_lazy("Code")),
        RowColumn("name", gettext_lazy("Name")),
        RowColumn("status", gettext_lazy("Counts as")),
    )
    add_label = gettext_lazy("Add another code")
    default_error_messages = {
        "row": gettext_lazy(
            "Enter a code, its name and what it counts as, like M, Medical, Excused."
        ),
        "code": gettext_lazy("A code has at most 10 characters, without spaces."),
        "name": gettext_lazy("A name has at most 100 characters."),
        "status": gettext_lazy("“%(value)s”: a code counts as Present, Absent, Late or Excused."),
        "same": gettext_lazy("This code is in the table twice."),
    }

    def written(self, value):
        labels = dict(Status.choices)
        return [
            {"code": code, "name": name, "status": str(labels.get(status, status))}
            for code, name, status in value
        ]

    def read(self, row):
        if len(row["code"]) > 10 or " " in row["code"]:
            raise forms.ValidationError(self.error_messages["code"])
        if len(row["name"]) > 100:
            raise forms.ValidationError(self.error_messages["name"])
        return [row["code"], row["name"], self._status(row["status"])]

    def _status(self, text):
        """Return the status that a text names, in the reader's language or in English."""
        named = {str(label).lower(): value for value, label in Status.choices}
        status = (named | {value: value for value in Status.values}).get(text.lower())
        if status is None:
            raise forms.ValidationError(self.error_messages["status"], params={"value": text})
        return str(status)

    def compare(self, rows):
        codes = [code.lower() for code, _name, _status in rows]
        return {
            number: self.error_messages["same"]
            for number, code in enumerate(codes)
            if code in codes[:number]
        }


class SettingsForm(forms.Form):
    """Keys of tenants.settings; an empty field removes its key."""

    absence_reasons = forms.CharField(
        label=gettext_lazy("Reasons of absences"),
        required=False,
        max_length=5000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text=gettext_lazy("One a line, the most usual first. Empty: the usual ones."),
    )
    attendance_codes = CodesField(
        label=gettext_lazy("The school's own codes"),
        required=False,
        help_text=gettext_lazy(
            "For registers in which “absent” is not enough, for example M for “Medical”, which"
            " counts as Excused. The attendance rate knows the four statuses only."
        ),
    )

    def clean_absence_reasons(self):
        lines = self.cleaned_data["absence_reasons"].splitlines()
        reasons = list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
        if any(len(reason) > attendance_settings.LONGEST_REASON for reason in reasons):
            raise forms.ValidationError(_("A reason has at most 100 characters."))
        return reasons


@pages.page("attendance/settings/", "attendance_settings", pages.FORM, admins_only=True)
def show_settings(request):
    """Show and save the settings."""
    if not request.user.has_perm("core.change_tenant"):
        raise PermissionDenied
    kept = request.tenant.settings or {}
    initial = {
        REASONS: "\n".join(attendance_settings.reasons()),
        CODES: kept.get(CODES) or [],
    }
    form = SettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {name: value or None for name, value in form.cleaned_data.items()}
        school_settings.save(request.tenant, values)
        messages.success(request, _("The settings were saved."))
        return redirect("admin:attendance_settings")
    status = 400 if form.errors else 200
    title = _("Settings for attendance")
    template = "academics/absences/settings.html"
    return pages.show(request, template, title, {"form": form}, status=status)
