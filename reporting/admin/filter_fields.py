"""The filters of a report as fields of an admin form."""

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from core.forms.fields import DateField
from reporting.catalog import filters, periods
from reporting.catalog.term_filter import TermFilter

PREFIX = "filter_"


def fields_of(report):
    """Return {name: form field} for every parameter of a report's filters."""
    fields = {}
    for report_filter in _offered(report):
        for key in report_filter.keys:
            fields[PREFIX + key] = _field(report_filter, key)
    return fields


def rows_of(report):
    """Return the names of the fields as lines of a fieldset, two dates in one line."""
    lines = []
    for report_filter in _offered(report):
        name, *days = [PREFIX + key for key in report_filter.keys]
        lines += [name, tuple(days)] if days else [name]
    return lines


def _offered(report):
    return [report_filter for report_filter in report.filters if report_filter.is_offered()]


def initial(report, values):
    """Return {name: initial value} of what is set among a report's filters."""
    known = {key for report_filter in report.filters for key in report_filter.keys}
    return {PREFIX + key: value for key, value in values.items() if key in known}


def values_of(cleaned_data):
    """Return {parameter: text} of what was filled in, for `Report.parse`."""
    return {
        name.removeprefix(PREFIX): "yes" if value is True else str(value)
        for name, value in cleaned_data.items()
        if name.startswith(PREFIX) and value not in (None, "", False)
    }


def _field(report_filter, key):
    if isinstance(report_filter, filters.DateRange):
        return _date_field(report_filter, key)
    options = {
        "label": report_filter.label,
        "help_text": report_filter.help_text,
        "required": False,
    }
    if isinstance(report_filter, TermFilter):
        options["choices"] = report_filter.choices()
        return forms.ChoiceField(widget=UnfoldAdminSelectWidget(), **options)
    if isinstance(report_filter, filters.Flag):
        return forms.BooleanField(widget=UnfoldBooleanSwitchWidget(), **options)
    if isinstance(report_filter, filters.Choice):
        choices = [("", _("All")), *report_filter.choices.choices]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget(), **options)
    return forms.CharField(
        max_length=filters.MAX_TEXT, widget=UnfoldAdminTextInputWidget(), **options
    )


def _date_field(report_filter, key):
    if key == "period":
        empty = periods.PERIODS[report_filter.default]
        return forms.ChoiceField(
            label=report_filter.label,
            choices=[("", empty), *((k, v) for k, v in periods.PERIODS.items() if v != empty)],
            widget=UnfoldAdminSelectWidget(),
            required=False,
            help_text=_("Moves on with time: counted back from the day of the report."),
        )
    label = _("or from") if key == "from" else _("to")
    return DateField(label=label, widget=UnfoldAdminSingleDateWidget(), required=False)
