"""What the lists of own pages share: the term, and pagination."""

from django.core.paginator import Paginator

from core.defaults import today
from portal.selectors import own_terms

ROWS = 50


def term_of(request):
    """Return the requested `TermChoice`."""
    return own_terms.choose(request.GET.get("term", ""), today())


def page_of(request, rows, size=ROWS):
    """Return the requested page of `rows`; the nearest one for an invalid number."""
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    page.query = query.urlencode()
    return page
