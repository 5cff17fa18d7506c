"""The forms of a scheduled report, with the filters of its report, and of its recipients."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleTimeWidget,
)

from academics.models import Schedule
from core.forms.fields import TimeField
from reporting.admin import filter_fields
from reporting.models import ReportSchedule
from reporting.services import schedules

FORMATS = [
    ("xlsx", gettext_lazy("XLSX – for Excel and other spreadsheets")),
    ("csv", gettext_lazy("CSV – for other programs")),
    ("pdf", gettext_lazy("PDF – to print, up to 5,000 rows")),
]


class ScheduleForm(forms.ModelForm):
    """A schedule of one report; a subclass (`for_report`) has the report's filters as fields."""

    report_entry = None

    file_format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=FORMATS,
        initial="xlsx",
        widget=UnfoldAdminSelectWidget(),
    )
    sort = forms.ChoiceField(
        label=gettext_lazy("Order"), required=False, widget=UnfoldAdminSelectWidget()
    )
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Weekday"),
        choices=[("", "–"), *Schedule.Weekday.choices],
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    month_day = forms.IntegerField(
        label=gettext_lazy("Day of the month"),
        min_value=1,
        max_value=31,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=gettext_lazy("1 to 31; a shorter month's last day stands in for a missing one."),
    )

    time_of_day = TimeField(
        label=gettext_lazy("At"),
        widget=UnfoldAdminSingleTimeWidget(format="%H:%M"),
        help_text=gettext_lazy("By the school's clock."),
    )

    class Meta:
        model = ReportSchedule
        fields = ["name", "frequency"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.report_entry is None:
            return
        if self.instance._state.adding:
            self.instance.report = self.report_entry.name
            self.instance.owner = self.request.user
        kept = self.instance.filters or {}
        self.initial = filter_fields.initial(self.report_entry, kept) | self.initial
        self.fields["sort"].choices = _orders(self.report_entry)

    def clean(self):
        data = super().clean()
        self._clean_timing(data)
        if self.report_entry is not None:
            self._clean_filters(data)
        return data

    def _clean_timing(self, data):
        """Require the day that the frequency needs, and clear the other."""
        weekly = data.get("frequency") == ReportSchedule.Frequency.WEEKLY
        wanted, other = ("weekday", "month_day") if weekly else ("month_day", "weekday")
        data[other] = None
        self.errors.pop(other, None)  # the field is not shown
        if data.get(wanted) is None and wanted not in self.errors:
            message = _("Choose the weekday.") if weekly else _("Choose the day of the month.")
            self.add_error(wanted, message)

    def _clean_filters(self, data):
        try:
            values = self.report_entry.parse(filter_fields.values_of(data))
        except ValidationError as error:
            for key, sentences in error.message_dict.items():
                name = filter_fields.PREFIX + key
                self.add_error(name if name in self.fields else None, sentences)
            return
        if values != self.instance.filters:
            self.instance.filters = values
        self.also_changed = {"filters", "weekday", "month_day", "next_run_at"}


def for_report(report):
    """Return the form class for schedules of a report of the catalog."""
    attributes = filter_fields.fields_of(report) | {"report_entry": report}
    return type("ScheduleForm", (ScheduleForm,), attributes)


def _orders(report):
    """Return the choices of a report's order."""
    choices = [("", _("The report's own"))]
    for name in report.sorts:
        label = report.by_name[name].label
        choices.append((name, _("%(column)s, ascending") % {"column": label}))
        choices.append((f"-{name}", _("%(column)s, descending") % {"column": label}))
    return choices


class RecipientForm(forms.ModelForm):
    """A recipient; refused if they may not see the report."""

    def clean_user(self):
        person = self.cleaned_data["user"]
        refusal = schedules.recipient_refusal(self.instance.schedule, person)
        if refusal is not None:
            raise ValidationError(refusal)
        return person


class RecipientFormSet(forms.BaseInlineFormSet):
    """Recipients whose forms know the schedule, even an unsaved one."""

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.instance.schedule = self.instance
        return form
