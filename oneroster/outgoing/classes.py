"""classes.csv and enrollments.csv of an exported bundle."""

from collections import defaultdict
from itertools import groupby
from typing import NamedTuple

from oneroster.incoming.enrollments import last_day
from oneroster.outgoing.files import (
    RECORD,
    RECORDS,
    changed_here,
    clean,
    derived,
    imported_row,
    iso,
    stream,
)

CLASS_FIELDS = (
    "name", "code", "subject", "level", "schedule_description", "start_date", "end_date", "term_id",
)  # fmt: skip
CLASSES = f"""
    select c.id, c.teacher_id, r.sourced_id, r.data::text, {", ".join(f"c.{n}" for n in CLASS_FIELDS)}
      from classes c {RECORD.format(table="c", entity="classes")}
     where c.tenant_id = app.tenant_id() and c.deleted_at is null and c.status <> 'cancelled'
     order by coalesce(r.sourced_id, c.id::text)"""  # noqa: S608, E501
ENROLLMENTS = f"""
    select e.id, e.student_id, e.class_id, e.status, e.enrollment_date, e.completion_date,
           r.sourced_id, r.data::text
      from enrollments e {RECORDS.format(table="e", entity="enrollments")}
     where e.tenant_id = app.tenant_id() and e.status <> 'dropped'
     order by e.id"""  # noqa: S608
TEACHERS = """
    select r.sourced_id, r.data::text from sourced_records r
     where r.entity = 'enrollments' and r.data -> 'set' ->> 'role' = 'teacher'
       and r.data -> 'set' ->> 'status' = 'active'
     order by r.sourced_id"""


class ClassHere(NamedTuple):
    """What other files need to know of an exported class."""

    sourced_id: str
    term: str
    end_date: object
    teacher_id: object


class Classes:
    """Classes that are neither cancelled nor deleted; `known` is {id here: ClassHere}."""

    def __init__(self, orgs, sessions, courses):
        self.orgs, self.sessions, self.courses = orgs, sessions, courses
        self.known = {}

    def rows(self):
        """Yield the rows; afterwards `known`, the sessions and the courses are complete."""
        for pk, teacher_id, sourced_id, data, *values in stream(CLASSES):
            fields = dict(zip(CLASS_FIELDS, values, strict=True))
            imported = imported_row(sourced_id, data)
            row, terms = self._row(fields, imported)
            row["sourcedId"] = sourced_id or str(pk)
            self.known[pk] = ClassHere(row["sourcedId"], terms[0], fields["end_date"], teacher_id)
            yield row

    def _row(self, fields, imported):
        """Return the row, and the sourcedIds of its terms."""
        row = dict(imported.row) if imported else {}
        changes = changed_here(fields, imported).keys()
        for field, column in [
            ("name", "title"), ("code", "classCode"), ("subject", "subjects"), ("level", "grades"),
        ]:  # fmt: skip
            if field in changes:
                row[column] = fields[field] or ""
        if "schedule_description" in changes:
            row |= {"periods": fields["schedule_description"] or "", "location": ""}
        terms = self._terms(fields, row, changes, imported)
        row = clean("classes", row)
        row["termSourcedIds"] = ",".join(terms)
        row["classType"] = row.get("classType") or "scheduled"
        row["schoolSourcedId"] = self.orgs.pick(row.get("schoolSourcedId"))
        row["courseSourcedId"] = self.courses.pick(
            row.get("courseSourcedId"), fields["subject"] or fields["name"], fields["level"] or ""
        )
        return row, terms

    def _terms(self, fields, row, changes, imported):
        """Return the sessions of a class: the bundle's, unless its term or days changed here."""
        term = fields["term_id"]
        if "term_id" in changes and term is not None and imported:
            return [self.sessions.term(term)]
        has_left = "term_id" in changes and imported.set.get("term_id") if imported else False
        has_moved = has_left or changes & {"start_date", "end_date"}
        kept = [] if has_moved else self.sessions.keep(_list(row.get("termSourcedIds", "")))
        return kept or [self.sessions.session(fields["start_date"], fields["end_date"], term)]


class Enrollments:
    """Students' places that were not given up, and the classes' teachers."""

    def __init__(self, orgs, people, classes):
        self.orgs, self.people, self.classes = orgs, people, classes

    def rows(self):
        for _, rows in groupby(stream(ENROLLMENTS), key=lambda row: row[0]):
            rows = list(rows)
            if rows[0][1] in self.people.ids and rows[0][2] in self.classes.known:
                yield from self._places(rows)
        recorded = self._recorded_teachers()
        for pk in self.classes.known:
            yield from self._teachers(pk, recorded[str(pk)])

    def _places(self, rows):
        """Yield the rows of one enrollment: several where the bundle had several."""
        pk, student, class_pk, status, begin, end, *_ = rows[0]
        here = {
            "userSourcedId": self.people.ids[student],
            "classSourcedId": self.classes.known[class_pk].sourced_id,
        }
        records = [imported_row(*row[6:]) for row in rows if row[6] is not None]
        records = [record for record in records if not record.is_deleted]
        # Another system may have renamed the same place; only the current names are exported.
        current = [record for record in records if here.items() <= record.row.items()] or records[
            :1
        ]
        end = last_day(status, end, self.classes.known[class_pk].end_date)
        fields = {"enrollment_date": begin, "completion_date": end}
        for record in current:
            row, changes = dict(record.row), changed_here(fields, record)
            if "enrollment_date" in changes:
                row["beginDate"] = iso(begin)
            if "completion_date" in changes:
                row["endDate"] = iso(end)
            yield self._row(record.sourced_id, row, "student", here)
        if not current:
            row = {"beginDate": iso(begin), "endDate": iso(end), "primary": "false"}
            yield self._row(str(pk), row, "student", here)

    def _row(self, sourced_id, row, role, here):
        row = clean("enrollments", row) | {"sourcedId": sourced_id, "role": role} | here
        row["schoolSourcedId"] = self.orgs.pick(row.get("schoolSourcedId"))
        return row

    # --- teachers ---

    def _recorded_teachers(self):
        """Return {class: [ImportedRow]} of the teachers of earlier bundles."""
        teachers = defaultdict(list)
        for sourced_id, data in stream(TEACHERS):
            record = imported_row(sourced_id, data)
            teachers[record.set["school_class"]].append(record)
        return teachers

    def _teachers(self, class_pk, records):
        """Yield a class's teacher, first and primary, then the other teachers of the bundle."""
        school_class = self.classes.known[class_pk]
        ids = {str(pk): sourced_id for pk, sourced_id in self._ids(school_class, records)}
        records = [record for record in records if record.set["user"] in ids]
        own = str(school_class.teacher_id)
        named = [record for record in records if record.set["user"] == own]
        others = [record for record in records if record.set["user"] != own]
        # The bundle's primary teacher is left out if somebody else teaches the class now.
        if not named:
            primary = [record for record in others if record.set.get("primary")] or others[:1]
            others = [record for record in others if record not in primary]
        is_led_otherwise = any(record.set.get("primary") for record in others)
        if not named and own in ids:
            row = {"primary": "true"}
            yield self._teacher(derived("teacher", class_pk, own), row, school_class, ids[own])
        for record in named:
            row = record.row if not is_led_otherwise else record.row | {"primary": "true"}
            yield self._teacher(record.sourced_id, row, school_class, ids[own])
        for record in others:
            row = record.row | {"primary": "false"} if record.set.get("primary") else record.row
            yield self._teacher(record.sourced_id, row, school_class, ids[record.set["user"]])

    def _ids(self, school_class, records):
        wanted = {str(school_class.teacher_id)} | {record.set["user"] for record in records}
        return [(pk, self.people.by_text[pk]) for pk in wanted if pk in self.people.by_text]

    def _teacher(self, sourced_id, row, school_class, user):
        here = {"userSourcedId": user, "classSourcedId": school_class.sourced_id}
        return self._row(sourced_id, row, "teacher", here)


def _list(text):
    return [part.strip() for part in text.split(",") if part.strip()]
