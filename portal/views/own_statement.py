"""A student's statement of account, for the student and guardians: to read, and as PDF."""

from datetime import timedelta

from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import reading
from core.defaults import today
from finance.papers import statements
from finance.selectors import statement
from portal.views.own import own_page, own_url
from portal.views.own_documents import pdf_file

YEAR = timedelta(days=365)


@require_safe
@own_page
def show(request):
    """Show what was owed, billed and paid in a period: the last year, or what is asked for."""
    first, last, problems = _period(request.GET)
    context = {"first": first, "last": last, "problems": problems}
    if not problems:
        context["accounts"] = statement.accounts(request.student, first, last, of_family=False)
        context["query"] = urlencode({"first": first.isoformat(), "last": last.isoformat()})
    return render(request, "portal/statement.html", context)


@require_safe
@own_page
def as_pdf(request):
    """Return the statement as PDF; the page says what is wrong with its period."""
    first, last, problems = _period(request.GET)
    if problems:
        return redirect(f"{own_url(request, 'statement')}?{request.GET.urlencode()}")
    pdf = statements.pdf(request.student, first, last, of_family=False)
    return pdf_file(pdf, _("statement %(name)s") % {"name": request.student.name})


def _period(asked):
    """Return (first day, last day, [what is wrong]); the days are the text where they are wrong."""
    days = {"first": today() - YEAR, "last": today()}
    problems = []
    for name in days:
        text = asked.get(name, "").strip()
        try:
            days[name] = reading.day(text) if text else days[name]
        except ValueError as error:
            days[name] = text
            problems.append(str(error))
    if not problems and days["first"] > days["last"]:
        problems.append(_("The last day is before the first."))
    return days["first"], days["last"], problems
