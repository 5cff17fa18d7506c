"""academicSessions.csv: school years become academic years, one level below them becomes terms.

Academic sessions nest (schoolYear, semester, term, gradingPeriod). Terms here do not: no two share
a day (academics/sql/terms.sql). So in each year one level is chosen, the one that the classes are
in; other levels are kept as records, with a note.
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
    """The school's years and terms, and which `Period` of the bundle each of them is."""

    def __init__(self, session):
        self.session = session
        self.own = session.own_ids(FILE)
        self.years = {year.pk: year for year in AcademicYear.objects.all()}
        self.terms = {term.pk: term for term in Term.objects.all()}
        self.spans = {pk: span_of(obj) for pk, obj in {**self.years, **self.terms}.items()}
        self.wanted = {}  # id of a year or term -> (Span that the bundle gives it, row)
        self.made = {}  # id of a year that an import made for its terms -> when it ends
        self.sessions = Sessions(session)

    def plan(self):
        """Link what is here, change it, add years and terms, and keep the rows."""
        self.sessions.read(self)
        years = self.sessions.of_bundle(is_year=True)
        others = self.sessions.of_bundle(is_year=False)
        for period in years:
            self._link(period, self.years)
        for period in others:
            self._link(period, self.terms)
        self._settle()
        for period in years:
            self._add_year(period)
        for ending, group in self._groups(others).items():
            self._add_terms(group, ending)
        for period in years:
            self._add_whole_year(period)
        for period in self.sessions.known.values():
            if period.row is not None:
                self._keep(period)
        self.session.each(FILE, self._remove, deleted=True)

    def term_of(self, names, span):
        """Return the id of the term of a class that names these periods, or None.

        `span` are the class's days if it names no period, or None. A class that runs in several
        terms belongs to none: lists and report cards show it in each of them.
        """
        named = self.sessions.of(names)
        home = self.sessions.home(named)
        if home is not None and home.term is not None:
            return home.term.pk
        span = around([period.span for period in named]) if named else span
        return span and next((pk for pk in self.terms if self.spans[pk].holds(span)), None)

    def is_across(self, names):
        """Return whether the periods that a class names lie in several terms here."""
        named = self.sessions.of(names)
        span = around([period.span for period in named]) if named else None
        return span is not None and sum(self.spans[pk].shares(span) > 0 for pk in self.terms) > 1

    # --- what is here already ---

    def here(self, values):
        """Return the (year, term) that a record's values name; None for what no longer exists."""
        objects = {str(pk): obj for pk, obj in {**self.years, **self.terms}.items()}
        return objects.get(values.get("year")), objects.get(values.get("term"))

    def recall_made(self, pk, ending):
        """Recall that an import made the year with this id, as text, for its terms."""
        self.made |= {year: ending for year in self.years if str(year) == pk}

    def _link(self, period, here):
        """Find the year or term of a period: by earlier imports, else by days and name."""
        previous = self.session.previous(period.row)
        record = self.session.records.get(FILE, period.sourced_id)
        match = here.get(record.resource_id if record else self.own.get(period.sourced_id))
        if match is not None and not self._is_still(period, match, previous):
            match = None
        if match is None:
            self._match(period, here)
            return
        if previous is not None:
            _, period.term = self.here(previous)
            match = self._change(period, match, previous)
        if period.is_year:
            period.year = match
        else:
            period.term = match

    def _is_still(self, period, match, previous):
        """Return False if the bundle reuses the sourcedId of an earlier period for other days.

        Some systems give every autumn the same one; the old term keeps its days and classes.
        """
        days = [(previous or {}).get(name) for name in ENDS]
        is_same = days == [day.isoformat() for day in period.span]
        return is_same or self.spans[match.pk].shares(period.span) > 0

    def _match(self, period, here):
        """Link a period to the year or term with its days, or its name and most of its days."""
        match = next((other for pk, other in here.items() if self.spans[pk] == period.span), None)
        if match is None:
            alike = [other for pk, other in here.items() if self.spans[pk].resembles(period.span)]
            if not period.is_year:  # years do not nest, so their names need not agree
                alike = [
                    other for other in alike if other.name.casefold() == period.title.casefold()
                ]
            match = next(iter(alike), None)
            if match is None:
                return
            what = "academic year" if period.is_year else "term"
            self.session.report.note(
                period.row, f"is the {what} “{match.name}” here, which keeps its own days"
            )
        period.name = period.title
        if period.is_year:
            period.year = match
        else:
            period.term = match

    def _change(self, period, match, previous):
        """Plan the new days and name of a match; return None where another period contradicts."""
        has_moved = changed(dict(zip(ENDS, period.span, strict=True)), previous)
        days = (period.span, period.row)
        if has_moved and self.wanted.setdefault(match.pk, days)[0] != period.span:
            return None
        if period.title and period.title != previous.get("title", period.title):
            period.name = self._name(period, match)
            self.session.writes.update(match, {"name": period.name}, period.row)
        return match

    def _settle(self):
        """Give years and terms their new days, except where those would collide with others."""
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

    def _add_year(self, period):
        if period.year is None:
            self._match(period, self.years)  # two of a district's years may be one here
        if period.year is not None:
            return
        if other := self._sharing(period.span, self.years):
            self.session.report.note(
                period.row,
                f"becomes no academic year: some of its days are in the year “{other.name}”",
            )
            return
        period.name = self._name(period, fallback=year_name(period.span.end.year))
        period.year = self._new_year(period.name, period.span, period.row)

    def _new_year(self, name, span, row):
        year = AcademicYear(name=name, start_date=span.start, end_date=span.end)
        self.years[year.pk], self.spans[year.pk] = year, span
        return self.session.writes.create(year, row)

    def _sharing(self, span, here):
        return next((obj for pk, obj in here.items() if self.spans[pk].shares(span)), None)

    def _name(self, period, own=None, fallback=""):
        """Return the period's title, with its first day where another already has that name."""
        name = period.title or fallback or period.sourced_id
        name = self.session.cut(period.row, name, MAX_NAME, "title")
        return self._free_name(name, period, own)

    def _free_name(self, name, period, own=None):
        here = self.years if period.is_year else self.terms
        taken = {other.name for other in here.values() if other is not own}
        if name not in taken:
            return name
        dated = f"{name[: MAX_NAME - 13]} ({period.span.start.isoformat()})"
        if dated not in taken:
            return dated
        return f"{name[: MAX_NAME - 39]} ({period.sourced_id[:36]})"

    # --- new terms ---

    def _groups(self, others):
        """Return {id of a year, or the ending year of one that is to be made: [period]}."""
        groups = defaultdict(list)
        for period in others:
            year = next((pk for pk in self.years if self.spans[pk].holds(period.span)), None)
            other = self._sharing(period.span, self.years)
            if year is not None and year not in self.made:
                groups[year].append(period)
            elif year is not None or other is None or other.pk in self.made:
                groups[self.made.get(year, period.ending)].append(period)
            elif period.term is None:
                self.session.report.note(
                    period.row, f"becomes no term: not all its days are in the year “{other.name}”"
                )
        return groups

    def _add_terms(self, group, ending):
        """Make terms of the level of a year's periods that its classes are in.

        Of nested periods with classes the outer one is taken: it holds the classes of the inner
        one, too. Without any classes the outermost periods are taken. The rest of the chosen level
        follows, whether it has classes yet or not.
        """
        chosen = [period for period in group if period.term is not None]
        used = self.sessions.classes_in
        homes = _outermost([period for period in group if used[period.sourced_id]])
        self._choose(chosen, sorted(homes, key=lambda period: -used[period.sourced_id]))
        if not chosen:
            self._choose(chosen, _outermost(group))
        kinds = {period.kind for period in chosen}
        parents = {period.parent for period in chosen} - {""}
        level = [period for period in group if period.kind in kinds or period.parent in parents]
        self._choose(chosen, _outermost(level))
        new = sorted(
            (period for period in chosen if period.term is None), key=lambda period: period.span
        )
        year = self._year_for(new, ending) if new else None
        for period in new:
            if year is not None:
                self._new_term(period, year)
        for period in group:
            if period.term is None:
                self._link_or_note(period)

    def _choose(self, chosen, ranked):
        """Add to `chosen` the periods that share no day with it, nor with an existing term."""
        for period in ranked:
            is_free = not any(period.span.shares(other.span) for other in chosen)
            if is_free and not self._sharing(period.span, self.terms):
                chosen.append(period)

    def _year_for(self, new, ending):
        """Return the academic year of new terms; if the bundle has none, make one around them."""
        if ending in self.years:
            return self.years[ending]
        year = next((self.years[pk] for pk, known in self.made.items() if known == ending), None)
        row, spans = new[0].row, [period.span for period in new]
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

    def _new_term(self, period, year, name=None):
        period.name = self._free_name(name, period) if name else self._name(period)
        period.term = Term(
            academic_year=year,
            name=period.name,
            start_date=period.span.start,
            end_date=period.span.end,
        )
        self.terms[period.term.pk], self.spans[period.term.pk] = period.term, period.span
        self.session.writes.create(period.term, period.row)

    def _link_or_note(self, period):
        """Link a period to the term with the same days, or note why it becomes no term."""
        period.term = next(
            (t for pk, t in self.terms.items() if self.spans[pk] == period.span), None
        )
        if period.term is not None:
            period.name = period.title
        elif other := self._sharing(period.span, self.terms):
            self.session.report.note(
                period.row,
                f"becomes no term of its own: days of it are in the term “{other.name}”",
            )
        else:
            reason = "no class is in it" if self.years else "no academic year has room for it"
            self.session.report.note(period.row, f"becomes no term: {reason}")

    def _add_whole_year(self, period):
        """Make one term of a year that has classes and no periods within it."""
        is_wanted = self.sessions.classes_in[period.sourced_id] and period.year is not None
        span = period.span
        if not is_wanted or period.term or self._sharing(span, self.terms):
            return
        if not self.spans[period.year.pk].holds(span):
            return
        period.term = Term(
            academic_year=period.year,
            name=period.year.name,
            start_date=span.start,
            end_date=span.end,
        )
        self.terms[period.term.pk], self.spans[period.term.pk] = period.term, span
        self.session.writes.create(period.term, period.row)

    # --- the rows ---

    def _keep(self, period):
        row, previous = period.row, self.session.previous(period.row) or {}
        start, end = self.session.date(row, "startDate"), self.session.date(row, "endDate")
        if period.span is None:
            what = "academic year" if period.is_year else "term"
            reason = "ends before it begins" if start and end else "without both dates"
            self.session.report.note(row, f"{reason}; becomes no {what}")
        if period.parent and period.parent not in self.sessions.known:
            self.session.report.note(row, f"the parent “{period.parent}” is not in {FILE}.csv")
        here = period.year if period.is_year else period.term
        values = {"start": start, "end": end, "type": period.kind}
        if here is not None:
            values |= {
                "title": period.title,
                "name": period.name
                if period.name is not None
                else previous.get("name", period.title),
            }
        if period.year is not None:
            values["year"] = period.year.pk
        if period.term is not None:
            values["term"] = period.term.pk
            if period.term.academic_year_id in self.made:
                values["made_year"] = period.term.academic_year_id
        self.session.keep(row, here and here.pk, values)

    def _remove(self, row):
        record = self.session.known_or_left_out(row)
        for here in self.here(record.data["set"]):
            if here is not None:
                self.session.report.note(
                    row, f"“{here.name}” stays here; delete it by hand when nothing is in it"
                )
        self.session.keep(row, record.resource_id, record.data["set"])


def _outermost(periods):
    """Return the periods that are not within another, the longest first, then the earliest."""
    ranked = sorted(periods, key=lambda period: (-period.span.days, period.span.start))
    outer = []
    for period in ranked:
        if not any(other.span.holds(period.span) for other in outer):
            outer.append(period)
    return outer
