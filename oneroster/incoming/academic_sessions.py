"""The sessions of a bundle and of earlier ones, and which of them classes are in."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from academics.models import AcademicYear, Term
from oneroster.bundle.spans import Span, around, ending_year

FILE = "academicSessions"
SCHOOL_YEAR = "schoolyear"
ENDS = ("start", "end")  # what a record calls the first and the last day


@dataclass(eq=False)
class Known:
    """A session of the bundle or (`row` None) of an earlier one; `span` None without dates."""

    sourced_id: str
    kind: str
    title: str
    parent: str
    ending: int | None  # the school year it belongs to, by the year in which that ends
    span: Span | None
    row: object = None
    year: AcademicYear | None = None  # what it is here
    term: Term | None = None
    name: str | None = None  # what an import called that, where it is told anew

    @property
    def is_year(self):
        return self.kind == SCHOOL_YEAR


class Sessions:
    """What the bundle, and those before it, say of sessions; nothing of it is changed here."""

    def __init__(self, session):
        self.session = session
        self.known = {}  # sourcedId -> Known
        self.classes_in = Counter()  # sourcedId -> classes whose days it has, and no shorter one

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
        """Know the sessions of earlier bundles, too: a delta may name them."""
        for sourced_id, record in self.session.records.of(FILE).items():
            told = record.data["set"]
            one = self.known.get(sourced_id)
            if one is None:
                days = (told.get(name) for name in ENDS)
                days = [date.fromisoformat(day) if day else None for day in days]
                one = self._know(sourced_id, record.data["row"], *days)
                one.year, one.term = calendar.here(told)
            calendar.recall_made(told.get("made_year"), one.ending)

    def _know(self, sourced_id, values, start, end, row=None):
        span = Span(start, end) if start and end and start <= end else None
        said = values.get("schoolYear", "")
        is_said = said.isdecimal() and said.isascii() and len(said) == 4
        ending = int(said) if is_said else span and ending_year(span.start)
        kind, parent = values.get("type", "").lower(), values.get("parentSourcedId", "")
        one = Known(sourced_id, kind, values.get("title", ""), parent, ending, span, row)
        self.known[sourced_id] = one
        return one

    def _named(self):
        """Yield the sessions that each class of this school names, those of earlier bundles too."""
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
        """Return those of the named sessions that are known, and have dates."""
        found = (self.known.get(name) for name in names)
        return [one for one in found if one is not None and one.span is not None]

    def home(self, named):
        """Return the shortest session with all the days of those that a class names, or None."""
        if not named:
            return None
        span = around([one.span for one in named])
        holding = [one for one in self.known.values() if one.span and one.span.holds(span)]
        return min(holding, key=lambda one: (one.span.days, one not in named), default=None)

    def of_bundle(self, *, is_year):
        """Return the sessions of this bundle with usable dates: the years, or the others."""
        return [
            one
            for one in self.known.values()
            if one.row is not None and one.span is not None and one.is_year == is_year
        ]
