"""The school's settings for its calendar: time zone, how dates are typed, the weekdays."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from academics import weekdays
from academics.models import Schedule
from core import reading
from core.admin import pages, subjects
from core.admin.fields import TimeZoneField
from core.admin.setting_forms import SettingsForm, answer
from core.admin.subjects import Subject

subjects.register(
    Subject(
        20,
        "calendar_settings",
        _("Calendar"),
        _("Time zone, dates and the school's weekdays; academic years, terms and closed days."),
        "calendar_month",
        [
            (_("Academic years"), "academics_academicyear_changelist"),
            (_("Terms"), "academics_term_changelist"),
            (_("Closed days"), "academics_closedday_changelist"),
        ],
    )
)


class CalendarForm(SettingsForm):
    """Time zone, order of typed dates, weekdays."""

    defaults = {
        "timezone": "UTC",
        "date_order": reading.DAY_FIRST,
        weekdays.SETTING: list(weekdays.USUAL),
    }

    timezone = TimeZoneField(
        label=_("Time zone"),
        help_text=_("It decides what “today” is, and when a lesson begins."),
    )
    date_order = forms.ChoiceField(
        label=_("Dates with slashes"),
        choices=[
            (reading.DAY_FIRST, _("The day first: 28/11/2026")),
            (reading.MONTH_FIRST, _("The month first: 11/28/2026")),
        ],
        widget=UnfoldAdminSelectWidget(),
        help_text=_("How typed dates are read. Dates are always shown with the month as a word."),
    )
    school_days = forms.TypedMultipleChoiceField(
        label=_("Weekdays with school"),
        choices=Schedule.Weekday.choices,
        coerce=int,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Timetables have a column for each, and for another day that has a lesson."),
    )


@pages.page("settings/calendar/", "calendar_settings", pages.FORM, admins_only=True)
def calendar_settings(request):
    """Show and save the settings."""
    return answer(request, "calendar_settings", CalendarForm)
