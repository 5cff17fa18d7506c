"""The settings for attendance: how it is taken, reasons, who reports absences, own codes."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from academics import attendance_settings
from academics.attendance_settings import REASONS, REPORTS, TAKEN
from academics.models import Attendance
from core.admin import pages, subjects
from core.admin.rows import RowColumn, RowsField
from core.admin.setting_forms import SettingsForm, answer
from core.admin.subjects import Subject
from core.forms import fields

subjects.register(
    Subject(
        40,
        "attendance_settings",
        gettext_lazy("Attendance and absences"),
        gettext_lazy(
            "In classes or once a day, reasons of absences, your own codes, and whether families"
            " report absences."
        ),
        "fact_check",
    )
)
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


class AttendanceForm(SettingsForm):
    """How attendance is taken, reasons of absences, codes, and who reports absences."""

    attendance_taken = forms.ChoiceField(
        label=gettext_lazy("How attendance is taken"),
        choices=attendance_settings.WAYS,
        required=False,
        widget=UnfoldAdminRadioSelectWidget(),
        help_text=gettext_lazy(
            "Once a day: by homeroom or year group, on the page “Attendance of the day”."
        ),
    )
    daily_register_time = fields.TimeField(
        label=gettext_lazy("When the day's register is taken"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "08:30", "inputmode": "numeric"}),
        help_text=gettext_lazy(
            "Whoever is away then by an approved absence is excused. Empty: 08:30."
        ),
    )
    absence_reasons = forms.CharField(
        label=gettext_lazy("Reasons of absences"),
        required=False,
        max_length=5000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text=gettext_lazy("One a line, the most usual first. Empty: the usual ones."),
    )
    absence_reports = forms.BooleanField(
        label=gettext_lazy("Families report absences on their pages"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy(
            "What guardians report waits for the office. Switched off, families call the office;"
            " what they reported so far stays."
        ),
    )
    attendance_codes = CodesField(
        label=gettext_lazy("The school's own codes"),
        required=False,
        help_text=gettext_lazy(
            "For registers in which “absent” is not enough, for example M for “Medical”, which"
            " counts as Excused. The attendance rate knows the four statuses only."
        ),
    )

    def __init__(self, data, kept):
        super().__init__(data, kept)
        self.initial[REASONS] = "\n".join(attendance_settings.reasons())
        self.initial[TAKEN] = attendance_settings.way()
        self.initial[REPORTS] = attendance_settings.families_report()

    def clean_daily_register_time(self):
        moment = self.cleaned_data["daily_register_time"]
        return f"{moment:%H:%M}" if moment else None

    def clean_absence_reasons(self):
        lines = self.cleaned_data["absence_reasons"].splitlines()
        reasons = list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
        if any(len(reason) > attendance_settings.LONGEST_REASON for reason in reasons):
            raise forms.ValidationError(_("A reason has at most 100 characters."))
        return reasons

    def values(self):
        """Return the settings; that families report is the rule, and only the exception kept."""
        return super().values() | {REPORTS: None if self.cleaned_data[REPORTS] else False}


@pages.page("attendance/settings/", "attendance_settings", pages.FORM, admins_only=True)
def show_settings(request):
    """Show and save the settings."""
    return answer(request, "attendance_settings", AttendanceForm)
