"""The people of a school."""

import uuid
from collections import Counter
from datetime import time, timedelta

from psycopg.types.json import Jsonb

from school.seeds import names
from school.seeds.builder import Person, new_id

ADMINS, TEACHERS, STUDENTS = 3, 17, 380  # a school of scale 1, the three who sign in included
CHRONIC = 0.06  # share of students who miss a tenth of their lessons or more

COLUMNS = (
    "id", "name", "email", "role", "password_version", "email_verified", "phone", "status",
    "metadata", "preferences", "last_login", "created_at", "updated_at", "deleted_at",
)  # fmt: skip


SET_PASSWORDS = """
    INSERT INTO credentials (id, tenant_id, password)
    SELECT u.id, u.tenant_id, %s FROM users u WHERE u.tenant_id = %s
"""


def build(builder):
    """Add everybody but guardians."""
    rng = builder.rng("people")
    taken = Counter()

    def person(role, login=None):
        name, spelling = names.choose(rng)
        email = _free_address(login or spelling, builder.profile.email_domain, taken)
        return Person(id=new_id(rng), name=name, email=email, role=role)

    for role, people, number in (
        ("admin", builder.admins, ADMINS + builder.scale - 1),
        ("teacher", builder.teachers, (TEACHERS - 1) * builder.scale + 1),
        ("student", builder.students, STUDENTS * builder.scale),
    ):
        people.append(person(role, login=role))
        people[0].name = builder.profile.names[role]
        people.extend(person(role) for _ in range(number - 1))
    for role in ("registrar", "bursar"):
        name, email = builder.profile.names[role], f"{role}@{builder.profile.email_domain}"
        builder.office.append(
            Person(id=new_id(builder.rng(role)), name=name, email=email, role=role)
        )
    for student in builder.students:
        _give_character(rng, student)
    # The student who signs in is one whom a reader would like to look at.
    builder.student.absence, builder.student.excuse, builder.student.ability = 0.06, 0.6, 0.87
    builder.load("users", COLUMNS, _rows(builder))


def set_passwords(builder, password):
    """Have everybody sign in with the same (hashed) password."""
    builder.cursor.execute(SET_PASSWORDS, [password, builder.tenant_id])


def _free_address(spelling, domain, taken):
    taken[spelling] += 1
    number = taken[spelling] if taken[spelling] > 1 else ""
    return f"{spelling}{number}@{domain}"


def _give_character(rng, student):
    chronic = rng.random() < CHRONIC
    student.absence = rng.uniform(0.13, 0.32) if chronic else rng.betavariate(1.5, 62)
    student.excuse = rng.uniform(0.05, 0.3) if chronic else rng.uniform(0.3, 0.8)
    student.lateness = rng.betavariate(1.4, 34)
    student.ability = min(0.99, max(0.38, rng.gauss(0.72 if chronic else 0.82, 0.1)))
    student.wanted = rng.choices((1, 2, 3, 4), (35, 38, 20, 7))[0]


def _rows(builder):
    rng = builder.rng("people's details")
    for person in (*builder.admins, *builder.teachers, *builder.students, *builder.office):
        yield _row(builder, rng, person)
    # Who left: one student in sixty is archived or suspended, or was deleted.
    for number in range(6 * builder.scale):
        name, spelling = names.choose(rng)
        left = Person(
            new_id(rng), name, f"{spelling}.left{number}@{builder.profile.email_domain}", "student"
        )
        status = ("archived", "suspended", "archived")[number % 3]
        yield _row(builder, rng, left, status=status, deleted=number % 3 == 2)


def _row(builder, rng, person, status="active", deleted=False):
    signs_in = person in (builder.admin, builder.teacher, builder.student, *builder.office)
    joined = builder.at(
        builder.term_start - timedelta(days=rng.randint(10, 900)),
        time(rng.randint(8, 15), rng.randint(0, 59)),
    )
    seen = builder.at(
        builder.today - timedelta(days=rng.randint(1, 20)),
        time(rng.randint(7, 20), rng.randint(0, 59)),
    )
    active = status == "active" and (signs_in or rng.random() < 0.8)
    return (
        person.id,
        person.name,
        person.email,
        person.role,
        uuid.uuid5(person.id, "password"),
        active,
        builder.profile.phone % rng.randint(0, 9999) if rng.random() < 0.7 else None,
        status,
        Jsonb(_metadata(builder, rng, person)),
        Jsonb({}),
        seen if active else None,
        joined,
        joined,
        builder.at(builder.term_start - timedelta(days=3), time(9)) if deleted else None,
    )


def _metadata(builder, rng, person):
    if person.role != "student":
        return {"office": f"{rng.choice('ABC')}{rng.randint(100, 320)}"}
    return {
        "student_number": f"{rng.randint(100000, 999999)}",
        "birth_date": str(builder.term_start - timedelta(days=rng.randint(11 * 365, 18 * 365))),
    }
