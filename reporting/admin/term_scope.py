"""The line with the term of a report or the dashboard, and links to other terms.

The same as above lists (academics.admin.term_filter, templates/academics/term_choices.html).
"""

from django.utils.translation import gettext as _

from academics.admin.term_filter import ALL, NONE, current_of, terms_of, title_of
from core.defaults import today
from reporting.admin.report_tables import query
from reporting.catalog.term_filter import CURRENT


def of_report(request, report, values, sort):
    """Return the line of a report's page; None for one without terms, or a school without any."""
    if report.term is None or not terms_of(request):
        return None
    others = {key: value for key, value in values.items() if key != "term"}

    def link(word):
        return query(others | ({"term": word} if word else {}), sort) or "?"

    is_narrowed = report.term.is_narrowed(values)
    line = _line(request, report.term.asked(values), link, CURRENT if is_narrowed else None)
    return line | {"is_narrowed": is_narrowed and "term" not in values}


def of_dashboard(request, asked):
    """Return the line of the dashboard; None for a school without terms."""
    if not terms_of(request):
        return None
    return _line(request, asked, lambda word: f"?term={word}" if word else "?", None)


def _line(request, asked, link, default):
    """Return the line for `asked`, a term's id or a word.

    `link` makes the address of an id or word; `default` is the word of the current term.
    """
    terms = terms_of(request)
    current = current_of(terms, today())
    chosen = next((term for term in terms if str(term.pk) == asked), None)
    shown = current if asked == CURRENT else chosen
    if shown is not None:
        title = title_of(shown)
    else:
        title = _("Without a term") if asked == NONE else _("All terms")
    return {
        "title": title,
        "is_default": asked == CURRENT,
        "is_limited": asked != ALL,
        "current": None if asked == CURRENT else link(default),
        "links": [
            (title_of(term), link(str(term.pk)))
            for term in _beside(terms, current)
            if term != chosen
        ],
        "every": link(ALL),
    }


def _beside(terms, current):
    """Return the terms before and after the current one; `terms` begin with the latest."""
    place = terms.index(current)
    return [*terms[place + 1 : place + 2], *terms[max(place - 1, 0) : place]]
