"""Guardians in users.csv and roles.csv of an exported bundle, and who is whose agent."""

from collections import defaultdict
from itertools import groupby

from core.models import StudentGuardian
from oneroster.incoming.guardians import RELATIONS
from oneroster.incoming.records import changed
from oneroster.outgoing.files import RECORDS, clean, derived, said, stream

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
    """Contact people; `people` is {id of a person who goes out: sourcedId}.

    Who is a person here besides has one row in users.csv, which is that person's.
    """

    def __init__(self, orgs, people):
        self.orgs = orgs
        self.here = {pk: dict(zip(FIELDS, row, strict=True)) for pk, *row in stream(GUARDIANS)}
        self.told, self.also, self.lost = {}, set(), set()
        gone = self._recall({str(pk): pk for pk in self.here}, people)
        links = list(stream(LINKS))
        present = {guardian for student, guardian, _ in links if student in people}
        # Those of students who are gone, and those whom a bundle deleted.
        for pk in ({guardian for _, guardian, _ in links} | gone) - present:
            del self.here[pk]
        self.ids = {pk: self._sourced_id(pk) for pk in self.here}
        self.sourced_ids = set(self.ids.values())
        self.linked = defaultdict(set)  # sourcedId -> those of the guardians, or of the students
        self.words = {}  # id of a guardian -> role, by what they are to a student
        for student, guardian, relation in links:
            if student in people:
                self.linked[people[student]].add(self.ids[guardian])
                self.linked[self.ids[guardian]].add(people[student])
            self.words.setdefault(guardian, WORDS.get(relation, "guardian"))
        self.said = {(one, agent) for one, agents in stream(SAID) for agent in _list(agents)}

    def _recall(self, here, people):
        """Find what the bundles said; return the ids of guardians whom one deleted."""
        gone = set()
        for person, sourced_id, data in stream(RECORDED):
            told = said(sourced_id, data)
            pk = here.get(told.set["guardian"])
            if pk is None:
                self.lost.add(person)
            elif told.is_deleted:
                gone.add(pk)
            else:
                self.told[pk] = told
                self.also |= {pk} if person in people else set()
        return gone - self.told.keys()

    def _sourced_id(self, pk):
        return self.told[pk].sourced_id if pk in self.told else str(pk)

    def agents(self, sourced_id, listed, known):
        """Return a row's agents: those of the bundle that are true here, and new links.

        A pair goes out on the side, or on both sides, where the bundle had it; a new one on both.
        `known` are the sourcedIds of everybody who goes out.
        """
        linked, is_guardian = self.linked[sourced_id], sourced_id in self.sourced_ids
        kept = [
            one
            for one in _list(listed)
            if one in linked or (one in known and one not in self.sourced_ids and not is_guardian)
        ]
        new = [
            one for one in sorted(linked) if not self.said & {(sourced_id, one), (one, sourced_id)}
        ]
        return ",".join([*kept, *new])

    # --- rows ---

    def users(self, known):
        for pk, contact in self.here.items():
            if pk in self.also:
                continue
            told = self.told.get(pk)
            row = clean("users", self._changed(contact, told))
            row["sourcedId"] = self.ids[pk]
            row["email"] = contact["email"] or ""
            row["enabledUser"] = row.get("enabledUser") or "true"
            row["username"] = row.get("username") or row["email"] or self.ids[pk]
            if row.get("primaryOrgSourcedId") or not told:
                row["primaryOrgSourcedId"] = self.orgs.pick(row.get("primaryOrgSourcedId"))
            listed = row.get("agentSourcedIds", "")
            row["agentSourcedIds"] = self.agents(self.ids[pk], listed, known)
            yield row

    def _changed(self, contact, told):
        """Return the bundle's row with what was changed here since."""
        row = dict(told.row) if told else {}
        news = changed(contact, told.set.get("contact") if told else None)
        if "name" in news:
            row |= names(contact["name"])
        if news.keys() & {"phone", "other_phone"}:
            row |= {"phone": contact["phone"] or "", "sms": contact["other_phone"] or ""}
        return row

    def roles(self):
        for pk, rows in groupby(stream(ROLES), key=lambda row: row[0]):
            if pk not in self.here or pk in self.also:
                continue
            records = [said(*row[1:]) for row in rows if row[1] is not None]
            records = [
                one
                for one in records
                if not one.is_deleted and one.row.get("role", "").lower() in RELATIONS
            ]
            found = [(one.sourced_id, one.row) for one in records] or [self._role(pk)]
            for sourced_id, row in found:
                row = clean("roles", row)
                row |= {"sourcedId": sourced_id, "userSourcedId": self.ids[pk]}
                row["orgSourcedId"] = self.orgs.pick(row.get("orgSourcedId"))
                yield row

    def _role(self, pk):
        word = self.told[pk].set.get("word") if pk in self.told else None
        word = word or self.words.get(pk, "guardian")
        return derived("role", pk, word), {"role": word, "roleType": "primary"}


def names(name):
    """Return the columns of a name: its last word is the family's."""
    given, _, family = name.rpartition(" ")
    own = {"givenName": given, "familyName": family} if given else {"givenName": name}
    return {"familyName": "", "middleName": ""} | dict.fromkeys(PREFERRED, "") | own


def _list(text):
    return [part.strip() for part in text.split(",") if part.strip()]
