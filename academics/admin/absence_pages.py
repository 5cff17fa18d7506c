"""The office's page of absences: what is to be decided, and who is away today."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from academics import absence_words
from academics.admin.absences import report_decision
from academics.models import Absence
from academics.selectors import absences as selectors
from academics.services import absences
from core import offices
from core.admin import pages
from core.admin.confirm import refused
from core.defaults import today

VERBS = {"approve": Absence.Status.APPROVED, "decline": Absence.Status.DECLINED}
MOST = 200  # reports on the page


@pages.page("absences/", "absences", pages.FORM, roles=offices.PEOPLE_OFFICE)
def absence_page(request):
    """Show what is to be decided and who is away; POST approves or declines reports."""
    if request.method == "POST":
        return _decide(request)
    day = today()
    context = {
        "to_decide": [_described(row) for row in selectors.to_decide()[:MOST]],
        "away": [_described(row) for row in selectors.away_on(day)],
        "today": day,
    }
    return pages.show(request, "academics/absences/absences.html", _("Absences"), context)


def _described(row):
    row.period = absence_words.period(row)
    return row


def _decide(request):
    """Decide on one report (the button has its id), or on those that are ticked."""
    verb, _colon, key = request.POST.get("decide", "").partition(":")
    keys = [key] if key else request.POST.getlist("chosen")
    if verb not in VERBS or not keys:
        messages.error(request, _("Choose the absences that you want to decide on first."))
        return redirect("admin:absences")
    try:
        rows = list(Absence.objects.undecided().select_related("student").filter(pk__in=keys))
    except ValidationError:  # what is no id
        rows = []
    if not rows:
        messages.warning(request, _("Somebody else has decided on it already."))
        return redirect("admin:absences")
    reasons = absences.decide(rows, VERBS[verb])
    report_decision(request, len(rows) - len(reasons), VERBS[verb])
    if reasons:
        messages.warning(request, refused(reasons))
    return redirect("admin:absences")
