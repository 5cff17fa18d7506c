"""The terms that a list can show: `?term=` is a term's id, `all` or `none`."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest

from academics.models import Term
from core.composed import composed
from core.models.base import TenantQuerySet

ALL, NONE = "all", "none"


def title_of(term: Term) -> str:
    return f"{term.name} ({term.academic_year})"


def terms_of(request: HttpRequest) -> list[Term]:
    """Return the school's terms, the latest first; asked for once a request."""
    kept = vars(request)
    if "school_terms" not in kept:
        kept["school_terms"] = _terms()
    return kept["school_terms"]


@composed
def _terms() -> TenantQuerySet[Term]:
    return Term.objects.select_related("academic_year")


def current_of(terms: Sequence[Term], day: date) -> Term | None:
    """Return the same as Term.objects.current(day), from a list with the latest first."""
    coming = [term for term in terms if term.end_date >= day]
    return coming[-1] if coming else next(iter(terms), None)
