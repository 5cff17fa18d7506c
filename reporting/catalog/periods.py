"""Named periods, relative to today at the school."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from academics.models import Term

ALL = "all"
THIS_TERM, LAST_TERM = TERMS = ("this_term", "last_term")
PERIODS = {
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "this_week": _("This week"),
    "last_week": _("Last week"),
    "last_7_days": _("Last 7 days"),
    "last_30_days": _("Last 30 days"),
    "last_12_weeks": _("Last 12 weeks"),
    "this_month": _("This month"),
    "last_month": _("Last month"),
    THIS_TERM: _("This term"),
    LAST_TERM: _("Last term"),
    "this_year": _("This year"),
    "last_year": _("Last year"),
    ALL: _("Any time"),
}


def resolve(name, today):
    """Return the first and the last day of a period, both inclusive, as of `today` at the school.

    (None, None) for `ALL`, and for a term where there is none. Weeks begin on Monday (ISO 8601);
    years are the calendar's.
    """
    if name in TERMS:
        matching_term = term(name, today)
        return (matching_term.start_date, matching_term.end_date) if matching_term else (None, None)
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    ends = {
        ALL: (None, None),
        "today": (today, today),
        "yesterday": (today - timedelta(days=1),) * 2,
        "this_week": (monday, monday + timedelta(days=6)),
        "last_week": (monday - timedelta(days=7), monday - timedelta(days=1)),
        "last_7_days": (today - timedelta(days=6), today),
        "last_30_days": (today - timedelta(days=29), today),
        # Whole weeks, so that a chart by week does not begin with a part of a week.
        "last_12_weeks": (monday - timedelta(weeks=11), today),
        "this_month": (first, _next_month(first) - timedelta(days=1)),
        "last_month": (
            (first - timedelta(days=1)).replace(day=1),
            first - timedelta(days=1),
        ),
        "this_year": (date(today.year, 1, 1), date(today.year, 12, 31)),
        "last_year": (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    }
    return ends[name]


def term(name, today):
    """Return the school's term that `THIS_TERM` or `LAST_TERM` means, or None."""
    current = Term.objects.current(today)
    if name == THIS_TERM or current is None:
        return current
    return Term.objects.filter(end_date__lt=current.start_date).order_by("-end_date").first()


def _next_month(first):
    return (first + timedelta(days=31)).replace(day=1)
