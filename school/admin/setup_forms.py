"""What the set-up assistant asks in its own pages; what else it leads to has pages of its own."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from academics.admin.calendar_settings_page import CalendarForm
from core.defaults import today
from core.forms import fields
from core.services import school_settings
from school.services import setting_up

LONGEST_NAME = 100


def _text(label, longest, **options):
    widget = UnfoldAdminTextInputWidget()
    return forms.CharField(label=label, max_length=longest, widget=widget, **options)


def _day(label):
    return fields.DateField(label=label, widget=UnfoldAdminTextInputWidget)


class SchoolStep(forms.Form):
    """Name, telephone and address."""

    name = _text(gettext_lazy("Name"), 255)
    phone = _text(gettext_lazy("Telephone"), 50, required=False)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(self, data, tenant):
        kept = tenant.settings or {}
        initial = {name: kept.get(name) for name in ("phone", "address")}
        super().__init__(data, initial=initial | {"name": tenant.name})

    def save(self, tenant):
        """Write them."""
        setting_up.name_school(tenant, **self.cleaned_data)


class CalendarStep(CalendarForm):
    """Time zone, order of typed dates, weekdays."""

    def __init__(self, data, tenant):
        super().__init__(data, tenant.settings or {})

    def save(self, tenant):
        """Write them."""
        school_settings.save(tenant, self.values())


class TermStep(forms.Form):
    """An academic year and its first term."""

    year = _text(
        gettext_lazy("School year"),
        LONGEST_NAME,
        help_text=gettext_lazy("For example: 2026/27."),
    )
    first = _day(gettext_lazy("First day of the year"))
    last = _day(gettext_lazy("Last day of the year"))
    term = _text(
        gettext_lazy("First term"),
        LONGEST_NAME,
        help_text=gettext_lazy("For example: Autumn. One term for the whole year will do, too."),
    )
    term_first = _day(gettext_lazy("First day of the term"))
    term_last = _day(gettext_lazy("Last day of the term"))

    def __init__(self, data, tenant):
        begins = today().year if today().month >= 6 else today().year - 1
        super().__init__(data, initial={"year": f"{begins}/{(begins + 1) % 100:02}"})

    def clean(self):
        data = super().clean()
        for first, last in (("first", "last"), ("term_first", "term_last")):
            if data.get(first) and data.get(last) and data[last] < data[first]:
                self.add_error(last, _("The last day is before the first day."))
        if not self.errors and not (
            data["first"] <= data["term_first"] and data["term_last"] <= data["last"]
        ):
            self.add_error("term_last", _("The term must lie within its academic year."))
        return data

    def save(self, tenant):
        """Make them."""
        setting_up.begin_year(**self.cleaned_data)


class YearsStep(forms.Form):
    """Year groups, one a line, with their homerooms."""

    years = forms.CharField(
        label=gettext_lazy("Year groups"),
        max_length=5000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "placeholder": "Year 7: 7A, 7B"}),
        help_text=gettext_lazy(
            "One a line, the youngest first; the homerooms behind a colon, like “Year 7: 7A, 7B”."
        ),
    )

    def __init__(self, data, tenant):
        super().__init__(data)

    def clean_years(self):
        years = {}
        for line in filter(str.strip, self.cleaned_data["years"].splitlines()):
            name, _colon, homerooms = line.partition(":")
            name = " ".join(name.split())
            rooms = [" ".join(room.split()) for room in homerooms.split(",") if room.strip()]
            if not name or max(map(len, [name, *rooms])) > LONGEST_NAME:
                raise forms.ValidationError(
                    _("“%(line)s”: a name has 1 to 100 characters.") % {"line": line.strip()[:50]}
                )
            if name.lower() in map(str.lower, years):
                raise forms.ValidationError(_("“%(name)s” stands there twice.") % {"name": name})
            years[name] = rooms
        return years

    def save(self, tenant):
        """Make them."""
        setting_up.add_years(self.cleaned_data["years"])


FORMS = {"school": SchoolStep, "calendar": CalendarStep, "term": TermStep, "years": YearsStep}
MADE_ONCE = {"term", "years"}  # more of them have pages of their own
