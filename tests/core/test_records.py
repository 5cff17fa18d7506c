"""The record of a person: what the database takes, what follows from it, who reads which field."""

import threading

import psycopg.errors
import pytest
from django.db import DatabaseError, connection, transaction

from core import constraints, records
from core.models import AuditLog, PersonField, Tenant, User
from core.rls import tenant_context
from core.services import person_fields
from tests.core.test_attacks import smuggled
from tests.factories import core
from tests.factories.committed import committed  # noqa: F401 - a fixture

pytestmark = pytest.mark.database

EVERYTHING = {"club": "Chess", "seat": "4B", "locker": "117"}


@pytest.fixture
def office(cast):
    """School A, as its office."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def record_of(person):
    return User.objects.get(pk=person.pk).metadata


def refused(do):
    """Return (constraint, field, sentence) of what the database refuses."""
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        do()
    refusal = constraints.explain(error.value)
    return refusal.constraint, refusal.field, refusal.message


# --- what a new school begins with ----------------------------------------------------------------


def test_every_school_begins_with_the_same_fields(cast):
    kept = {}
    for school in (cast.a, cast.b):
        with tenant_context(school.tenant, school.admin):
            rows = PersonField.objects.exclude(label__in=["Club", "Seat", "Locker"])
            kept[school.tenant.name] = list(rows.values_list("role", "key", "kind", "readers"))
    assert kept["School A"] == kept["School B"]
    students = [key for role, key, _kind, _readers in kept["School A"] if role == "student"]
    assert students == [
        "student_number", "first_name", "middle_name", "last_name", "preferred_name", "pronouns",
        "birth_date", "gender", "address", "home_language", "nationality", "entry_date",
        "exit_date", "exit_reason", "medical_notes",
    ]  # fmt: skip
    assert ("student", "medical_notes", "long_text", "office") in kept["School A"]
    assert ("teacher", "subjects", "text", "teachers") in kept["School A"]


# --- values ---------------------------------------------------------------------------------------

KINDS = {
    "text": (["a", "12 %"], ["a\nb", "x" * 501, True, ["a"], {"a": 1}]),
    "long_text": (["a\nb", "x" * 10_000], ["x" * 10_001, False]),
    "number": ([0, -2.5, 10**14], ["1", True, []]),
    "date": (["2024-02-29", "0001-01-01"], ["2023-02-29", "2024-04-31", "1.2.2024", "0000-01-01",
                                            "2024-13-01", True]),
    "choice": (["Red", "Dark blue"], ["red", "Green", "Red\nDark blue", True]),
    "yes_no": ([True, False], ["yes", 1, "true"]),
    "phone": (["+44 20 7946 0018", "(020) 7946/0018"], ["12", "call me", "--- ---", "1" * 51]),
    "email": (["a@b.example"], ["a@b", "a b@c.example", "@"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        (kind, value, fits)
        for kind, pair in KINDS.items()
        for values, fits in zip(pair, (True, False), strict=True)
        for value in values
    ],
)
def test_a_value_fits_its_field_or_is_refused_at_it(office, kind, value, fits):
    choices = "Red\nDark blue" if kind == "choice" else ""
    core.person_field(key="thing", label="Thing", kind=kind, choices=choices)
    people = User.objects.filter(pk=office.student.pk)
    if fits:
        people.update(metadata={"thing": value})
        assert record_of(office.student) == {"thing": value}
    else:
        constraint, field, _ = refused(lambda: people.update(metadata={"thing": value}))
        assert (constraint, field) == ("record_value", "record_thing")
        new = {"role": "student", "metadata": {"thing": value}}
        assert refused(lambda: core.user(**new))[:2] == ("record_value", "record_thing")


def test_a_number_where_a_text_belongs_is_that_text_and_what_is_empty_goes(office):
    User.objects.filter(pk=office.student.pk).update(
        metadata={"student_number": 10042, "first_name": "", "last_name": None}
    )
    assert record_of(office.student) == {"student_number": "10042"}


def test_what_no_field_is_for_is_kept_apart(office):
    User.objects.filter(pk=office.student.pk).update(metadata={"club": "Chess", "grades": "09"})
    assert record_of(office.student) == {"club": "Chess", "_imported": {"grades": "09"}}
    student = User.objects.get(pk=office.student.pk)
    assert records.values(student) == {"club": "Chess"}
    assert (student.teacher_record, student.family_record) == ({"club": "Chess"}, {"club": "Chess"})


def test_the_fields_of_another_role_or_school_are_none(cast):
    with tenant_context(cast.b.tenant, cast.b.admin):
        core.person_field(key="secret", label="Secret")
    with tenant_context(cast.a.tenant, cast.a.admin):
        core.person_field(role="teacher", key="desk", label="Desk")
        User.objects.filter(pk=cast.a.student.pk).update(metadata={"secret": "x", "desk": "y"})
        assert record_of(cast.a.student) == {"_imported": {"secret": "x", "desk": "y"}}


def test_another_role_keeps_what_fits_it_and_nothing_is_lost(office):
    people = User.objects.filter(pk=office.other_student.pk)
    people.update(metadata={"first_name": "Ana", "club": "Chess"})
    people.update(role="teacher")
    assert record_of(office.other_student) == {"first_name": "Ana", "_imported": {"club": "Chess"}}
    people.update(role="student")
    assert record_of(office.other_student) == {"first_name": "Ana", "club": "Chess"}


def test_a_required_field_is_asked_of_new_people_and_is_not_emptied(office):
    people = User.objects.filter(pk=office.student.pk)
    people.update(metadata={"club": "Chess"})
    PersonField.objects.filter(key="club").update(is_required=True)
    missing = ("record_required", "record_club", "This is required: Club.")
    assert refused(lambda: core.user(role="student")) == missing
    assert refused(lambda: people.update(metadata={})) == missing
    core.user(role="student", metadata={"club": "Judo"})
    core.user(role="teacher")
    # Whoever was there before the rule is changed as ever.
    User.objects.filter(pk=office.other_student.pk).update(metadata={"seat": "1"}, phone="1")


# --- what follows from a record -------------------------------------------------------------------


def test_nobody_writes_what_follows_from_a_record(office):
    User.objects.filter(pk=office.student.pk).update(
        metadata=EVERYTHING, family_record={"locker": "?"}, teacher_record={}, record_text="?"
    )
    student = User.objects.get(pk=office.student.pk)
    assert student.teacher_record == {"club": "Chess", "seat": "4B"}
    assert student.family_record == {"club": "Chess"}
    assert student.record_text == "chess\n117\n4b"
    User.objects.filter(pk=office.student.pk).update(family_record={"locker": "?"})
    assert User.objects.get(pk=office.student.pk).family_record == {"club": "Chess"}


READS = {
    "admin": {"club", "seat", "locker"},
    "registrar": {"club", "seat", "locker"},
    "bursar": {"club", "seat"},
    "teacher": {"club", "seat"},
    "student": {"club"},
    "guardian": {"club"},
}
COLUMNS = ("metadata", "teacher_record", "family_record", "record_text", "to_jsonb(u)", "u::text")


@pytest.mark.parametrize("who", READS)
def test_each_role_reads_the_fields_of_its_level_and_no_other(cast, who):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(metadata=EVERYTHING)
    with tenant_context(cast.a.tenant, getattr(cast.a, who)):
        student = User.objects.get(pk=cast.a.student.pk)
        assert {*records.values(student)} == READS[who]
        shown = {line.label.lower() for line in records.lines(student)}
        assert shown == READS[who]
        for column in COLUMNS:
            text = smuggled(f"(SELECT string_agg(({column})::text, ' ') FROM users u)")
            read = "" if text == psycopg.errors.InsufficientPrivilege else str(text).lower()
            for key, value in EVERYTHING.items():
                if key not in READS[who]:
                    assert value.lower() not in read, column
        labels = set(PersonField.objects.filter(key__in=EVERYTHING).values_list("key", flat=True))
        assert labels == READS[who]


@pytest.mark.parametrize("who", ["outsider", "other_student", "other_guardian"])
def test_who_does_not_see_the_student_reads_nothing_of_them(cast, who):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(metadata=EVERYTHING)
    with tenant_context(cast.a.tenant, getattr(cast.a, who)), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(family_record::text, '') FROM users")
        assert "Chess" not in (cursor.fetchone()[0] or "")
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert not User.objects.filter(metadata__club="Chess").exists()


@pytest.mark.parametrize("who", ["teacher", "student", "guardian"])
@pytest.mark.parametrize(
    "column", ["metadata", "teacher_record", "family_record", "record_text", "photo"]
)
def test_only_the_office_writes_a_record(cast, who, column):
    person = getattr(cast.a, who)
    people = User.objects.filter(pk=person.pk)
    with tenant_context(cast.a.tenant, person):
        constraint, _field, _sentence = refused(lambda: people.update(**{column: None}))
    assert constraint in (None, "users_allow_columns")


def test_a_field_for_other_readers_is_read_by_them_at_once(office):
    User.objects.filter(pk=office.student.pk).update(metadata=EVERYTHING)
    before = AuditLog.objects.filter(resource_id=office.student.pk).count()

    def families():
        return User.objects.get(pk=office.student.pk).family_record

    PersonField.objects.filter(key="locker").update(readers="family")
    assert families() == {"club": "Chess", "locker": "117"}
    PersonField.objects.filter(key="club").update(readers="office")
    assert families() == {"locker": "117"}
    PersonField.objects.filter(key="locker").update(is_archived=True)
    assert families() == {}
    assert record_of(office.student) == EVERYTHING
    assert AuditLog.objects.filter(resource_id=office.student.pk).count() == before


# --- names ----------------------------------------------------------------------------------------


def test_the_name_follows_its_parts(office):
    people = User.objects.filter(pk=office.student.pk)

    def name():
        return User.objects.get(pk=office.student.pk).name

    people.update(metadata={"first_name": "Ana", "last_name": "Ruiz"})
    assert name() == "Ana Ruiz"
    people.update(
        metadata={"first_name": "Ana", "last_name": "Ruiz", "club": "Chess"}, name="A. R."
    )
    assert name() == "A. R."  # written by itself
    people.update(metadata={"first_name": "Ana", "last_name": "Lima"})
    assert name() == "Ana Lima"
    people.update(metadata={})
    assert name() == "Ana Lima"
    born = core.user(name="", metadata={"last_name": "Only"})
    assert User.objects.get(pk=born.pk).name == "Only"


PARTS = [
    {"first_name": "Ana", "last_name": "Ruiz"},
    {"first_name": "Ana", "last_name": "Ruiz", "preferred_name": "Nan"},
    {"preferred_name": "Nan", "last_name": "Ruiz"},
    {"first_name": "Ana"},
    {"preferred_name": "Nan"},
    {"last_name": "R" * 300},
    {},
]


@pytest.mark.parametrize("style", [None, "preferred"])
@pytest.mark.parametrize("parts", PARTS)
def test_python_and_the_database_make_the_same_name(db, style, parts):
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.display_name(%s::jsonb, %s)", [_json(parts), style])
        assert (cursor.fetchone()[0] or "") == records.display_name(parts, style)


def _json(value):
    from psycopg.types.json import Jsonb  # noqa: PLC0415

    return Jsonb(value)


def test_another_style_renames_those_whose_name_is_made_of_parts(office):
    parts = {"first_name": "Ana", "last_name": "Ruiz", "preferred_name": "Nan"}
    User.objects.filter(pk=office.student.pk).update(metadata=parts)
    User.objects.filter(pk=office.other_student.pk).update(metadata=parts, name="Her Majesty")
    assert person_fields.rename_people(before="", after="preferred") == 1
    assert User.objects.get(pk=office.student.pk).name == "Nan Ruiz"
    assert User.objects.get(pk=office.other_student.pk).name == "Her Majesty"


# --- student numbers ------------------------------------------------------------------------------


def number_by(tenant, pattern):
    Tenant.objects.filter(pk=tenant.pk).update(settings={"student_numbers": pattern})


@pytest.mark.parametrize(
    ("pattern", "there", "expected"),
    [
        ("{year}-{number:4}", [], "YYYY-0001"),
        ("{year}-{number:4}", ["YYYY-0041", "YYYY-0007", "1999-9998", "YYYY-00xx"], "YYYY-0042"),
        ("{year}-{number:2}", ["YYYY-98", "YYYY-99"], "YYYY-100"),
        ("{year}-{number:2}", ["YYYY-99", "YYYY-100"], "YYYY-101"),
        ("S{number}", ["S9"], "S10"),
        ("{number:6}", ["000009"], "000010"),
        ("{number:3}/A", ["001/A", "777/B"], "002/A"),
        ("no number", [], None),
    ],
)
def test_a_new_student_has_the_next_number(office, pattern, there, expected):
    number_by(office.tenant, pattern)
    year = str(office.tenant.today().year)
    for number in there:
        core.user(metadata={"student_number": number.replace("YYYY", year)})
    born = User.objects.get(pk=core.user().pk)
    assert born.student_number == (expected and expected.replace("YYYY", year))
    assert User.objects.get(pk=core.user(role="teacher").pk).student_number is None


def test_a_number_that_is_typed_stays_and_is_one_persons(office):
    number_by(office.tenant, "{number:4}")
    core.user(metadata={"student_number": "7"})
    twice = refused(lambda: core.user(metadata={"student_number": "7"}))
    assert twice[:2] == ("idx_users_student_number", "student_number")


def test_many_in_one_statement_have_numbers_of_their_own(office):
    number_by(office.tenant, "{number:4}")
    User.objects.bulk_create(
        User(email=f"bulk{n}@example.com", name=f"Bulk {n}", role="student") for n in range(5)
    )
    born = User.objects.filter(email__startswith="bulk").order_by("student_number")
    numbers = list(born.values_list("student_number", flat=True))
    assert numbers == ["0001", "0002", "0003", "0004", "0005"]


def test_two_clerks_at_once_get_two_numbers(committed, django_db_blocker):  # noqa: F811
    with django_db_blocker.unblock():
        _two_clerks(Tenant(pk=committed.tenant))


def _two_clerks(tenant):
    with tenant_context(tenant, role="admin"):
        number_by(tenant, "C-{number:4}")
    both = threading.Barrier(2)

    def clerk(email):
        try:
            with tenant_context(tenant, role="admin"):
                both.wait(10)
                core.user(email=email)
        finally:
            connection.close()

    threads = [threading.Thread(target=clerk, args=[f"clerk{n}@example.com"]) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with tenant_context(tenant, role="admin"):
        born = User.objects.filter(email__startswith="clerk").order_by("student_number")
        assert list(born.values_list("student_number", flat=True)) == ["C-0001", "C-0002"]


# --- definitions ----------------------------------------------------------------------------------


def change(of, /, **values):
    return lambda: PersonField.objects.filter(key=of, role="student").update(**values)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (change("club", key="clubs"), ("person_fields_keep_key", "key")),
        (change("club", role="teacher"), ("person_fields_keep_key", "role")),
        (change("club", kind="number"), ("person_fields_would_not_fit", "kind")),
        (change("club", kind="choice", choices="Judo"), ("person_fields_would_not_fit", "kind")),
        (change("club", label=" "), ("check_person_field_label", "label")),
        (change("club", label="seat"), ("idx_person_fields_label", "label")),
        (change("pronouns", kind="choice"), ("check_person_field_choices", "choices")),
        (change("club", kind="list"), ("check_person_field_kind", "kind")),
        (change("club", readers="all"), ("check_person_field_readers", "readers")),
        (change("birth_date", readers="office"), ("check_person_field_open", "readers")),
        (change("birth_date", kind="text"), ("check_person_field_open", "readers")),
        (lambda: core.person_field(key="club"), ("idx_person_fields_key", "key")),
        (lambda: core.person_field(key="Bus line"), ("check_person_field_key", "key")),
        (lambda: core.person_field(key="a__b"), ("check_person_field_key", "key")),
        (lambda: core.person_field(role="parent"), ("check_person_field_role", "role")),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused_at_its_field(office, what, expected):
    User.objects.filter(pk=office.student.pk).update(metadata=EVERYTHING)
    assert refused(what)[:2] == expected


def test_a_choice_that_somebody_has_stays(office):
    core.person_field(key="house", label="House", kind="choice", choices="Red\nBlue")
    User.objects.filter(pk=office.student.pk).update(metadata={"house": "Red"})
    answer = refused(change("house", choices="Blue\nGreen"))
    assert answer[:2] == ("person_fields_would_not_fit", "choices")
    change("house", choices="Green\nRed")()


def test_a_field_in_use_is_archived_and_another_one_goes(office):
    User.objects.filter(pk=office.student.pk).update(metadata={"club": "Chess"})
    club, seat = (PersonField.objects.get(key=key) for key in ("club", "seat"))
    assert refused(club.delete)[0] == "person_fields_in_use"
    assert person_fields.remove(club) is False
    assert person_fields.remove(seat) is True
    assert PersonField.objects.get(key="club").is_archived
    assert not PersonField.objects.filter(key="seat").exists()
    assert record_of(office.student) == {"club": "Chess"}


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Bus line", "bus_line"),
        ("Club", "club_2"),
        ("2nd language", "field_2nd_language"),
        ("学年", "field"),
        ("A – B", "a_b"),
    ],
)
def test_a_new_field_has_a_key_of_its_own(office, label, key):
    assert person_fields.new_key(label, "student") == key
    core.person_field(key=person_fields.new_key(label, "student"))
