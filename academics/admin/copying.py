"""The form that copies an assignment to other classes."""

from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldBooleanWidget,
)

from academics.admin.classes import label_of
from academics.models import Assignment, SchoolClass
from core.forms.fields import DateField

SAME, SHIFT, SET = "same", "shift", "set"
MOST_DAYS = 3660


@dataclass(frozen=True)
class Planned:
    """One copy that would be made, with warnings about it."""

    school_class: SchoolClass
    assigned_date: date
    due_date: date
    remarks: tuple[str, ...]


class CopyForm(forms.Form):
    """Classes, and how the dates of the copies are set."""

    classes = forms.ModelMultipleChoiceField(
        label=gettext_lazy("To which classes"),
        queryset=SchoolClass.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one class.")},
    )
    dates = forms.ChoiceField(
        label=gettext_lazy("Dates"),
        choices=[
            (SAME, gettext_lazy("The same dates")),
            (SHIFT, gettext_lazy("Moved by a number of days")),
            (SET, gettext_lazy("New dates")),
        ],
        initial=SAME,
        widget=forms.RadioSelect,
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days later"),
        help_text=gettext_lazy("7 is a week later, -7 a week earlier."),
        required=False,
        min_value=-MOST_DAYS,
        max_value=MOST_DAYS,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    assigned_date = DateField(
        label=gettext_lazy("Given on"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
    )
    due_date = DateField(
        label=gettext_lazy("Due on"), required=False, widget=UnfoldAdminSingleDateWidget
    )
    with_files = forms.BooleanField(
        label=gettext_lazy("Copy the files too"),
        required=False,
        initial=True,
        widget=UnfoldBooleanWidget,
    )

    def __init__(self, data=None, *, assignment, user):
        self.assignment = assignment
        initial = {"assigned_date": assignment.assigned_date, "due_date": assignment.due_date}
        super().__init__(data, initial=initial, label_suffix="")
        classes = SchoolClass.objects.active().exclude(pk=assignment.school_class_id)
        if user.is_teacher:
            classes = classes.taught_by(user)
        self.fields["classes"].queryset = classes.order_by("sort_name", "start_date", "id")
        self.fields["classes"].label_from_instance = label_of

    def clean(self):
        values = super().clean()
        dates, days = values.get("dates"), values.get("days")
        if dates == SHIFT and days is None and not self.has_error("days"):
            self.add_error("days", _("Say by how many days."))
        if dates == SHIFT and days is not None and not self._is_in_the_calendar(days):
            self.add_error("days", _("That is beyond the calendar."))
        if dates == SET:
            self._clean_new_dates(values)
        return values

    def _is_in_the_calendar(self, days):
        try:
            self._moved(days)
        except OverflowError:
            return False
        return True

    def _moved(self, days):
        by = timedelta(days=days)
        return self.assignment.assigned_date + by, self.assignment.due_date + by

    def _clean_new_dates(self, values):
        for name in ("assigned_date", "due_date"):
            if values.get(name) is None and name not in self.errors:
                self.add_error(name, _("This field is required."))
        given, due = values.get("assigned_date"), values.get("due_date")
        if given and due and due < given:
            self.add_error("due_date", _("It is due before it is given."))

    def new_dates(self):
        """Return (given, due) of the copies."""
        values = self.cleaned_data
        if values["dates"] == SET:
            return values["assigned_date"], values["due_date"]
        return self._moved(values["days"] if values["dates"] == SHIFT else 0)

    def planned(self):
        """Return a `Planned` for each class, in their order."""
        given, due = self.new_dates()
        chosen = self.cleaned_data["classes"]
        with_same_title = set(
            Assignment.objects.filter(
                title=self.assignment.title, school_class__in=chosen
            ).values_list("school_class_id", flat=True)
        )
        return [
            Planned(
                school_class,
                given,
                due,
                _remarks(school_class, due, school_class.pk in with_same_title),
            )
            for school_class in chosen
        ]


def _remarks(school_class, due, has_same_title):
    remarks = []
    if has_same_title:
        remarks.append(_("There is already an assignment of this name in the class."))
    if due < school_class.start_date or (school_class.end_date and due > school_class.end_date):
        remarks.append(_("It is due while the class is not held."))
    return tuple(remarks)
