"""What classes of an exported bundle refer to: orgs, academic sessions, courses."""

from datetime import date
from typing import NamedTuple

from reporting.models import SourcedRecord
from reporting.oneroster.outgoing import clean, derived, iso, recorded

SCHOOL_YEAR_BEGINS = 7  # July: what begins then or later belongs to the year that ends next summer


class Orgs:
    """The school, and what stands above it; other schools of a district are left out."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.records = recorded("orgs")
        self.own = self._own()
        others = {
            sourced_id
            for sourced_id, org in self.records.items()
            if org.row.get("type", "").lower() == "school" and sourced_id != self.own
        }
        self.known = {self.own, *self.records} - others

    def _own(self):
        """Return the sourcedId of this school: the one that the last import chose."""
        chosen = SourcedRecord.objects.filter(entity="orgs", resource_id=self.tenant.pk)
        ids = chosen.order_by("-updated_at", "sourced_id").values_list("sourced_id", flat=True)
        return next((one for one in ids if one in self.records), str(self.tenant.pk))

    def pick(self, sourced_id):
        """Return a reference to an org, to this school where it would lead nowhere."""
        return sourced_id if sourced_id in self.known else self.own

    def rows(self):
        for sourced_id in sorted(self.known):
            org = self.records.get(sourced_id)
            row = clean("orgs", org.row) if org else self._row()
            if row.get("parentSourcedId") not in self.known:
                row["parentSourcedId"] = ""
            yield row | {"sourcedId": sourced_id}

    def _row(self):
        return {"name": self.tenant.name, "type": "school", "identifier": self.tenant.subdomain}


class Span(NamedTuple):
    """First and last day, both included."""

    start: date
    end: date


class Sessions:
    """Academic sessions: those of the bundles, and terms made for classes with other dates."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.records = recorded("academicSessions")
        self.made = {}  # Span -> sourcedId
        self.by_span, self.years = {}, {}
        for sourced_id, one in self.records.items():
            if not (one.set.get("start") and one.set.get("end")):
                continue
            span = Span(date.fromisoformat(one.set["start"]), date.fromisoformat(one.set["end"]))
            if one.set.get("type") == "schoolyear":
                self.years[sourced_id] = span
            else:
                self.by_span.setdefault(span, sourced_id)
        for sourced_id, span in self.years.items():
            self.by_span.setdefault(span, sourced_id)

    def keep(self, sourced_ids):
        """Return those of a class's terms that exist."""
        return [one for one in sourced_ids if one in self.records]

    def term(self, start, end):
        """Return the sourcedId of the term from `start` to `end` (None: of its school year)."""
        span = Span(start, end or date(_year(start), SCHOOL_YEAR_BEGINS - 1, 30))
        if span not in self.by_span:
            self.by_span[span] = self.made[span] = derived("term", self.tenant.pk, *span)
        return self.by_span[span]

    def rows(self):
        for sourced_id, one in self.records.items():
            row = clean("academicSessions", one.row)
            row |= {"startDate": one.set.get("start") or "", "endDate": one.set.get("end") or ""}
            yield row | {"sourcedId": sourced_id}
        years = {}
        for span in sorted(self.made):
            parent, year = self._parent(span), _year(span.start)
            if parent is None:
                parent = derived("schoolYear", self.tenant.pk, year)
                known = years.get(parent, span)
                years[parent] = Span(min(known.start, span.start), max(known.end, span.end))
            yield _session(self.made[span], "term", span, year, parent)
        for sourced_id, span in years.items():
            yield _session(sourced_id, "schoolYear", span, _year(span.start))

    def _parent(self, span):
        """Return the bundles' school year that holds a term, or None."""
        for sourced_id, year in self.years.items():
            if year.start <= span.start and span.end <= year.end:
                return sourced_id
        return None


def _year(start):
    """Return the year in which the school year of a day ends."""
    return start.year + (start.month >= SCHOOL_YEAR_BEGINS)


def _session(sourced_id, kind, span, year, parent=""):
    title = f"{year - 1}–{year}" if kind == "schoolYear" else f"{span.start} – {span.end}"
    return {
        "sourcedId": sourced_id,
        "title": title,
        "type": kind,
        "startDate": iso(span.start),
        "endDate": iso(span.end),
        "parentSourcedId": parent,
        "schoolYear": str(year),
    }


class Courses:
    """Courses: those of the bundles, and one for each subject and level of the classes made here.

    The courses of a district's other schools are left out unless a class here is one of them.
    """

    def __init__(self, tenant, orgs, sessions):
        self.tenant, self.orgs, self.sessions = tenant, orgs, sessions
        self.records = recorded("courses")
        self.used = set()
        self.made = {}  # sourcedId -> (subject, level)

    def pick(self, sourced_id, subject, level):
        """Return the sourcedId of a class's course."""
        if sourced_id in self.records:
            self.used.add(sourced_id)
            return sourced_id
        own = derived("course", self.tenant.pk, subject, level)
        self.made[own] = (subject, level)
        return own

    def rows(self):
        for sourced_id, one in self.records.items():
            org = one.row.get("orgSourcedId", "")
            if org and org not in self.orgs.known and sourced_id not in self.used:
                continue
            row = clean("courses", one.row) | {"sourcedId": sourced_id}
            row["orgSourcedId"] = self.orgs.pick(org) if org else ""
            if row.get("schoolYearSourcedId") not in self.sessions.records:
                row["schoolYearSourcedId"] = ""
            yield row
        for sourced_id, (subject, level) in sorted(self.made.items()):
            yield {
                "sourcedId": sourced_id,
                "title": subject,
                "grades": level,
                "orgSourcedId": self.orgs.own,
                "subjects": subject,
            }
