"""academicSessions.csv of an exported bundle: years and terms, and the sessions of bundles."""

from datetime import date
from typing import NamedTuple

from oneroster.bundle.spans import SCHOOL_YEAR_BEGINS, Span, ending_year, year_name
from oneroster.outgoing.files import (
    changed_here,
    clean,
    derived,
    imported_row,
    iso,
    recorded,
    stream,
)

YEARS = """
    select y.id, y.name, y.start_date, y.end_date from academic_years y
     where y.tenant_id = app.tenant_id() order by y.start_date"""
TERMS = """
    select t.id, t.academic_year_id, t.name, t.start_date, t.end_date from terms t
     where t.tenant_id = app.tenant_id() order by t.start_date"""
# What a bundle wants to be gone; years and terms stay here until somebody deletes them.
DELETED = """
    select r.sourced_id, r.data::text from sourced_records r
     where r.entity = 'academicSessions' and r.data -> 'row' ->> 'status' = 'tobedeleted'"""


class Place(NamedTuple):
    """A year or, with the id of its `year`, a term here."""

    year: object
    name: str
    span: Span


class Sessions:
    """Years and terms with the sourcedIds of the bundles, else with their ids; and other sessions.

    Other sessions of the bundles are exported as they came. Classes without a term, or with other
    days than their term, get a session with their days.
    """

    def __init__(self, tenant):
        self.tenant = tenant
        self.records = recorded("academicSessions")
        self.years = {pk: Place(None, name, Span(*days)) for pk, name, *days in stream(YEARS)}
        self.terms = {pk: Place(year, name, Span(*d)) for pk, year, name, *d in stream(TERMS)}
        self.named = self._named()
        unnamed = (self.years.keys() | self.terms.keys()) - self.named.keys()
        self.ids = self.named | {pk: str(pk) for pk in unnamed}
        self.gone = self._gone()
        self.used = set()  # terms that classes are in
        self.made = {}  # Span -> (sourcedId, its term's id or None)
        self.by_span = self._by_span()

    def _named(self):
        """Return {id of a year or term: its sourcedId in the bundle}."""
        ids = {}
        for sourced_id, record in self.records.items():
            for pk in self._here(record):
                ids.setdefault(pk, sourced_id)
        return ids

    def _here(self, record):
        """Return the ids of the years and terms of a record that still exist here."""
        meant = {record.set.get("year"), record.set.get("term")}
        return [pk for pk in {**self.years, **self.terms} if str(pk) in meant]

    def _gone(self):
        """Return the ids of terms that a bundle deleted and no other record refers to."""
        deleted = [imported_row(*row) for row in stream(DELETED)]
        deleted_terms = {pk for record in deleted for pk in self._here(record) if pk in self.terms}
        return deleted_terms - self.named.keys()

    def _by_span(self):
        by_span = {}
        for sourced_id, record in [*self.records.items()]:
            span = _span(record)
            if span and record.set.get("type") != "schoolyear":
                by_span.setdefault(span, sourced_id)
        for pk in self.terms.keys() - self.gone:
            by_span.setdefault(self.terms[pk].span, self.ids[pk])
        for sourced_id, record in self.records.items():
            if span := _span(record):
                by_span.setdefault(span, sourced_id)
        return by_span

    # --- what classes refer to ---

    def keep(self, sourced_ids):
        """Return the sessions of a class that exist."""
        return [sourced_id for sourced_id in sourced_ids if sourced_id in self.records]

    def term(self, pk):
        """Return the sourcedId of a term here."""
        self.used.add(pk)
        return self.ids[pk]

    def session(self, start, end, term=None):
        """Return the sourcedId of a session with a class's days; `term` is its term's id.

        It is the term itself if the class has the term's days, or days outside of it. A class
        without an end runs to the end of its term, or of the school year.
        """
        if term is not None:
            whole = self.terms[term].span
            span = Span(start, end or whole.end)
            if span == whole or not whole.holds(span):
                return self.term(term)
        else:
            span = Span(start, end or date(ending_year(start), SCHOOL_YEAR_BEGINS - 1, 30))
        if span not in self.by_span:
            self.by_span[span] = derived("term", self.tenant.pk, *span)
            self.made[span] = self.by_span[span], term
            self.used.add(term)
        return self.by_span[span]

    # --- the rows ---

    def rows(self):
        """Yield the rows; the classes must have been exported before."""
        for sourced_id, record in self.records.items():
            yield self._recorded(record) | {"sourcedId": sourced_id}
        for pk, year in self.years.items():
            if pk not in self.named:
                yield _row(str(pk), "schoolYear", year.span, year.name)
        for pk, term in self.terms.items():
            if pk not in self.named and (pk not in self.gone or pk in self.used):
                parent = self.ids[term.year]
                ending = self.years[term.year].span.end.year
                yield _row(str(pk), "term", term.span, term.name, parent, ending)
        yield from self._made()

    def _recorded(self, record):
        """Return a bundle's row with the changes made here since."""
        row = dict(record.row)
        row |= {"startDate": record.set.get("start") or "", "endDate": record.set.get("end") or ""}
        for pk in self._here(record)[:1]:
            place = self.years.get(pk) or self.terms[pk]
            now = {"name": place.name, "start": place.span.start, "end": place.span.end}
            changes = changed_here(now, record)
            if "name" in changes:
                row["title"] = place.name
            if changes.keys() & {"start", "end"}:
                row |= {"startDate": iso(place.span.start), "endDate": iso(place.span.end)}
        return clean("academicSessions", row)

    def _made(self):
        years = {}
        for span in sorted(self.made):
            sourced_id, term = self.made[span]
            ending = ending_year(span.start)
            parent = self.ids[term] if term else self._year_around(span)
            if parent is None:
                parent = derived("schoolYear", self.tenant.pk, ending)
                known = years.get(parent, span)
                years[parent] = Span(min(known.start, span.start), max(known.end, span.end))
            title = f"{span.start} – {span.end}"
            yield _row(sourced_id, "term", span, title, parent, ending)
        for sourced_id, span in years.items():
            ending = ending_year(span.start)
            yield _row(sourced_id, "schoolYear", span, year_name(ending), "", ending)

    def _year_around(self, span):
        """Return the sourcedId of the year that holds a session, or None."""
        for pk, year in self.years.items():
            if year.span.holds(span):
                return self.ids[pk]
        for sourced_id, record in self.records.items():
            is_year = record.set.get("type") == "schoolyear"
            if is_year and (year := _span(record)) and year.holds(span):
                return sourced_id
        return None


def _span(record):
    """Return the days of a record, or None."""
    days = [record.set.get(name) for name in ("start", "end")]
    return Span(*map(date.fromisoformat, days)) if all(days) else None


def _row(sourced_id, kind, span, title, parent="", ending=None):
    return {
        "sourcedId": sourced_id,
        "title": title,
        "type": kind,
        "startDate": iso(span.start),
        "endDate": iso(span.end),
        "parentSourcedId": parent,
        "schoolYear": str(ending or span.end.year),
    }
