"""The terms that a list can be of: `?term=` is a term's id, `all` or `none`."""

from academics.models import Term

ALL, NONE = "all", "none"


def title_of(term):
    return f"{term.name} ({term.academic_year})"


def terms_of(request):
    """Return the school's terms, the latest first; asked for once a request."""
    if not hasattr(request, "school_terms"):
        request.school_terms = list(Term.objects.select_related("academic_year"))
    return request.school_terms


def current_of(terms, day):
    """Return what Term.objects.current(day) would, out of a list: the latest first."""
    coming = [term for term in terms if term.end_date >= day]
    return coming[-1] if coming else next(iter(terms), None)
