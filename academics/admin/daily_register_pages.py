"""The register of a day, of a homeroom or of a year group."""

from datetime import timedelta
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from academics.admin import register_sheet
from academics.admin.register_pages import chosen_day
from academics.selectors import daily_register as registers
from academics.services import daily_register as service
from core import offices
from core.admin import pages
from core.defaults import today
from core.models import Homeroom, YearGroup


class DaySheet(register_sheet.Sheet):
    """The register of a homeroom or year group on a day."""

    template = "academics/register/daily.html"

    def __init__(self, group, day, wrong):
        self.group, self.day, self.wrong = group, day, wrong

    def lines(self):
        return registers.roster(self.group, self.day)

    def history(self):
        return registers.history(self.group, self.day)

    def save(self, marks, by):
        return service.save(day=self.day, marks=marks, by=by)

    def explain(self, error):
        return str(error)

    def url(self):
        return self._on(self.day)

    def title(self):
        return _("Attendance of the day: %(name)s") % {"name": self.group}

    def context(self):
        return {
            "group": self.group,
            "day": self.day,
            "today": today(),
            "wrong": self.wrong,
            "before": self._on(self.day - timedelta(days=1)),
            "after": self._on(self.day + timedelta(days=1)),
            "past": _("Last days"),
        }

    def _on(self, day):
        name = "daily_register" if isinstance(self.group, Homeroom) else "year_register"
        query = "" if day == today() else f"?{urlencode({'day': day})}"
        return reverse(f"admin:{name}", args=[self.group.pk]) + query


@pages.page(
    "daily-register/homeroom/<uuid:homeroom_id>/",
    "daily_register",
    pages.FORM,
    roles=offices.TEACHING,
)
def of_homeroom(request, homeroom_id):
    """Show the day's register of a homeroom; POST saves it."""
    return _answer(request, Homeroom, homeroom_id)


@pages.page(
    "daily-register/year-group/<uuid:year_group_id>/",
    "year_register",
    pages.FORM,
    roles=offices.PEOPLE_OFFICE,
)
def of_year_group(request, year_group_id):
    """Show the day's register of a whole year group; POST saves it."""
    return _answer(request, YearGroup, year_group_id)


def _answer(request, model, key):
    group = registers.group_for(request.user, model, key)
    if group is None:
        raise Http404(_("There is no such register."))
    asked = request.GET.get("day", "")
    day, wrong = chosen_day(asked)
    sheet = DaySheet(group, day, wrong and asked)
    return register_sheet.answer(request, sheet, registers.refusal(day))
