"""academicSessions.csv: school years become academic years, one level below them the terms.

Sessions nest (schoolYear, semester, term, gradingPeriod). Terms here do not: no two share a day
(academics/sql/terms.sql). So in each year one level is chosen, the one that the classes are in;
what lies within its terms, or across them, stays a record, with a note.
"""

from collections import defaultdict

from academics.models import AcademicYear, Term
from oneroster.bundle.spans import around, span_of, year_name
from oneroster.incoming.academic_sessions import ENDS, FILE, Sessions
from oneroster.incoming.records import changed

MAX_NAME = 100


def plan(session):
    """Plan years and terms; afterwards session.calendar.term_of(...) answers for classes."""
    session.calendar = Calendar(session)
    session.calendar.plan()


class Calendar:
    """Years and terms of the school, and which session of the bundle is which."""

    def __init__(self, session):
        self.session = session
        self.own = session.own_ids(FILE)
        self.years = {year.pk: year for year in AcademicYear.objects.all()}
        self.terms = {term.pk: term for term in Term.objects.all()}
        self.spans = {pk: span_of(one) for pk, one in {**self.years, **self.terms}.items()}
        self.wanted = {}  # id of a year or term -> (Span that the bundle gives it, row)
        self.made = {}  # id of a year that an import made for its terms -> when it ends
        self.sessions = Sessions(session)

    def plan(self):
        """Link what is here, change it, add years and terms, and keep the rows."""
        self.sessions.read(self)
        years = self.sessions.of_bundle(is_year=True)
        others = self.sessions.of_bundle(is_year=False)
        for one in years:
            self._link(one, self.years)
        for one in others:
            self._link(one, self.terms)
        self._settle()
        for one in years:
            self._add_year(one)
        for ending, group in self._groups(others).items():
            self._add_terms(group, ending)
        for one in years:
            self._add_whole_year(one)
        for one in self.sessions.known.values():
            if one.row is not None:
                self._keep(one)
        self.session.each(FILE, self._remove, deleted=True)

    def term_of(self, names, span):
        """Return the id of the term of a class that names these sessions; None: of no one term.

        `span` are its days where it names none, or None. Lists and report cards show a class
        without a term in every term that it runs in, so a class of several belongs to none.
        """
        named = self.sessions.of(names)
        home = self.sessions.home(named)
        if home is not None and home.term is not None:
            return home.term.pk
        span = around([one.span for one in named]) if named else span
        return span and next((pk for pk in self.terms if self.spans[pk].holds(span)), None)

    def is_across(self, names):
        """Return whether the sessions that a class names lie in several terms here."""
        named = self.sessions.of(names)
        span = around([one.span for one in named]) if named else None
        return span is not None and sum(self.spans[pk].shares(span) > 0 for pk in self.terms) > 1

    # --- what is here already ---

    def here(self, told):
        """Return (year, term) that a record names, as far as they are still here."""
        found = {str(pk): one for pk, one in {**self.years, **self.terms}.items()}
        return found.get(told.get("year")), found.get(told.get("term"))

    def recall_made(self, pk, ending):
        """Recall that an import made the year with this id, as text, for its terms."""
        self.made |= {year: ending for year in self.years if str(year) == pk}

    def _link(self, one, here):
        """Find the year or term that a session is, by earlier imports, else by days and name."""
        previous = self.session.previous(one.row)
        record = self.session.records.get(FILE, one.sourced_id)
        found = here.get(record.resource_id if record else self.own.get(one.sourced_id))
        if found is not None and not self._is_still(one, found, previous):
            found = None
        if found is None:
            self._match(one, here)
            return
        if previous is not None:
            _, one.term = self.here(previous)
            found = self._change(one, found, previous)
        if one.is_year:
            one.year = found
        else:
            one.term = found

    def _is_still(self, one, found, previous):
        """Return False when the bundle gives an old sourcedId to other days, as some systems do.

        Their autumn has the same one every year; the old term keeps its days and its classes.
        """
        told = [(previous or {}).get(name) for name in ENDS]
        is_same = told == [day.isoformat() for day in one.span]
        return is_same or self.spans[found.pk].shares(one.span) > 0

    def _match(self, one, here):
        """Link a session to the year or term with its days, or with most of them and its name."""
        found = next((other for pk, other in here.items() if self.spans[pk] == one.span), None)
        if found is None:
            alike = [other for pk, other in here.items() if self.spans[pk].resembles(one.span)]
            if not one.is_year:  # years do not nest: whatever they are called, it is that one
                alike = [other for other in alike if other.name.casefold() == one.title.casefold()]
            found = next(iter(alike), None)
            if found is None:
                return
            what = "academic year" if one.is_year else "term"
            self.session.report.note(
                one.row, f"is the {what} “{found.name}” here, which keeps its own days"
            )
        one.name = one.title
        if one.is_year:
            one.year = found
        else:
            one.term = found

    def _change(self, one, found, previous):
        """Want what the bundle says anew; returns None where another session says otherwise."""
        has_moved = changed(dict(zip(ENDS, one.span, strict=True)), previous)
        if has_moved and self.wanted.setdefault(found.pk, (one.span, one.row))[0] != one.span:
            return None
        if one.title and one.title != previous.get("title", one.title):
            one.name = self._name(one, found)
            self.session.writes.update(found, {"name": one.name}, one.row)
        return found

    def _settle(self):
        """Give years and terms their new days, but for those that would run into others."""
        while (refused := next((pk for pk in self.wanted if self._collides(pk)), None)) is not None:
            _, row = self.wanted.pop(refused)
            name = (self.years.get(refused) or self.terms[refused]).name
            self.session.report.note(
                row, f"“{name}” keeps its days here: others have the new ones, or its year has not"
            )
        for pk, (span, row) in self.wanted.items():
            self.spans[pk] = span
            self._move(self.years.get(pk) or self.terms[pk], span, row)

    def _collides(self, pk):
        span = self._future(pk)
        if pk in self.years:
            own = [other for other, term in self.terms.items() if term.academic_year_id == pk]
            is_torn = not all(span.holds(self._future(term)) for term in own)
        else:
            is_torn = not self._future(self.terms[pk].academic_year_id).holds(span)
        others = (self.years if pk in self.years else self.terms).keys() - {pk}
        return is_torn or any(span.shares(self._future(other)) for other in others)

    def _future(self, pk):
        return self.wanted[pk][0] if pk in self.wanted else self.spans[pk]

    def _move(self, obj, span, row):
        self.session.writes.update(obj, {"start_date": span.start, "end_date": span.end}, row)

    # --- new years ---

    def _add_year(self, one):
        if one.year is None:
            self._match(one, self.years)  # two of a district's years may be one here
        if one.year is not None:
            return
        if other := self._sharing(one.span, self.years):
            self.session.report.note(
                one.row,
                f"becomes no academic year: some of its days are in the year “{other.name}”",
            )
            return
        one.name = self._name(one, fallback=year_name(one.span.end.year))
        one.year = self._new_year(one.name, one.span, one.row)

    def _new_year(self, name, span, row):
        year = AcademicYear(name=name, start_date=span.start, end_date=span.end)
        self.years[year.pk], self.spans[year.pk] = year, span
        return self.session.writes.create(year, row)

    def _sharing(self, span, here):
        return next((one for pk, one in here.items() if self.spans[pk].shares(span)), None)

    def _name(self, one, own=None, fallback=""):
        """Return the session's title, with its first day where another one has that name."""
        name = one.title or fallback or one.sourced_id
        name = self.session.cut(one.row, name, MAX_NAME, "title")
        return self._free_name(name, one, own)

    def _free_name(self, name, one, own=None):
        here = self.years if one.is_year else self.terms
        taken = {other.name for other in here.values() if other is not own}
        if name not in taken:
            return name
        told = f"{name[: MAX_NAME - 13]} ({one.span.start.isoformat()})"
        return told if told not in taken else f"{name[: MAX_NAME - 39]} ({one.sourced_id[:36]})"

    # --- new terms ---

    def _groups(self, others):
        """Return {id of a year, or the year in which one that is to be made ends: [session]}."""
        groups = defaultdict(list)
        for one in others:
            year = next((pk for pk in self.years if self.spans[pk].holds(one.span)), None)
            other = self._sharing(one.span, self.years)
            if year is not None and year not in self.made:
                groups[year].append(one)
            elif year is not None or other is None or other.pk in self.made:
                groups[self.made.get(year, one.ending)].append(one)
            elif one.term is None:
                self.session.report.note(
                    one.row, f"becomes no term: not all its days are in the year “{other.name}”"
                )
        return groups

    def _add_terms(self, group, ending):
        """Make terms of the level of a year's sessions that its classes are in.

        That are the sessions of classes, of nested ones the outer (the classes of the inner are in
        it, too; the other way round those of the outer would be in no term); where no class is in
        any, the outermost. The rest of their level follows, whether it has classes by now or not.
        """
        chosen = [one for one in group if one.term is not None]
        used = self.sessions.classes_in
        homes = _outermost([one for one in group if used[one.sourced_id]])
        self._choose(chosen, sorted(homes, key=lambda one: -used[one.sourced_id]))
        if not chosen:
            self._choose(chosen, _outermost(group))
        kinds, parents = {one.kind for one in chosen}, {one.parent for one in chosen} - {""}
        level = [one for one in group if one.kind in kinds or one.parent in parents]
        self._choose(chosen, _outermost(level))
        new = sorted((one for one in chosen if one.term is None), key=lambda one: one.span)
        year = self._year_for(new, ending) if new else None
        for one in new:
            if year is not None:
                self._new_term(one, year)
        for one in group:
            if one.term is None:
                self._link_or_tell(one)

    def _choose(self, chosen, ranked):
        """Add to `chosen` what shares no day with it, nor with a term that is here."""
        for one in ranked:
            others = (other.span for other in chosen)
            if not self._sharing(one.span, self.terms) and not any(map(one.span.shares, others)):
                chosen.append(one)

    def _year_for(self, new, ending):
        """Return the academic year of new terms; where the bundle has none, one around them."""
        if ending in self.years:
            return self.years[ending]
        year = next((self.years[pk] for pk, known in self.made.items() if known == ending), None)
        row, spans = new[0].row, [one.span for one in new]
        span = around([*spans, self.spans[year.pk]] if year else spans)
        if any(self.spans[pk].shares(span) for pk in self.years if pk != (year and year.pk)):
            return None
        if year is not None:
            self.spans[year.pk] = span
            self._move(year, span, row)
            return year
        name = year_name(ending)
        if name in {other.name for other in self.years.values()}:
            name = f"{name} ({span.start.isoformat()})"
        year = self._new_year(name, span, row)
        self.made[year.pk] = ending
        self.session.report.note(
            row, f"its school year is not in the bundle; “{name}” is made for its terms"
        )
        return year

    def _new_term(self, one, year, name=None):
        one.name = self._free_name(name, one) if name else self._name(one)
        one.term = Term(
            academic_year=year, name=one.name, start_date=one.span.start, end_date=one.span.end
        )
        self.terms[one.term.pk], self.spans[one.term.pk] = one.term, one.span
        self.session.writes.create(one.term, one.row)

    def _link_or_tell(self, one):
        """Link a session with a term's very days; of another say why it is none."""
        one.term = next((t for pk, t in self.terms.items() if self.spans[pk] == one.span), None)
        if one.term is not None:
            one.name = one.title
        elif other := self._sharing(one.span, self.terms):
            self.session.report.note(
                one.row,
                f"becomes no term of its own: days of it are in the term “{other.name}”",
            )
        else:
            reason = "no class is in it" if self.years else "no academic year has room for it"
            self.session.report.note(one.row, f"becomes no term: {reason}")

    def _add_whole_year(self, one):
        """Make one term of a year that has no sessions but itself, and classes."""
        is_wanted = self.sessions.classes_in[one.sourced_id] and one.year is not None
        span = one.span
        if not is_wanted or one.term or self._sharing(span, self.terms):
            return
        if not self.spans[one.year.pk].holds(span):
            return
        one.term = Term(
            academic_year=one.year,
            name=one.year.name,
            start_date=span.start,
            end_date=span.end,
        )
        self.terms[one.term.pk], self.spans[one.term.pk] = one.term, span
        self.session.writes.create(one.term, one.row)

    # --- the rows ---

    def _keep(self, one):
        row, previous = one.row, self.session.previous(one.row) or {}
        start, end = self.session.date(row, "startDate"), self.session.date(row, "endDate")
        if one.span is None:
            what = "academic year" if one.is_year else "term"
            reason = "ends before it begins" if start and end else "without both dates"
            self.session.report.note(row, f"{reason}; becomes no {what}")
        if one.parent and one.parent not in self.sessions.known:
            self.session.report.note(row, f"the parent “{one.parent}” is not in {FILE}.csv")
        here = one.year if one.is_year else one.term
        values = {"start": start, "end": end, "type": one.kind}
        if here is not None:
            values |= {
                "title": one.title,
                "name": one.name if one.name is not None else previous.get("name", one.title),
            }
        if one.year is not None:
            values["year"] = one.year.pk
        if one.term is not None:
            values["term"] = one.term.pk
            if one.term.academic_year_id in self.made:
                values["made_year"] = one.term.academic_year_id
        self.session.keep(row, here and here.pk, values)

    def _remove(self, row):
        record = self.session.known_or_left_out(row)
        for here in self.here(record.data["set"]):
            if here is not None:
                self.session.report.note(
                    row, f"“{here.name}” stays here; delete it by hand when nothing is in it"
                )
        self.session.keep(row, record.resource_id, record.data["set"])


def _outermost(sessions):
    """Return the sessions that are not within another, the longest first, then the earliest."""
    ranked = sorted(sessions, key=lambda one: (-one.span.days, one.span.start))
    outer = []
    for one in ranked:
        if not any(other.span.holds(one.span) for other in outer):
            outer.append(one)
    return outer
