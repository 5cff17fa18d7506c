"""categories.csv, lineItems.csv and results.csv of an exported bundle."""

from typing import NamedTuple

from academics.models import Assignment
from oneroster.incoming.work import CLOSED, EXCUSED, GRADED, SUBMITTED, type_of
from oneroster.outgoing.files import (
    RECORD,
    changed_here,
    clean,
    derived,
    imported_row,
    iso,
    recorded,
    stream,
)

FIELDS = ("title", "description", "type", "max_score", "assigned_date", "due_date")
ASSIGNMENTS = f"""
    select a.id, a.class_id, a.status, r.sourced_id, r.data::text,
           {", ".join(f"a.{name}" for name in FIELDS)}
      from assignments a {RECORD.format(table="a", entity="lineItems")}
     where a.tenant_id = app.tenant_id()
     order by coalesce(r.sourced_id, a.id::text)"""  # noqa: S608
RESULTS = """
    select s.id, s.assignment_id, s.student_id, s.submitted_at,
           case when g.id is null then 'submitted' when g.excused then 'excused' else 'graded' end,
           g.score, g.grade, g.feedback, g.graded_at, r.sourced_id, r.data::text
      from submissions s
      left join lateral (
           select o.id, o.excused, o.score, o.grade, o.feedback, o.graded_at from grades o
            where o.tenant_id = s.tenant_id and o.submission_id = s.id offset 0) g on true
      left join lateral (
           select o.sourced_id, o.data from sourced_records o
            where o.tenant_id = s.tenant_id and o.resource_id in (g.id, s.id)
              and o.entity || '' = 'results'
            order by o.updated_at desc, o.sourced_id limit 1) r on true
     where s.tenant_id = app.tenant_id()
     order by coalesce(r.sourced_id, s.id::text)"""
SCORE_STATUS = {EXCUSED: "exempt", GRADED: "fully graded", SUBMITTED: "submitted"}
# Results of a bundle that have no submission here: not submitted.
NOTHING = """
    select r.sourced_id, r.data::text from sourced_records r
     where r.entity = 'results' and r.data -> 'set' ->> 'state' = 'none'
       and coalesce(r.data -> 'row' ->> 'status', '') <> 'tobedeleted'
       and not exists (select from submissions s
                        where s.tenant_id = r.tenant_id
                          and s.assignment_id = (r.data -> 'set' ->> 'assignment')::uuid
                          and s.student_id = (r.data -> 'set' ->> 'student')::uuid)
     order by r.sourced_id"""


class ItemHere(NamedTuple):
    """The values of an exported assignment that its results need."""

    sourced_id: str
    class_sourced_id: str
    due_date: object


class Work:
    """Assignments as line items with their categories, and their results."""

    def __init__(self, tenant, orgs, sessions, people, classes):
        self.tenant, self.orgs, self.sessions = tenant, orgs, sessions
        self.people, self.classes = people, classes
        self.categories = recorded("categories")
        self.by_type = {}
        for sourced_id, category in self.categories.items():
            self.by_type.setdefault(type_of(category.row.get("title", "")), sourced_id)
        self.made = {}  # sourcedId -> title
        self.items = {}  # id here -> ItemHere

    # --- line items ---

    def line_items(self):
        """Yield the rows; afterwards the categories are complete and results know their items."""
        for pk, class_pk, status, sourced_id, data, *values in stream(ASSIGNMENTS):
            imported = imported_row(sourced_id, data)
            if imported and status == imported.set.get("status") == CLOSED:
                continue  # the bundle deleted it
            school_class = self.classes.known.get(class_pk)
            if school_class is None:
                continue
            fields = dict(zip(FIELDS, values, strict=True))
            row = self._item(fields, imported, school_class)
            row |= {
                "sourcedId": sourced_id or str(pk),
                "classSourcedId": school_class.sourced_id,
                "schoolSourcedId": self.orgs.pick(row.get("schoolSourcedId")),
            }
            self.items[pk] = ItemHere(row["sourcedId"], school_class.sourced_id, fields["due_date"])
            yield row

    def _item(self, fields, imported, school_class):
        row = dict(imported.row) if imported else {"resultValueMin": "0"}
        changes = changed_here(fields, imported).keys()
        for field, column in [("title", "title"), ("description", "description")]:
            if field in changes:
                row[column] = fields[field] or ""
        if "max_score" in changes:
            row["resultValueMax"] = "" if fields["max_score"] is None else str(fields["max_score"])
        for field, column in [("assigned_date", "assignDate"), ("due_date", "dueDate")]:
            if field in changes:
                row[column] = iso(fields[field])
        row = clean("lineItems", row)
        category = row.get("categorySourcedId")
        if "type" in changes or category not in self.categories:
            row["categorySourcedId"] = self._category(fields["type"])
        if row.get("gradingPeriodSourcedId") not in self.sessions.records:
            row["gradingPeriodSourcedId"] = ""
        if row.get("academicSessionSourcedId") not in self.sessions.records:
            row["academicSessionSourcedId"] = school_class.term
        return row

    def _category(self, kind):
        """Return a category whose title speaks of this type of assignment."""
        if kind not in self.by_type:
            self.by_type[kind] = derived("category", self.tenant.pk, kind)
            self.made[self.by_type[kind]] = Assignment.Type(kind).name.title()
        return self.by_type[kind]

    def category_rows(self):
        for sourced_id, category in self.categories.items():
            yield clean("categories", category.row) | {"sourcedId": sourced_id}
        for sourced_id, title in self.made.items():
            yield {"sourcedId": sourced_id, "title": title}

    # --- results ---

    def results(self):
        for pk, item, student, handed_in, *grade, sourced_id, data in stream(RESULTS):
            if item in self.items and student in self.people.ids:
                imported = imported_row(sourced_id, data)
                graded = dict(
                    zip(("state", "score", "grade", "feedback", "graded_at"), grade, strict=True)
                )
                row = self._result(graded, handed_in, imported, self.items[item])
                yield self._refer(row, sourced_id or str(pk), item, student)
        items = {str(pk): pk for pk in self.items}
        for sourced_id, data in stream(NOTHING):
            imported = imported_row(sourced_id, data)
            item = items.get(imported.set["assignment"])
            student = self.people.by_text.get(imported.set["student"])
            if item and student:
                row = clean("results", imported.row)
                yield self._refer(row, sourced_id, item, None) | {"studentSourcedId": student}

    def _refer(self, row, sourced_id, item, student):
        return row | {
            "sourcedId": sourced_id,
            "lineItemSourcedId": self.items[item].sourced_id,
            "studentSourcedId": self.people.ids.get(student, ""),
        }

    def _result(self, graded, handed_in, imported, item):
        row = dict(imported.row) if imported else {"classSourcedId": item.class_sourced_id}
        moment = graded.pop("graded_at") or handed_in
        changes = changed_here(graded, imported).keys()
        if "state" in changes:
            row["scoreStatus"] = SCORE_STATUS[graded["state"]]
        if "score" in changes:
            row["score"] = "" if graded["score"] is None else f"{graded['score']:f}"
        if changes & {"grade", "feedback"}:  # together: a long text score became feedback
            row |= {"textScore": graded["grade"] or "", "comment": graded["feedback"] or ""}
        if changes or not row.get("scoreDate"):
            row["scoreDate"] = iso(self._day(moment))
        if not imported:
            row["late"] = "true" if self._day(handed_in) > item.due_date else "false"
        row = clean("results", row)
        if row.get("classSourcedId"):
            row["classSourcedId"] = item.class_sourced_id
        return row

    def _day(self, moment):
        return moment.astimezone(self.tenant.timezone).date()
