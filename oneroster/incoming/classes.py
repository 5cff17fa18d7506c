"""classes.csv: sections become classes, with the dates of their terms."""

from datetime import date

from academics.models import SchoolClass
from oneroster.bundle.spans import Span
from oneroster.incoming import reference
from oneroster.incoming.records import changed
from oneroster.incoming.report import SKIPPED
from oneroster.incoming.session import LeftOut

DEFAULT_CAPACITY = 20
ACTIVE, CANCELLED = SchoolClass.Status.ACTIVE.value, SchoolClass.Status.CANCELLED.value


def plan(session):
    """Plan every class of the bundle; afterwards session.resolve("classes", ...) answers."""
    _Classes(session).plan()


def default_capacity(tenant):
    """Return the school's own default (settings key `default_capacity`), or 20."""
    value = (tenant.settings or {}).get("default_capacity")
    return value if type(value) is int and value > 0 else DEFAULT_CAPACITY


class _Classes:
    def __init__(self, session):
        self.session = session
        self.capacity = default_capacity(session.tenant)
        self.across = 0  # classes of several terms
        self.orgs = session.records.of("orgs")
        records = session.records.of("classes")
        own = session.own_ids("classes")
        ids = own | {sourced_id: record.resource_id for sourced_id, record in records.items()}
        here = SchoolClass.all_objects.in_bulk(set(ids.values()) - {None})
        self.linked = {sourced_id: here[pk] for sourced_id, pk in ids.items() if pk in here}
        for sourced_id, school_class in self.linked.items():
            if school_class.deleted_at is None:
                session.remember("classes", sourced_id, school_class)

    def plan(self):
        self.session.each("classes", self._keep, deleted=False)
        self.session.each("classes", self._cancel, deleted=True)
        self._remark()

    def _keep(self, row):
        self._require_own(row)
        school_class = self.linked.get(row.sourced_id)
        if school_class is not None and school_class.deleted_at is not None:
            raise LeftOut("was deleted here, and stays so until restored", SKIPPED)
        values = self._values(row)
        if school_class is None:
            fields = {"start_date": self.session.today} | values
            school_class = SchoolClass(capacity=self.capacity, **fields)
            self.session.writes.create(school_class, row)
        else:
            news = self._news(values, row, school_class)
            if news.keys() & {"start_date", "end_date"}:  # together, or they contradict each other
                news |= {"start_date": values["start_date"], "end_date": values["end_date"]}
            self.session.writes.update(school_class, news, row)
        self.session.remember("classes", row.sourced_id, school_class)
        self.session.keep(row, school_class.pk, values)

    def _news(self, values, row, school_class):
        alike = self._alike(values, row, school_class)
        previous = self.session.baseline(row, school_class, **alike)
        news = changed(values, previous)
        if school_class.term_id and "term_id" not in (previous or {}):
            del news["term_id"]  # set by hand, before an import set terms
        return news

    def _alike(self, values, row, school_class):
        """Return the dates, term and subject that an export of this school stands for.

        An export fills gaps: a class without an end gets that of its term or school year, one
        without a subject a course of the class's name.
        """
        start, end = school_class.start_date, school_class.end_date or values.get("end_date")
        has_moved = (start, end) != (values.get("start_date"), values.get("end_date"))
        term = school_class.term_id if has_moved else values["term_id"]
        subject = values["subject"] if not row["subjects"] else school_class.subject
        return {"start_date": start, "end_date": end, "term_id": term, "subject": subject}

    def _require_own(self, row):
        org, school = self.session.org, row["schoolSourcedId"]
        if not org.only:
            if school != org.sourced_id:
                raise LeftOut("belongs to another school", SKIPPED, "schoolSourcedId")
        elif school and school != org.sourced_id and self.orgs and school not in self.orgs:
            raise LeftOut(f"the school “{school}” is not in orgs.csv", column="schoolSourcedId")

    def _values(self, row):
        course = reference.columns(self.session, "courses", row["courseSourcedId"])
        if row["courseSourcedId"] and not course:
            self.session.report.note(
                row, f"the course “{row['courseSourcedId']}” is not in courses.csv"
            )
        title = row["title"] or course.get("title")
        if not title:
            raise LeftOut("no title", column="title")
        cut = self.session.cut
        subject = row["subjects"] or course.get("subjects") or course.get("title", "")
        level = row["grades"] or course.get("grades", "")
        where = f"({row['location']})" if row["location"] else ""
        dates = self._dates(row, course)
        return {
            "name": cut(row, title, 255, "title"),
            "code": cut(row, row["classCode"] or course.get("courseCode", ""), 50, "class code"),
            "subject": cut(row, _spaced(subject), 100, "subject"),
            "level": cut(row, _spaced(level), 50, "grade levels"),
            "schedule_description": cut(
                row, f"{_spaced(row['periods'])} {where}".strip(), 500, "periods"
            ),
            "status": ACTIVE,
            "term_id": self._term(row, dates),
        } | dates

    def _term(self, row, dates):
        """Return the id of the term here that has the class, or None."""
        calendar, names = self.session.calendar, row.list("termSourcedIds")
        start, end = dates.get("start_date"), dates.get("end_date")
        term = calendar.term_of(names, Span(start, end) if start and end else None)
        self.across += term is None and calendar.is_across(names)
        return term

    def _remark(self):
        if self.across:
            self.session.report.remarks.append(
                f"Classes that run in several terms: {self.across}. They belong to none of them;"
                " lists and report cards show them in each."
            )

    def _dates(self, row, course):
        """Return the first and last day of the terms, else of the school year, else {}."""
        spans = []
        for term in row.list("termSourcedIds"):
            record = self.session.records.get("academicSessions", term)
            if record is None:
                self.session.report.note(row, f"the term “{term}” is not in academicSessions.csv")
            elif record.data["set"].get("start"):
                spans.append(record.data["set"])
        spans = spans or self._school_year(course)
        if not spans:
            self.session.report.note(row, "no term with dates; a new class begins today")
            return {}
        start = date.fromisoformat(min(span["start"] for span in spans))
        ends = [span["end"] for span in spans]
        end = date.fromisoformat(max(ends)) if all(ends) else None
        if end is not None and end < start:
            self.session.report.note(row, "its terms end before they begin; no last day")
            end = None
        return {"start_date": start, "end_date": end}

    def _school_year(self, course):
        """Return the dates of the course's school year, else of the latest one."""
        sessions = self.session.records.of("academicSessions")
        own = sessions.get(course.get("schoolYearSourcedId"))
        years = [own] if own else sessions.values()
        spans = [
            record.data["set"]
            for record in years
            if record.data["set"].get("start")
            and (record is own or record.data["set"]["type"] == "schoolyear")
        ]
        return [max(spans, key=lambda span: span["start"])] if spans else []

    def _cancel(self, row):
        record = self.session.known_or_left_out(row)
        school_class = self.linked.get(row.sourced_id)
        values = record.data["set"] | {"status": CANCELLED}
        if school_class is not None and record.data["set"].get("status") != CANCELLED:
            self.session.writes.update(school_class, {"status": CANCELLED}, row)
        self.session.keep(row, record.resource_id, values)


def _spaced(text):
    """Return "09,10" as "09, 10"."""
    return ", ".join(part.strip() for part in text.split(",") if part.strip())
