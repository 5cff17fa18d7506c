"""users.csv and roles.csv of an exported bundle."""

import json
from itertools import groupby

from core import records
from core.models import User
from core.models.user import PLACEHOLDER_DOMAIN
from oneroster.incoming.guardians import RELATIONS
from oneroster.incoming.people import EMAIL, ROLES
from oneroster.outgoing.files import (
    RECORD,
    RECORDS,
    changed_here,
    clean,
    derived,
    imported_row,
    stream,
)
from oneroster.outgoing.guardians import Guardians, names

# Guardians are exported as contacts (`guardians.py`), with an account or without. OneRoster has no
# role for those who have a part of an admin's work.
HERE = (
    "u.tenant_id = app.tenant_id() and u.deleted_at is null and u.status <> 'archived'"
    " and u.role not in ('guardian', 'registrar', 'bursar')"
)
RECORD_OF_USER = RECORD.format(table="u", entity="users")
IDS = f"select u.id, r.sourced_id from users u {RECORD_OF_USER} where {HERE}"  # noqa: S608
USERS = f"""
    select u.id, u.name, u.email, u.phone, u.status, u.metadata::text, r.sourced_id, r.data::text
      from users u {RECORD_OF_USER} where {HERE}
     order by coalesce(r.sourced_id, u.id::text)"""  # noqa: S608
USER_ROLES = f"""
    select u.id, u.role, r.sourced_id, r.data::text
      from users u {RECORDS.format(table="u", entity="roles")}
     where {HERE} order by u.id, r.sourced_id"""  # noqa: S608
ROLE_WORDS = {"admin": "siteAdministrator", "teacher": "teacher", "student": "student"}
OF_METADATA = ("identifier", "username", "grades")


class People:
    """Everybody who is not archived, and the students' guardians.

    `ids` is {id here: sourcedId}, `by_text` the same with ids as records write them.
    """

    def __init__(self, orgs):
        self.orgs = orgs
        self.ids = {pk: sourced_id or str(pk) for pk, sourced_id in stream(IDS)}
        self.by_text = {str(pk): sourced_id for pk, sourced_id in self.ids.items()}
        self.guardians = Guardians(orgs, self.ids)
        self.sourced_ids = {*self.ids.values(), *self.guardians.sourced_ids}

    # --- users ---

    def users(self):
        for pk, name, email, phone, status, metadata, sourced_id, data in stream(USERS):
            if pk in self.ids:
                fields = {"name": name, "email": email, "phone": phone, "status": status}
                yield self._user(pk, fields, _loads(metadata), imported_row(sourced_id, data))
        yield from self.guardians.users(self.sourced_ids)

    def _user(self, pk, fields, metadata, imported):
        row = dict(imported.row) if imported else {}
        changes = changed_here(fields, imported)
        if "name" in changes:
            row |= names(fields["name"])
        if "email" in changes:
            row["email"] = fields["email"]
        if "phone" in changes:
            row |= {"phone": fields["phone"] or "", "sms": ""}
        if "status" in changes:
            row["enabledUser"] = "true" if fields["status"] == User.Status.ACTIVE else "false"
        before = imported.set.get("metadata", {}) if imported else {}
        for key in OF_METADATA:
            if metadata.get(key) != before.get(key):
                row[key] = str(metadata.get(key) or "")
        row = clean("users", row)
        row["sourcedId"] = self.ids[pk]
        row["email"] = _usable(row.get("email", ""))
        row["enabledUser"] = row.get("enabledUser") or "true"
        row["username"] = row.get("username") or row["email"] or self.ids[pk]
        if row.get("primaryOrgSourcedId") or not imported:
            row["primaryOrgSourcedId"] = self.orgs.pick(row.get("primaryOrgSourcedId"))
        row["agentSourcedIds"] = self.guardians.agents(
            self.ids[pk], row.get("agentSourcedIds", ""), self.sourced_ids
        )
        return row

    # --- roles ---

    def roles(self):
        for (pk, role), rows in groupby(stream(USER_ROLES), key=lambda row: row[:2]):
            if pk not in self.ids:
                continue
            records = [imported_row(*row[2:]) for row in rows if row[2] is not None]
            for sourced_id, row in self._roles(pk, role, records):
                row = clean("roles", row)
                row |= {"sourcedId": sourced_id, "userSourcedId": self.ids[pk]}
                row["orgSourcedId"] = self.orgs.pick(row.get("orgSourcedId"))
                yield row
        yield from self.guardians.roles()

    def _roles(self, pk, role, records):
        """Return [(sourcedId, row)]: the bundle's roles that still hold here, or the role here."""
        kept = [(record.sourced_id, record.row) for record in records if not record.is_deleted]
        if pk in self.guardians.lost:  # no contact here any more
            kept = [record for record in kept if record[1].get("role", "").lower() not in RELATIONS]
        here = [ROLES.get(row.get("role", "").lower()) for _, row in kept]
        ranked = sorted(
            zip(here, kept, strict=True),
            key=lambda entry: (
                entry[0] is None,
                entry[1][1].get("roleType", "").lower() == "secondary",
            ),
        )
        if ranked and ranked[0][0] == role:
            return kept
        others = [entry for own, entry in zip(here, kept, strict=True) if own in (role, None)]
        if role in here:
            return others
        own = {"role": ROLE_WORDS[role], "roleType": "primary"}
        return [(derived("role", pk, role), own), *others]


def _loads(metadata):
    parsed = json.loads(metadata) if metadata else {}
    return records.apart(parsed) if isinstance(parsed, dict) else {}


def _usable(email):
    if not EMAIL.fullmatch(email) or email.lower().endswith("@" + PLACEHOLDER_DOMAIN):
        return ""
    return email
