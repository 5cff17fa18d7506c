"""The guardians of the students; some of them have a login."""

import uuid
from datetime import time, timedelta

from psycopg.types.json import Jsonb

from school.seeds import names
from school.seeds.builder import Person, new_id
from school.seeds.people import COLUMNS as USER_COLUMNS
from school.seeds.people import STREETS

ALONE = 0.05  # share of the students of whom the school knows no guardian
TWO = 0.6  # of the others, those with two
SIBLINGS = 0.5  # share of the students with the same family name who are one family
MORE_ACCOUNTS = 11  # beside guardian@

GUARDIAN_COLUMNS = (
    "id", "name", "phone", "other_phone", "email", "address", "notes", "user_id", "created_at",
    "updated_at",
)  # fmt: skip
LINK_COLUMNS = (
    "id", "student_id", "guardian_id", "relation", "has_custody", "is_emergency_contact",
    "may_pick_up", "call_order", "portal_access", "created_at", "updated_at",
)  # fmt: skip


def build(builder):
    """Add guardians of most students; guardian@ has two children, one of them student@."""
    rng = builder.rng("guardians")
    accounts, guardians, links = [], [], []
    made = builder.at(builder.term_start - timedelta(days=20), time(10))
    for children in _families(builder, rng):
        lead = builder.student in children
        if not lead and rng.random() < ALONE:
            continue
        home = f"{rng.randint(1, 240)} {rng.choice(STREETS)}" if rng.random() < 0.8 else None
        for place, relation in enumerate(_relations(rng, lead)):
            name, spelling = names.relative(rng, children[0].name)
            first = lead and place == 0
            if first:
                name = builder.profile.names["guardian"]
            signs_in = first or (not lead and len(accounts) <= MORE_ACCOUNTS and rng.random() < 0.2)
            email = _address(builder, rng, spelling, len(guardians), first)
            account = Person(new_id(rng), name, email, "guardian") if signs_in and email else None
            if account:
                accounts.append(account)
            row = new_id(rng)
            guardians.append(_guardian(builder, rng, row, name, account, email, home, made))
            links += [
                _link(rng, row, child, relation, place, made, reads=lead) for child in children
            ]
    builder.load("users", USER_COLUMNS, _account_rows(accounts, made))
    builder.load("guardians", GUARDIAN_COLUMNS, guardians)
    builder.load("student_guardians", LINK_COLUMNS, links)


def _families(builder, rng):
    """Yield lists of students who share their guardians: mostly one, some two of one name.

    The student who signs in comes first, with a brother or sister.
    """
    by_name = {}
    for student in builder.students[1:]:
        by_name.setdefault(names.family_of(student.name)[1], []).append(student)
    own = by_name.get(names.family_of(builder.student.name)[1]) or max(by_name.values(), key=len)
    sibling = max(own, key=lambda student: len(student.classes))
    own.remove(sibling)
    yield [builder.student, sibling]
    for students in by_name.values():
        while students:
            pair = len(students) > 1 and rng.random() < SIBLINGS
            yield [students.pop(0) for _ in range(1 + pair)]


def _relations(rng, lead):
    if lead or rng.random() < TWO:
        return ["mother", rng.choices(("father", "stepparent", "grandparent"), (85, 10, 5))[0]]
    return rng.choices(
        (["mother"], ["father"], ["legal_guardian"], ["grandparent"], ["foster_parent"]),
        (60, 22, 8, 7, 3),
    )[0]


def _address(builder, rng, spelling, number, first):
    if first:
        return f"guardian@{builder.profile.email_domain}"
    if rng.random() < 0.12:
        return None
    return f"{spelling}{number}@families.{builder.profile.email_domain}"


def _guardian(builder, rng, row, name, account, email, home, made):
    phone, other = (builder.profile.phone % rng.randint(0, 9999) for _ in range(2))
    note = "Please call after 4 pm." if rng.random() < 0.06 else None
    return (
        row,
        name,
        phone,
        other if rng.random() < 0.3 else None,
        email,
        home,
        note,
        account.id if account else None,
        made,
        made,
    )


def _link(rng, guardian, child, relation, place, made, *, reads):
    near = relation in ("mother", "father", "legal_guardian", "foster_parent")
    return (
        new_id(rng),
        child.id,
        guardian,
        relation,
        near,
        place == 0 or rng.random() < 0.4,
        near or relation == "grandparent",
        place + 1,
        reads or near,
        made,
        made,
    )


def _account_rows(accounts, made):
    """Yield the rows of people; the last account was taken away again."""
    for number, person in enumerate(accounts):
        taken = number == len(accounts) - 1 and number > 0
        yield (
            person.id,
            person.name,
            person.email,
            person.role,
            uuid.uuid5(person.id, "password"),
            True,
            None,
            "suspended" if taken else "active",
            Jsonb({}),
            Jsonb({}),
            None,
            made,
            made,
            None,
        )
