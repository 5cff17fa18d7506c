"""What the own pages' lists have in common: the term they are about, and their pages."""

from django.core.paginator import Paginator

from core.defaults import today
from portal.selectors import own_terms

ROWS = 50


def term_of(request):
    """Return the `TermChoice` that the address asks for."""
    return own_terms.choose(request.GET.get("term", ""), today())


def page_of(request, rows, size=ROWS):
    """Return the page of `rows` that the address asks for; the nearest for nonsense."""
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    page.query = query.urlencode()
    return page
