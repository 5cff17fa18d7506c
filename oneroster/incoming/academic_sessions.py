"""The academic sessions of a bundle and of earlier ones, and which of them classes are in.

An academic session (school year, semester, term, grading period) is a `Period` in this package:
`session` is the import itself (`session.Session`).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from academics.models import AcademicYear, Term
from oneroster.bundle.spans import Span, around, ending_year

FILE = "academicSessions"
SCHOOL_YEAR = "schoolyear"
ENDS = ("start", "end")  # what a record calls the first and the last day


@dataclass(eq=False)
class Period:
    """A row of academicSessions.csv, or (`row` None) one of an earlier bundle.

    `span` is None without dates.
    """

    sourced_id: str
    kind: str
    title: str
    parent: str
    ending: int | None  # the school year it belongs to, by the year in which that ends
    span: Span | None
    row: object = None
    year: AcademicYear | None = None  # what it is here
    term: Term | None = None
    name: str | None = None  # the name that the bundle gives it here; None: no new name

    @property
    def is_year(self):
        return self.kind == SCHOOL_YEAR


class Sessions:
    """The periods of the bundle and of those before it; reads only."""

    def __init__(self, session):
        self.session = session
        self.known = {}  # sourcedId -> Period
        self.classes_in = Counter()  # sourcedId -> classes for which it is the shortest period

    def read(self, calendar):
        """Read the rows, and recall what earlier imports made of the others in the calendar."""
        self.session.each(FILE, self._read, deleted=False)
        self._recall(calendar)
        homes = (self.home(named) for named in self._named())
        self.classes_in.update(home.sourced_id for home in homes if home is not None)

    def _read(self, row):
        start, end = self.session.date(row, "startDate"), self.session.date(row, "endDate")
        self._know(row.sourced_id, row.values, start, end, row)

    def _recall(self, calendar):
        """Add the periods of earlier bundles: a delta may name them."""
        for sourced_id, record in self.session.records.of(FILE).items():
            values = record.data["set"]
            period = self.known.get(sourced_id)
            if period is None:
                days = (values.get(name) for name in ENDS)
                days = [date.fromisoformat(day) if day else None for day in days]
                period = self._know(sourced_id, record.data["row"], *days)
                period.year, period.term = calendar.here(values)
            calendar.recall_made(values.get("made_year"), period.ending)

    def _know(self, sourced_id, values, start, end, row=None):
        span = Span(start, end) if start and end and start <= end else None
        said = values.get("schoolYear", "")
        is_said = said.isdecimal() and said.isascii() and len(said) == 4
        ending = int(said) if is_said else span and ending_year(span.start)
        kind, parent = values.get("type", "").lower(), values.get("parentSourcedId", "")
        period = Period(sourced_id, kind, values.get("title", ""), parent, ending, span, row)
        self.known[sourced_id] = period
        return period

    def _named(self):
        """Yield the periods that each class names, including the classes of earlier bundles."""
        org, rows = self.session.org, self.session.bundle.rows("classes")
        for row in rows:
            if not row.deleted and (org.only or row["schoolSourcedId"] == org.sourced_id):
                yield self.of(row.list("termSourcedIds"))
        present = {row.sourced_id for row in rows}
        for sourced_id, record in self.session.records.of("classes").items():
            if sourced_id not in present:
                names = record.data["row"].get("termSourcedIds", "").split(",")
                yield self.of(name.strip() for name in names)

    def of(self, names):
        """Return the named periods that are known and have dates."""
        periods = (self.known.get(name) for name in names)
        return [period for period in periods if period is not None and period.span is not None]

    def home(self, named):
        """Return the shortest period that holds all the periods a class names, or None."""
        if not named:
            return None
        span = around([period.span for period in named])
        holding = [
            period for period in self.known.values() if period.span and period.span.holds(span)
        ]
        return min(
            holding, key=lambda period: (period.span.days, period not in named), default=None
        )

    def of_bundle(self, *, is_year):
        """Return the periods of this bundle with usable dates: school years, or the others."""
        return [
            period
            for period in self.known.values()
            if period.row is not None and period.span is not None and period.is_year == is_year
        ]
