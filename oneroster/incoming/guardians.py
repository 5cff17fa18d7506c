"""Guardians of users.csv: contact people of the students; nobody signs in through a file.

Who belongs to whom is said by `agentSourcedIds`, in the student's row, the guardian's, or both. A
pair is linked when a bundle says it for the first time, and unlinked when none says it any more;
what the school does to the link in between stays.
"""

from core.models import Guardian, StudentGuardian
from oneroster.incoming.records import EMPTY, changed
from oneroster.incoming.report import SKIPPED
from oneroster.incoming.session import LeftOut

Relation = StudentGuardian.Relation
# OneRoster's role in lower case -> relation here. OneRoster does not separate mother and father.
RELATIONS = {
    "guardian": Relation.LEGAL_GUARDIAN.value,
    "parent": Relation.OTHER.value,
    "relative": Relation.RELATIVE.value,
}
MAX_PHONE = 50


class Contacts:
    """The guardians of one import; `people` plans the other rows of users.csv (people.py)."""

    def __init__(self, session, people):
        self.session, self.people = session, people
        self.waiting = []  # arguments of `_keep`
        self.words = {}  # sourcedId of a guardian -> role in lower case
        self.guardians = {}  # sourcedId -> Guardian
        self.here, self.links, self.earlier, self.taken = {}, {}, {}, set()

    def wait(self, row, word, user=None, values=None, *, is_own=True):
        """Postpone a guardian until everybody else is planned.

        `user` is the person here if the guardian is one as well, `values` what the import sets for
        that person. Without `is_own` the guardian is imported only for students of this school.
        """
        self.words[row.sourced_id] = word.lower()
        self.waiting.append((row, user, values or {}, is_own))

    def plan(self):
        """Plan contacts and links."""
        self.here = {guardian.pk: guardian for guardian in Guardian.objects.all()}
        links = StudentGuardian.objects.all()
        self.links = {(link.student_id, link.guardian_id): link for link in links}
        before, after = self._said_before(), self._said_now()
        ids = {str(pk): guardian for pk, guardian in self.here.items()}
        earlier = {sourced_id: ids.get(self._earlier(sourced_id)) for sourced_id in self._records()}
        self.earlier = {
            sourced_id: guardian for sourced_id, guardian in earlier.items() if guardian is not None
        }
        self.taken = {guardian.pk for guardian in self.earlier.values()}
        for sourced_id, guardian in self.earlier.items():
            if sourced_id not in self.people.rows:
                self.guardians[sourced_id] = guardian
        students = {pair[1] for pair in after if self._student(pair[0]) is not None}
        for row, *arguments in self.waiting:
            self.session.attempt(row, self._keep, row.sourced_id in students, *arguments)
        self._note_unknown_agents()
        self._unlink(before - after, after)
        self._link(after - before)

    # --- pairs of student and guardian ---

    def _records(self):
        return self.session.records.of("users")

    def _data(self, sourced_id):
        """Return the record of a person as the last import left it."""
        records, key = self.session.records, ("users", sourced_id)
        if key in records.before:
            return records.before[key]["data"]
        known = sourced_id in self._records() and key not in records.created
        return records.get(*key).data if known else EMPTY

    def _earlier(self, sourced_id):
        """Return the id of the guardian that an earlier import made of a row, as text, or None."""
        return self._data(sourced_id)["set"].get("guardian")

    def _said_before(self):
        """Return the {(student, guardian)} of earlier bundles, as sourcedIds."""
        rows = {sourced_id: self._data(sourced_id)["row"] for sourced_id in self._records()}
        guardians = {sourced_id for sourced_id in rows if self._earlier(sourced_id)}
        guardians -= {key for key in guardians if rows[key].get("status")}  # to be deleted
        return _pairs({key: _agents(row) for key, row in rows.items()}, guardians)

    def _said_now(self):
        """Return the {(student, guardian)} with this bundle, as sourcedIds."""
        rows = self.people.rows
        agents = {key: _agents(self._data(key)["row"]) for key in self._records()}
        agents |= {key: row.list("agentSourcedIds") for key, row in rows.items() if not row.deleted}
        earlier = {
            key
            for key in self._records()
            if key not in rows and self._earlier(key) and not self._data(key)["row"].get("status")
        }
        return _pairs(agents, earlier | self.words.keys())

    def _student(self, sourced_id):
        person = self.session.get("users", sourced_id)
        return person if person is not None and person.is_student else None

    def _note_unknown_agents(self):
        """Note agents who are not in the bundle, or who cannot be an agent of this row."""
        known = self._records()
        for sourced_id, row in self.people.rows.items():
            is_guardian, student = sourced_id in self.guardians, self._student(sourced_id)
            if row.deleted or not (is_guardian or student):
                continue
            for agent in row.list("agentSourcedIds"):
                if agent not in self.people.rows and agent not in known:
                    reason = f"the agent “{agent}” is not in users.csv"
                elif student and agent not in self.guardians:
                    reason = f"the agent “{agent}” is no guardian here"
                elif not student and self._student(agent) is None:
                    reason = f"the agent “{agent}” is no student here"
                else:
                    continue
                self.session.report.note(row, reason)

    # --- one guardian ---

    def _keep(self, row, has_student, user, values, is_own):
        if not (has_student or is_own or self.session.org.only):
            raise LeftOut("belongs to another school", SKIPPED)
        previous = self._data(row.sourced_id)["set"]
        contact = self._contact(row)
        guardian = self._guardian(row, user, contact, previous)
        word = self.words[row.sourced_id]
        values |= {"guardian": previous.get("guardian"), "contact": contact, "word": word}
        if guardian is not None:
            values["guardian"] = guardian.pk
            self.guardians[row.sourced_id] = guardian
            self.session.remember("guardians", row.sourced_id, guardian)
            if not has_student:
                self.session.report.note(row, "a guardian without a student; a contact alone")
        self.session.keep(row, user.pk if user else guardian.pk, values)

    def _guardian(self, row, user, contact, previous):
        """Return the guardian of a row, updated or created; None for one who was deleted here."""
        guardian = self.earlier.get(row.sourced_id)
        if guardian is not None:
            self.session.writes.update(guardian, changed(contact, previous.get("contact")), row)
            return guardian
        if previous.get("guardian"):
            if user is None:
                raise LeftOut("was deleted here, and stays so", SKIPPED)
            return None
        guardian = self._same(row, contact)
        if guardian is None:
            return self.session.writes.create(Guardian(**contact), row)
        self.taken.add(guardian.pk)
        known = {name: value for name, value in contact.items() if value}
        self.session.writes.update(guardian, known, row)
        return guardian

    def _contact(self, row):
        cut, email = self.session.cut, self.people.usable_email(row)
        if row["email"] and email is None:
            self.session.report.note(row, f"“{row['email'][:100]}” is no e-mail address; left out")
        phone, sms = row["phone"] or row["sms"], row["sms"] if row["phone"] else ""
        return {
            "name": self.people.name_of(row),
            "email": email,
            "phone": cut(row, phone, MAX_PHONE, "phone number"),
            "other_phone": cut(row, "" if sms == phone else sms, MAX_PHONE, "other number"),
        }

    def _same(self, row, contact):
        """Return the contact here with the row's id, or with its name and an address or number."""
        own = self.here.get(self.people.own.get(row.sourced_id))
        if own is not None:
            return own
        for guardian in self.here.values():
            is_named = guardian.name.casefold() == contact["name"].casefold()
            if is_named and guardian.pk not in self.taken and _is_reached_by(guardian, contact):
                self.session.report.note(
                    row, f"is the contact “{guardian.name}” here, with the same address or number"
                )
                return guardian
        return None

    # --- links ---

    def _cause(self, pair):
        """Return the row of this bundle that changes a pair."""
        rows = [row for key in reversed(pair) if (row := self.people.rows.get(key)) is not None]
        return next((row for row in rows if not row.deleted), rows[0])

    def _link(self, pairs):
        for pair in sorted(pairs):
            student, guardian = self._student(pair[0]), self.guardians.get(pair[1])
            if student is None or guardian is None or (student.pk, guardian.pk) in self.links:
                continue
            word = self.words.get(pair[1]) or self._data(pair[1])["set"].get("word", "guardian")
            is_near, row = word != "relative", self._cause(pair)
            link = StudentGuardian(
                student=student,
                guardian=guardian,
                relation=RELATIONS[word],
                has_custody=is_near,
                is_emergency_contact=False,
                portal_access=is_near and guardian.user_id is None,
            )
            if guardian.user_id is not None:
                self.session.report.note(
                    row,
                    f"“{guardian.name}” has a login and does not see this child's pages"
                    " until an admin allows it",
                )
            self.links[student.pk, guardian.pk] = self.session.writes.create(link, row)

    def _unlink(self, pairs, staying):
        kept = {self._ids(pair) for pair in staying}
        for pair in sorted(pairs):
            link = self.links.get(self._ids(pair))
            if link is not None and self._ids(pair) not in kept:
                del self.links[self._ids(pair)]
                self.session.writes.delete(link, self._cause(pair))

    def _ids(self, pair):
        """Return the ids here of a pair, None for what is not here."""
        student = self.people.linked.get(pair[0])
        guardian = self.guardians.get(pair[1]) or self.earlier.get(pair[1])
        return student and student.pk, guardian and guardian.pk


def _agents(row):
    return [agent.strip() for agent in row.get("agentSourcedIds", "").split(",") if agent.strip()]


def _pairs(agents_of, guardians):
    """Return {(student, guardian)} of {sourcedId: its agents}, in either direction."""
    pairs = set()
    for sourced_id, agents in agents_of.items():
        for agent in agents:
            if agent in guardians:
                pairs.add((sourced_id, agent))
            if sourced_id in guardians:
                pairs.add((agent, sourced_id))
    return pairs


def _is_reached_by(guardian, contact):
    """Return whether an address or a number of a contact is one of a guardian's here."""
    numbers = {_digits(number) for number in (guardian.phone, guardian.other_phone)} - {""}
    others = {_digits(number) for number in (contact["phone"], contact["other_phone"])}
    is_same = contact["email"] and contact["email"].lower() == (guardian.email or "").lower()
    return bool(is_same or numbers & others)


def _digits(number):
    return "".join(c for c in number or "" if c.isdigit())
