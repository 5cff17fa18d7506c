"""The people of a school."""

import uuid
from collections import Counter
from datetime import time, timedelta
from itertools import count

from psycopg.types.json import Jsonb

from school.seeds import names, year_groups
from school.seeds.builder import Person, new_id

ADMINS, TEACHERS, STUDENTS = 3, 17, 380  # a school of scale 1, the three who sign in included
MEDICAL_SHARE = 0.06  # of the students
GENDERS = ("Female", "Male", "Other", "Not stated")
LANGUAGES = ("English", "Spanish", "Mandarin", "Arabic", "Polish")
MEDICAL = ("Asthma; inhaler in the office.", "Nut allergy; EpiPen in the office.", "Wears glasses.")
STREETS = ("Lake Street", "Mill Lane", "Oak Avenue", "Station Road", "Harbour Way", "High Street")
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
    """Add everybody but guardians, and the year groups and homerooms they are in."""
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
    _begin_fields(builder)
    year_groups.build(builder)
    builder.load("users", (*COLUMNS, "homeroom_id"), _rows(builder))
    year_groups.add_teachers(builder)


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
    numbers = count(1)
    for person in (*builder.admins, *builder.teachers, *builder.students, *builder.office):
        yield _row(builder, rng, person, next(numbers))
    # Who left: one student in sixty is archived or suspended, or was deleted.
    for number in range(6 * builder.scale):
        name, spelling = names.choose(rng)
        left = Person(
            new_id(rng), name, f"{spelling}.left{number}@{builder.profile.email_domain}", "student"
        )
        status = ("archived", "suspended", "archived")[number % 3]
        yield _row(builder, rng, left, next(numbers), status=status, deleted=number % 3 == 2)


def _row(builder, rng, person, number, status="active", deleted=False):
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
    phone = builder.profile.phone % rng.randint(0, 9999) if rng.random() < 0.7 else None
    record = _record(builder, rng, person, number)
    present = status == "active" and person.role == "student"
    return (
        person.id,
        person.name,
        person.email,
        person.role,
        uuid.uuid5(person.id, "password"),
        active,
        phone,
        status,
        Jsonb(record),
        Jsonb({}),
        seen if active else None,
        joined,
        joined,
        builder.at(builder.term_start - timedelta(days=3), time(9)) if deleted else None,
        year_groups.room_of(builder, number, record["birth_date"]) if present else None,
    )


def _record(builder, rng, person, number):
    """Return what the school's fields hold of somebody."""
    if person.role != "student":
        return {"room": f"{rng.choice('ABC')}{rng.randint(100, 320)}"}
    first, last = names.parts(person.name)
    joined = builder.term_start - timedelta(days=rng.randint(0, 900))
    record = {
        # Each once, and in no order: the step is a prime that does not divide the span.
        "student_number": f"{number * 7_654_337 % 9_000_000 + 1_000_000}",
        "first_name": first,
        "last_name": last,
        "birth_date": str(builder.term_start - timedelta(days=rng.randint(11 * 365, 18 * 365))),
        "gender": rng.choices(GENDERS, (47, 47, 3, 3))[0],
        "address": f"{rng.randint(1, 240)} {rng.choice(STREETS)}",
        "home_language": rng.choices(LANGUAGES, (70, 12, 8, 6, 4))[0],
        "entry_date": str(joined),
        "medical_notes": rng.choice(MEDICAL) if rng.random() < MEDICAL_SHARE else None,
    }
    return {key: value for key, value in record.items() if value}


FIELD_COLUMNS = ("id", "role", "key", "label", "kind", "readers", "position")


def _begin_fields(builder):
    """Add to the fields that every school begins with one that this school has defined."""
    rng = builder.rng("fields of people")
    rows = [
        (new_id(rng), role, "room", "Office room", "text", "teachers", 70)
        for role in ("admin", "registrar", "bursar", "teacher")
    ]
    builder.load("person_fields", FIELD_COLUMNS, rows)
