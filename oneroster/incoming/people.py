"""users.csv and roles.csv: who becomes which person here."""

import hashlib
import re
from collections import defaultdict

from core import offices, records, rls
from core.models import User
from core.models.user import PLACEHOLDER_DOMAIN
from oneroster.bundle import columns
from oneroster.bundle.values import parse_flag
from oneroster.incoming.guardians import RELATIONS, Contacts
from oneroster.incoming.records import changed
from oneroster.incoming.report import SKIPPED
from oneroster.incoming.session import LeftOut

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")  # as check_email_format
MAX_EMAIL = 255

ADMIN, TEACHER, STUDENT = User.Role.ADMIN.value, User.Role.TEACHER.value, User.Role.STUDENT.value
# OneRoster's role in lower case -> the role here. Guardians are contacts, others nothing.
ROLES = {
    "student": STUDENT,
    "teacher": TEACHER,
    "administrator": ADMIN,  # 1.1
    "siteadministrator": ADMIN,
    "principal": ADMIN,
    "districtadministrator": ADMIN,
    "systemadministrator": ADMIN,
}
WORDS = {"admin": "an admin", "registrar": "a registrar", "bursar": "a bursar"}
CLASS_ROLES = {"student", "teacher"}  # the roles that an enrollment can give to someone without one
DEMOGRAPHICS = "demographics"  # the key in what a person's record keeps apart (core.records)
ACTIVE, SUSPENDED = User.Status.ACTIVE.value, User.Status.SUSPENDED.value
ARCHIVED = User.Status.ARCHIVED.value


def placeholder_email(sourced_id):
    """Return the address of a person without one: the same in every import, never delivered."""
    readable = re.sub(r"[^a-z0-9]+", "-", sourced_id.lower()).strip("-")[:40] or "person"
    digest = hashlib.sha256(sourced_id.encode()).hexdigest()[:12]
    return f"{readable}.{digest}@{PLACEHOLDER_DOMAIN}"


def plan(session):
    """Plan every person of the bundle; afterwards session.resolve("users", ...) answers."""
    _People(session).plan()


def plan_demographics(session):
    """Plan demographics.csv, if the school wants it; it is kept apart in the person's record."""

    def keep(row):
        user = session.resolve("users", row, "sourcedId", "person")
        if not offices.may_keep(rls.current().role, user.role):
            raise LeftOut("works in the office here, whom an admin changes", SKIPPED)
        demographics = {name: row[name] for name in columns.COLUMNS["demographics"] if row[name]}
        if changed({DEMOGRAPHICS: demographics}, session.previous(row)):
            apart = records.apart(user.metadata) | {DEMOGRAPHICS: demographics}
            metadata = records.with_apart(user.metadata, apart)
            session.writes.update(user, {"metadata": metadata}, row)
        session.keep(row, user.pk, {DEMOGRAPHICS: demographics})

    def remove(row):
        record = session.known_or_left_out(row)
        user = session.get("users", row.sourced_id)
        if user is not None and record.data["set"].get(DEMOGRAPHICS):
            kept = records.apart(user.metadata).items()
            apart = {key: value for key, value in kept if key != DEMOGRAPHICS}
            metadata = records.with_apart(user.metadata, apart)
            session.writes.update(user, {"metadata": metadata}, row)
        session.keep(row, record.resource_id, {DEMOGRAPHICS: {}})

    session.each("demographics", keep, deleted=False)
    session.each("demographics", remove, deleted=True)


class _People:
    def __init__(self, session):
        self.session = session
        self.here = {user.pk: user for user in User.all_objects.all()}
        self.emails = {u.email.lower(): u for u in self.here.values() if u.deleted_at is None}
        self.rows = {row.sourced_id: row for row in session.bundle.rows("users")}
        self.linked = {}  # sourcedId -> person, also one who was deleted here
        self.claimed = {}  # person's id -> sourcedId of the active row that stands for them
        for sourced_id, record in session.records.of("users").items():
            if user := self.here.get(record.resource_id):
                self._link(sourced_id, user)
        self.own = session.own_ids("users")
        for sourced_id, pk in self.own.items():
            if pk in self.here:
                self._link(sourced_id, self.here[pk])
        self.contacts = Contacts(session, self)
        self.role_rows = []
        self.roles = self._roles()
        self.class_roles = self._class_roles()

    def _link(self, sourced_id, user):
        self.linked[sourced_id] = user
        if user.deleted_at is None:
            self.session.remember("users", sourced_id, user)
        row = self.rows.get(sourced_id)
        if row is not None and not row.deleted:
            self.claimed.setdefault(user.pk, sourced_id)

    def plan(self):
        self._free_addresses()
        self.session.each("users", self._keep, deleted=False)  # who stays decides first
        self.session.each("users", self._archive, deleted=True)
        self.contacts.plan()
        for row in self.role_rows:
            self.session.attempt(row, self._keep_role)

    # --- roles ---

    def _roles(self):
        """Return {userSourcedId: [(org, role, is primary)]} of roles.csv, checking its rows."""
        roles = defaultdict(list)
        known = self.session.records.of("users")

        def collect(row):
            user = row["userSourcedId"]
            if user not in self.rows and user not in known:
                raise LeftOut(f"the person “{user}” is not in users.csv", column="userSourcedId")
            self.role_rows.append(row)
            if not row.deleted:
                primary = row["roleType"].lower() != "secondary"
                roles[user].append((row["orgSourcedId"], row["role"], primary))

        self.session.each("roles", collect)
        return roles

    def _keep_role(self, row):
        """Record a row of roles.csv; its role was applied with its person's row."""
        org = self.session.org
        if not org.only and row["orgSourcedId"] not in ("", org.sourced_id):
            raise LeftOut("belongs to another school", SKIPPED, "orgSourcedId")
        if row.deleted:
            self.session.keep(row, self.session.known_or_left_out(row).resource_id)
        else:
            guardian = self.session.get("guardians", row["userSourcedId"])
            if guardian is None or self.session.get("users", row["userSourcedId"]) is not None:
                guardian = self.session.resolve("users", row, "userSourcedId", "person")
            self.session.keep(row, guardian.pk, {})

    def _class_roles(self):
        """Return {userSourcedId: {role}} of the enrollments in classes of this school."""
        roles = defaultdict(set)
        org = self.session.org
        classes = {
            row.sourced_id
            for row in self.session.bundle.rows("classes")
            if org.only or row["schoolSourcedId"] == org.sourced_id
        }
        for row in self.session.bundle.rows("enrollments"):
            role = row["role"].lower()
            if row["classSourcedId"] in classes and role in CLASS_ROLES and not row.deleted:
                roles[row["userSourcedId"]].add(role)
        return roles

    def _said_roles(self, row):
        """Return [(org, role, is primary)] of a person, of 1.2 and of 1.1."""
        roles = list(self.roles.get(row.sourced_id, ()))
        if row["role"]:
            orgs = row.list("orgSourcedIds") or [""]
            roles += [(org, row["role"], True) for org in orgs]
        return roles

    def _guardian_word(self, row):
        """Return the bundle's word for the person's role as a guardian, or None."""
        words = (word for _, word, _ in self._said_roles(row))
        return next((word for word in words if word.lower() in RELATIONS), None)

    def _is_own(self, row):
        """Return whether the row or its roles say that a person belongs to this school."""
        org = self.session.org
        return (
            org.only
            or any(role_org == org.sourced_id for role_org, _, _ in self._said_roles(row))
            or row.sourced_id in self.class_roles
            or org.sourced_id in [row["primaryOrgSourcedId"], *row.list("orgSourcedIds")]
        )

    def _role(self, row):
        """Return (role here, the bundle's word); role is None when roles.csv says nothing new.

        Raises LeftOut for a person of another school, or without a role that exists here.
        """
        org = self.session.org
        candidates = self._said_roles(row)
        if not self._is_own(row):
            raise LeftOut("belongs to another school", SKIPPED)
        if not org.only:
            candidates = [c for c in candidates if c[0] == org.sourced_id] or candidates
        candidates += [("", role, False) for role in sorted(self.class_roles[row.sourced_id])]
        if not candidates:
            if row.sourced_id in self.linked:
                return None, ""
            raise LeftOut("no role, neither in roles.csv nor in a class", column="role")
        ranked = sorted(candidates, key=lambda c: (c[1].lower() not in ROLES, not c[2]))
        word = ranked[0][1]
        if word.lower() not in ROLES:
            raise LeftOut(f"the role “{word}” has no counterpart here", SKIPPED, "role")
        return ROLES[word.lower()], word

    # --- one person ---

    def _keep(self, row):
        guardian = self._guardian_word(row)
        if guardian and not self._has_other_role(row):
            self._keep_contact(row, guardian)
            return
        role, word = self._role(row)
        name = self.name_of(row)
        user = self.linked.get(row.sourced_id)
        previous = self.session.previous(row)
        is_new_link = previous is None
        if user is None:
            previous, is_new_link = None, True
            user = self._same_person(row, role)
            if user is not None:
                self._note_match(row, user)
        if user is not None and user.deleted_at is not None:
            raise LeftOut("was deleted here, and stays so until restored", SKIPPED)
        if user is not None and self.claimed.setdefault(user.pk, row.sourced_id) != row.sourced_id:
            raise LeftOut(f"is the same person here as “{self.claimed[user.pk]}”")
        values = self._values(row, name, role or user.role, user)
        if user is None:
            user = self._create(row, values, word)
        else:
            self._update(row, user, values, previous, is_new_link)
        self.emails[user.email.lower()] = user
        self._link(row.sourced_id, user)
        if guardian:
            self.contacts.wait(row, guardian, user, values)
        else:
            self.session.keep(row, user.pk, values)

    def _has_other_role(self, row):
        """Return whether a guardian has another role, too, or teaches a class."""
        org = self.session.org
        own = {"", org.sourced_id}
        words = {word for role_org, word, _ in self._said_roles(row) if org.only or role_org in own}
        words |= {TEACHER} & self.class_roles.get(row.sourced_id, set())
        return any(word.lower() in ROLES for word in words)

    def _keep_contact(self, row, word):
        """Plan a guardian as a contact; a person with an account keeps it, too."""
        user = self.linked.get(row.sourced_id)
        if user is None or user.deleted_at is not None:
            self.contacts.wait(row, word, is_own=self._is_own(row))
            return
        self.session.report.note(row, f"is a guardian alone by now; stays a {user.role} as well")
        self.claimed.setdefault(user.pk, row.sourced_id)
        self.contacts.wait(row, word, user, dict(self.session.previous(row) or {}))

    def name_of(self, row):
        given = row["preferredGivenName"] or row["givenName"]
        family = row["preferredFamilyName"] or row["familyName"]
        name = " ".join(f"{given} {family}".split()) or row["username"] or row["email"]
        if not name:
            raise LeftOut("no name", column="familyName")
        return self.session.cut(row, name, 255, "name")

    def _values(self, row, name, role, user):
        enabled = parse_flag(row["enabledUser"], default=True)
        email = self._email(row, user)
        # An export writes the address or the id for a person without a user name.
        is_made_up = (
            user
            and self.session.is_own(row, user)
            and row["username"] in (row["email"], row.sourced_id)
        )
        metadata = {
            "identifier": row["identifier"],
            "username": (
                records.apart(user.metadata).get("username") if is_made_up else row["username"]
            ),
            "grades": row["grades"],
            "email_placeholder": email == placeholder_email(row.sourced_id),
        }
        return {
            "name": name,
            "email": email,
            "role": role,
            "phone": self.session.cut(row, row["phone"] or row["sms"], 50, "phone number"),
            "status": ACTIVE if enabled else SUSPENDED,
            "metadata": {key: value for key, value in metadata.items() if value},
        }

    def _create(self, row, values, word):
        """Create a person without a password; administrators are suspended until admins agree."""
        if not offices.may_keep(rls.current().role, values["role"]):
            raise LeftOut("only an admin of the school adds an administrator", column="role")
        status = values["status"]
        if values["role"] == ADMIN and status == ACTIVE:
            status = SUSPENDED
            self.session.report.note(
                row, f"administrator (“{word}”): suspended until an admin of the school agrees"
            )
        record = records.with_apart({}, values["metadata"])
        user = User(**(values | {"status": status, "metadata": record}))
        return self.session.writes.create(user, row)

    def _update(self, row, user, values, previous, is_new_link):
        values = changed(values, previous)
        if is_new_link:  # the school decided these before the import
            values.pop("role", None)
            values.pop("status", None)
        self._protect_admins(row, user, values)
        if "metadata" in values:
            ours = (previous or {}).get("metadata", {})
            kept = records.apart(user.metadata).items()
            others = {key: value for key, value in kept if key not in ours}
            others.pop("email_placeholder", None)
            apart = others | values["metadata"]
            values["metadata"] = records.with_apart(user.metadata, apart)
        self.session.writes.update(user, values, row)

    def _protect_admins(self, row, user, values):
        """Keep an import from making an account an admin, and from changing the office's accounts.

        A registrar's import changes nothing of them at all, and nobody's role.
        """
        keeper = rls.current().role
        if not offices.may_keep(keeper, user.role):
            if any(value != getattr(user, field) for field, value in values.items()):
                self.session.report.note(row, f"is {WORDS[user.role]} here, whom an admin changes")
            values.clear()
        elif user.role in offices.OFFICE:
            for field in ("role", "status", "email"):
                if values.pop(field, getattr(user, field)) != getattr(user, field):
                    self.session.report.note(
                        row, f"is {WORDS[user.role]} here and keeps the {field}"
                    )
        elif keeper != ADMIN and values.get("role", user.role) != user.role:
            del values["role"]
            self.session.report.note(row, f"stays a {user.role} until an admin changes it")
        elif values.get("role") == ADMIN:
            del values["role"]
            self.session.report.note(
                row, f"is an administrator in the bundle; stays a {user.role} until changed by hand"
            )

    def _archive(self, row):
        record = self.session.known_or_left_out(row)
        user = self.here.get(record.resource_id)
        if user is not None and user.pk not in self.claimed and user.deleted_at is None:
            values = {"status": ARCHIVED}
            if user.role in offices.OFFICE and user.status == ACTIVE:
                self.session.report.note(row, f"is an active {user.role} here and was not archived")
            elif record.data["set"].get("status") != ARCHIVED:
                self.session.writes.update(user, values, row)
            self.session.keep(row, record.resource_id, record.data["set"] | values)
        else:
            self.session.keep(row, record.resource_id)

    # --- e-mail ---

    def usable_email(self, row):
        email = row["email"]
        if len(email) > MAX_EMAIL or not EMAIL.fullmatch(email):
            return None
        if email.lower().endswith("@" + PLACEHOLDER_DOMAIN):
            return None
        local, _, domain = email.rpartition("@")
        return f"{local}@{domain.lower()}"

    def _email(self, row, user):
        """Return the row's address, or the placeholder if it is invalid or another person's."""
        email = self.usable_email(row)
        if email is None:
            if row["email"]:
                self.session.report.note(
                    row, f"“{row['email'][:100]}” is no e-mail address; a placeholder stands in"
                )
            else:
                self.session.report.note(row, "no e-mail address; a placeholder stands in")
            return placeholder_email(row.sourced_id)
        holder = self.emails.get(email.lower())
        if holder is not None and holder is not user:
            self.session.report.note(
                row, f"the e-mail address “{email}” is another's; a placeholder stands in"
            )
            return placeholder_email(row.sourced_id)
        return email

    def _same_person(self, row, role):
        """Return the person here with this row's address, if it can be the same one."""
        email = self.usable_email(row)
        own = self.emails.get(placeholder_email(row.sourced_id))
        if own is not None and own.pk not in self.claimed:
            return own  # from an import whose records were deleted
        holder = self.emails.get(email.lower()) if email else None
        if holder is None or holder.pk not in self.here or holder.pk in self.claimed:
            return None
        if holder.is_guardian:  # no student, even if a family shares the address
            return None
        is_staff = role in offices.STAFF
        return holder if is_staff == holder.is_staff else None

    def _note_match(self, row, user):
        self.session.report.note(
            row, f"linked to “{user.name}” here, who has the same e-mail address"
        )

    def _free_addresses(self):
        """Let people take an address that another person gives up in the same bundle.

        The database checks row by row, so the holder gets a temporary address first.
        """
        wanted = {}
        for sourced_id, row in self.rows.items():
            if (email := self.usable_email(row)) and not row.deleted:
                wanted.setdefault(email.lower(), sourced_id)
        for sourced_id, user in self.linked.items():
            row = self.rows.get(sourced_id)
            if (
                row is None
                or row.deleted
                or user.deleted_at is not None
                or user.role in offices.OFFICE
            ):
                continue
            held, email = user.email.lower(), self.usable_email(row)
            stays = email is not None and (
                email.lower() == held or wanted[email.lower()] != sourced_id
            )
            ours = (self.session.previous(row) or {}).get("email", "").lower() == held
            if ours and not stays and wanted.get(held, sourced_id) != sourced_id:
                del self.emails[held]
                self.session.writes.park(user)
