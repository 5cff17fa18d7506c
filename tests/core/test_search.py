"""The functions behind the search boxes tell ids of what their reader may see, and no others."""

import psycopg.errors
import pytest
from django.db import DatabaseError, connection, transaction

from core import offices, search
from core.models import Guardian, User
from core.models.base import Folded
from core.rls import tenant_context
from finance.models import Invoice
from tests.factories import finance

pytestmark = pytest.mark.database

PEOPLE = {
    "admin", "registrar", "bursar", "teacher", "outsider", "student", "other_student", "guardian",
    "other_guardian",
}  # fmt: skip
CLASSES, INVOICES = {"school_class", "other_class"}, {"invoice", "other_invoice"}
GUARDIANS = {"guardian_record", "other_guardian_record"}
OWN_GUARDIAN = dict.fromkeys(("teacher", "guardian"), {"guardian_record"})
ASSIGNMENTS = {"assignment", "other_assignment"}
OWN_CLASS = dict.fromkeys(("teacher", "student", "guardian"), {"school_class"})
OWN_ASSIGNMENT = dict.fromkeys(("teacher", "student", "guardian"), {"assignment"})
SEEN = {
    "teacher": {"teacher", "student"},
    "student": {"student"},
    "guardian": {"guardian", "student"},
}
# By function: a word that is in all rows of both schools, and whom it tells which rows.
FUNCTIONS = {
    "search_users": ("@", dict.fromkeys(offices.OFFICE, PEOPLE) | SEEN),
    "search_all_users": ("@", dict.fromkeys(offices.OFFICE, PEOPLE)),
    "search_guardians": ("g", dict.fromkeys(offices.OFFICE, GUARDIANS) | OWN_GUARDIAN),
    "search_all_guardians": ("g", dict.fromkeys(offices.OFFICE, GUARDIANS)),
    "search_classes": ("class", dict.fromkeys(offices.OFFICE, CLASSES) | OWN_CLASS),
    "search_all_classes": ("class", dict.fromkeys(offices.OFFICE, CLASSES)),
    "search_assignments": ("e", dict.fromkeys(offices.PEOPLE_OFFICE, ASSIGNMENTS) | OWN_ASSIGNMENT),
    "search_all_assignments": ("e", dict.fromkeys(offices.PEOPLE_OFFICE, ASSIGNMENTS)),
    "search_invoices": ("inv", dict.fromkeys(offices.MONEY_OFFICE, INVOICES)),
}


def ids_found_by(function, term):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM app.{function}(%s) s(id)", [term])
            return {pk for (pk,) in cursor.fetchall()}
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            return set()  # who may not read the table at all
        raise


@pytest.mark.parametrize("role", ["admin", "registrar", "bursar", "teacher", "student", "guardian"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_search_finds_no_row_that_the_reader_may_not_see(cast, function, role):
    term, visible = FUNCTIONS[function]
    for school in (cast.a, cast.b):
        with tenant_context(school.tenant, getattr(school, role)):
            expected = {getattr(school, name).pk for name in visible.get(role, set())}
            assert ids_found_by(function, term) == expected


def test_the_list_has_every_search_function(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'search\\_%'")
        assert {name for (name,) in cursor.fetchall()} == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nobody_is_told_nothing(cast, function):
    assert ids_found_by(function, FUNCTIONS[function][0]) == set()


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("term", ["%", "_a_", "\\"])
def test_wildcards_are_characters_like_any_other(cast, function, term):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert ids_found_by(function, term) == set()


# What people type --------------------------------------------------------------------------------


@pytest.fixture
def people(cast):
    """Two people of school A with everything that is searched, in the office's context."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        for name, email, phone, number in [
            ("Zoë Wiśniewska", "zoe.w@mail.example", "+44 (0)20 7946-0018", "S-1042"),
            ("Sean O’Brien", "obrien@mail.example", "601 234 567", 77123),
        ]:
            User.objects.create(
                name=name,
                email=email,
                role="student",
                phone=phone,
                metadata={"student_number": number},
            )
        yield


def names(term):
    """Return the names of those whom every word of a search finds, as lists do it."""
    people = User.objects.all()
    for ids in search.find(search.split(term), ["app.search_users"]).values():
        people = people.filter(pk__in=ids)
    return list(people.values_list("name", flat=True))


ZOE, SEAN = ["Zoë Wiśniewska"], ["Sean O’Brien"]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("wisniewska", ZOE),
        ("WIŚNIEWSKA zoe", ZOE),
        ("Zoe\u0308", ZOE),
        ("s-1042", ZOE),
        ("w@mail", ZOE),
        ("020 7946 0018", ZOE),
        ("+44 20 79460018", ZOE),
        ("7946-0018", ZOE),
        ("O'Brien", SEAN),
        ("O’Brien", SEAN),
        ("O`brien Sean", SEAN),
        ("“Sean O'Brien”", SEAN),
        ("'Sean O'Brien'", SEAN),
        ("77123", SEAN),
        ("+48 601-234-567", SEAN),
        ("0601234567", SEAN),
        ("000", []),
        ("'", SEAN),
    ],
)
def test_people_are_found_by_what_is_typed(people, term, expected):
    assert names(term) == expected


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("inv-2026-0017", True),
        ("INV 2026 0017", True),
        ("inv2026", True),
        ("Inv–2026–0017", True),
        ("#2026/0017", True),
        ("INV - 17", True),
        ("60017", True),
        ("inv-2027-0017", False),
        ("20260071", False),
    ],
)
def test_an_invoice_is_found_however_its_number_is_typed(cast, term, expected):
    with tenant_context(cast.a.tenant, cast.a.admin):
        invoice = finance.invoice(invoice_number="INV-2026-0017", student=cast.a.student)
        rows = Invoice.objects.filter(pk=invoice.pk)
        for ids in search.find(search.split(term), ["app.search_invoices"]).values():
            rows = rows.filter(pk__in=ids)
        assert rows.exists() == expected


def test_a_phone_number_is_one_word_and_a_quoted_phrase_too():
    assert search.split("+44 20 7946 0018") == ["+44 20 7946 0018"]
    assert search.split("Sean O'Brien d’Arc") == ["Sean", "O'Brien", "d’Arc"]
    assert search.split('"Anna Maria" Nowak') == ["Anna Maria", "Nowak"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Ähre ", "ahre"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("D‘Ärc–Ñu", "d'arc-nu"),
    ],
)
def test_a_text_is_folded(db, text, expected):
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.folded(%s)", [text])
        assert cursor.fetchone() == (expected,)


def test_small_tables_are_searched_the_same_way(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Guardian.objects.create(name="Łucja d’Arc", phone="(020) 7946 0018")
        for path, word, count in [
            ("name", "lucja", 1),
            ("name", "D'Arc", 1),
            ("name", "%", 0),
            ("phone", "+442079460018", 1),
            ("phone", "20", 0),
            ("phone", "Arc", 0),
        ]:
            guardians = Guardian.objects.filter(search.containing(path, word))
            assert guardians.count() == count, (path, word)


# How names sort ----------------------------------------------------------------------------------


def test_names_sort_as_people_sort_them(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        for name in ["Zoe", "abe", "Ähre", "Bob"]:
            User.objects.create(name=name, email=f"{ord(name[0])}@sort.example", role="guardian")
        people = User.objects.filter(email__endswith="@sort.example")
        assert [person.name for person in people] == ["abe", "Ähre", "Bob", "Zoe"]
        assert [p.name for p in people.order_by(Folded("name"))] == ["abe", "Ähre", "Bob", "Zoe"]


def test_a_page_of_names_is_read_by_the_index(cast):
    """Sorting a school for each page is what the index is for."""
    with tenant_context(cast.a.tenant, cast.a.admin), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        plan = User.objects.filter(sort_name__gt="b")[:50].explain()
    assert ("idx_users_tenant_name" in plan, "Sort" in plan) == (True, False)
