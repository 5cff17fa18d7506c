"""Classes into terms by their dates."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from academics.models import AcademicYear, SchoolClass, Term


def unplaced() -> tuple[dict[Term, int], int]:
    """Return ({term: number of classes that belong to it by their dates}, number of others)."""
    terms = list(_terms_of_unplaced().values())
    placed = Counter(term for term in terms if term is not None)
    return dict(placed), len(terms) - placed.total()


@transaction.atomic
def place() -> int:
    """Put every class without a term into the one that has most of its days; return the number.

    A class whose days are in no term stays without one.
    """
    placed = 0
    by_term: dict[Term | None, list[UUID]] = {}
    for class_id, term in _terms_of_unplaced().items():
        by_term.setdefault(term, []).append(class_id)
    for term, ids in by_term.items():
        if term is not None:
            placed += SchoolClass.objects.filter(pk__in=ids, term=None).update(term=term)
    return placed


def make_next(
    *,
    source: Term,
    name: str,
    start_date: date,
    end_date: date,
    year: AcademicYear | None = None,
    year_name: str = "",
) -> Term:
    """Make a term to roll `source` over to; without a `year` a new one begins with it.

    Raises the database's refusals (see core.constraints).
    """
    with transaction.atomic():
        if year is None:
            length = source.academic_year.end_date - source.academic_year.start_date
            # Within the calendar; what lies beyond reason the database refuses.
            last = max(end_date, start_date + min(length, date.max - start_date))
            year = AcademicYear.objects.create(name=year_name, start_date=start_date, end_date=last)
        return Term.objects.create(
            academic_year=year, name=name, start_date=start_date, end_date=end_date
        )


def suggestion(source: Term) -> tuple[date, date]:
    """Return (first day, last day) of a term like `source` after every term that there is."""
    latest = Term.objects.order_by("-end_date").first() or source
    length = source.end_date - source.start_date
    first = latest.end_date + timedelta(days=1)
    first += timedelta(days=(source.start_date.weekday() - first.weekday()) % 7)
    return first, first + length


def _terms_of_unplaced() -> dict[UUID, Term | None]:
    terms = list(Term.objects.select_related("academic_year").order_by("start_date"))
    classes = SchoolClass.objects.filter(term=None).values_list("pk", "start_date", "end_date")
    return {class_id: _term_of(terms, first, last or first) for class_id, first, last in classes}


def _term_of(terms: Sequence[Term], first: date, last: date) -> Term | None:
    """Return the term with most of the days from `first` to `last`, the earlier of equals."""
    common = {
        term: (min(term.end_date, last) - max(term.start_date, first)).days + 1 for term in terms
    }
    best = max(common, key=lambda term: common[term], default=None)
    return best if best is not None and common[best] > 0 else None
