"""The term of own pages: the current one, unless the address names another."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from academics.models import Term

ALL = "all"
Rows = TypeVar("Rows", bound=QuerySet[Any])


@dataclass(frozen=True)
class TermChoice:
    """The school's terms, newest first, and the chosen one; None: all of them."""

    terms: list[Term]
    chosen: Term | None

    @property
    def value(self) -> str:
        """The value of the choice in the address."""
        return str(self.chosen.pk) if self.chosen else ALL

    def narrow(self, queryset: Rows, prefix: str = "school_class") -> Rows:
        """Return the rows of the term's classes.

        A class that belongs to no term counts by its dates.
        """
        if self.chosen is None:
            return queryset
        term = self.chosen
        begun = Q(**{f"{prefix}__term__isnull": True, f"{prefix}__start_date__lte": term.end_date})
        not_over = Q(**{f"{prefix}__end_date__isnull": True}) | Q(
            **{f"{prefix}__end_date__gte": term.start_date}
        )
        return queryset.filter(Q(**{f"{prefix}__term": term.pk}) | begun & not_over)


def choose(asked: str | None, day: date) -> TermChoice:
    """Return the `TermChoice` for `asked`: a term's id, "all", or nothing for the current one.

    Raises Http404 for an unknown id. One query.
    """
    terms = list(Term.objects.select_related("academic_year").order_by("-start_date"))
    if asked == ALL or not terms:
        return TermChoice(terms, None)
    if asked:
        chosen = next((term for term in terms if str(term.pk) == asked), None)
        if chosen is None:
            raise Http404(_("There is no such term."))
        return TermChoice(terms, chosen)
    coming = [term for term in terms if term.end_date >= day]
    return TermChoice(terms, coming[-1] if coming else terms[0])
