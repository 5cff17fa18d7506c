"""Guardians in users.csv and roles.csv of an exported bundle, and the agents of users."""

from collections import defaultdict
from itertools import groupby

from core.models import StudentGuardian
from oneroster.incoming.guardians import RELATIONS
from oneroster.incoming.records import changed
from oneroster.outgoing.files import RECORDS, clean, derived, imported_row, stream

Relation = StudentGuardian.Relation
PREFERRED = ("preferredGivenName", "preferredMiddleName", "preferredFamilyName")
FIELDS = ("name", "email", "phone", "other_phone")
GUARDIANS = f"""
    select g.id, {", ".join(f"g.{name}" for name in FIELDS)} from guardians g
     where g.tenant_id = app.tenant_id() order by g.id"""  # noqa: S608
RECORDED = """
    select r.resource_id, r.sourced_id, r.data::text from sourced_records r
     where r.entity = 'users' and r.data -> 'set' ->> 'guardian' is not null
     order by r.updated_at, r.sourced_id desc"""
LINKS = """
    select l.student_id, l.guardian_id, l.relation from student_guardians l
     where l.tenant_id = app.tenant_id() order by l.created_at, l.id"""
SAID = """
    select r.sourced_id, r.data -> 'row' ->> 'agentSourcedIds' from sourced_records r
     where r.entity = 'users' and r.data -> 'row' ? 'agentSourcedIds'"""
ROLES = f"""
    select g.id, r.sourced_id, r.data::text
      from guardians g {RECORDS.format(table="g", entity="roles")}
     where g.tenant_id = app.tenant_id() order by g.id, r.sourced_id"""  # noqa: S608
WORDS = {
    Relation.MOTHER: "parent",
    Relation.FATHER: "parent",
    Relation.STEPPARENT: "parent",
    Relation.GRANDPARENT: "relative",
    Relation.SIBLING: "relative",
    Relation.RELATIVE: "relative",
}


class Guardians:
    """Contact people; `people` is {id of an exported person: sourcedId}.

    A guardian who is also a person here has one row in users.csv, the person's.
    """

    def __init__(self, orgs, people):
        self.orgs = orgs
        self.here = {pk: dict(zip(FIELDS, row, strict=True)) for pk, *row in stream(GUARDIANS)}
        self.imported, self.also, self.lost = {}, set(), set()
        gone = self._recall({str(pk): pk for pk in self.here}, people)
        links = list(stream(LINKS))
        present = {guardian for student, guardian, _ in links if student in people}
        # Guardians whose students are gone, and those whom a bundle deleted.
        for pk in ({guardian for _, guardian, _ in links} | gone) - present:
            del self.here[pk]
        self.ids = {pk: self._sourced_id(pk) for pk in self.here}
        self.sourced_ids = set(self.ids.values())
        self.linked = defaultdict(set)  # sourcedId -> agents: guardians, or students
        self.words = {}  # id of a guardian -> role, by the relation to a student
        for student, guardian, relation in links:
            if student in people:
                self.linked[people[student]].add(self.ids[guardian])
                self.linked[self.ids[guardian]].add(people[student])
            self.words.setdefault(guardian, WORDS.get(relation, "guardian"))
        self.said = {
            (sourced_id, agent) for sourced_id, agents in stream(SAID) for agent in _list(agents)
        }

    def _recall(self, here, people):
        """Read the guardians of earlier bundles; return the ids of those whom one deleted."""
        gone = set()
        for person, sourced_id, data in stream(RECORDED):
            imported = imported_row(sourced_id, data)
            pk = here.get(imported.set["guardian"])
            if pk is None:
                self.lost.add(person)
            elif imported.is_deleted:
                gone.add(pk)
            else:
                self.imported[pk] = imported
                self.also |= {pk} if person in people else set()
        return gone - self.imported.keys()

    def _sourced_id(self, pk):
        return self.imported[pk].sourced_id if pk in self.imported else str(pk)

    def agents(self, sourced_id, listed, known):
        """Return a row's agents: those of the bundle that are still linked here, and new links.

        A pair is exported on the side, or on both sides, where the bundle had it; a new one on
        both. `known` are the sourcedIds of everybody who is exported.
        """
        linked, is_guardian = self.linked[sourced_id], sourced_id in self.sourced_ids
        kept = [
            agent
            for agent in _list(listed)
            if agent in linked
            or (agent in known and agent not in self.sourced_ids and not is_guardian)
        ]
        new = [
            agent
            for agent in sorted(linked)
            if not self.said & {(sourced_id, agent), (agent, sourced_id)}
        ]
        return ",".join([*kept, *new])

    # --- rows ---

    def users(self, known):
        for pk, contact in self.here.items():
            if pk in self.also:
                continue
            imported = self.imported.get(pk)
            row = clean("users", self._changed(contact, imported))
            row["sourcedId"] = self.ids[pk]
            row["email"] = contact["email"] or ""
            row["enabledUser"] = row.get("enabledUser") or "true"
            row["username"] = row.get("username") or row["email"] or self.ids[pk]
            if row.get("primaryOrgSourcedId") or not imported:
                row["primaryOrgSourcedId"] = self.orgs.pick(row.get("primaryOrgSourcedId"))
            listed = row.get("agentSourcedIds", "")
            row["agentSourcedIds"] = self.agents(self.ids[pk], listed, known)
            yield row

    def _changed(self, contact, imported):
        """Return the bundle's row with the changes made here since."""
        row = dict(imported.row) if imported else {}
        news = changed(contact, imported.set.get("contact") if imported else None)
        if "name" in news:
            row |= names(contact["name"])
        if news.keys() & {"phone", "other_phone"}:
            row |= {"phone": contact["phone"] or "", "sms": contact["other_phone"] or ""}
        return row

    def roles(self):
        for pk, rows in groupby(stream(ROLES), key=lambda row: row[0]):
            if pk not in self.here or pk in self.also:
                continue
            records = [imported_row(*row[1:]) for row in rows if row[1] is not None]
            records = [
                record
                for record in records
                if not record.is_deleted and record.row.get("role", "").lower() in RELATIONS
            ]
            own_rows = [(record.sourced_id, record.row) for record in records] or [self._role(pk)]
            for sourced_id, row in own_rows:
                row = clean("roles", row)
                row |= {"sourcedId": sourced_id, "userSourcedId": self.ids[pk]}
                row["orgSourcedId"] = self.orgs.pick(row.get("orgSourcedId"))
                yield row

    def _role(self, pk):
        word = self.imported[pk].set.get("word") if pk in self.imported else None
        word = word or self.words.get(pk, "guardian")
        return derived("role", pk, word), {"role": word, "roleType": "primary"}


def names(name):
    """Return the columns of a name: its last word is the family's."""
    given, _, family = name.rpartition(" ")
    own = {"givenName": given, "familyName": family} if given else {"givenName": name}
    return {"familyName": "", "middleName": ""} | dict.fromkeys(PREFERRED, "") | own


def _list(text):
    return [part.strip() for part in text.split(",") if part.strip()]
