"""One search for everything: what each role finds, that it opens, and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.rls import tenant_context
from tests.factories import academics, core, finance

pytestmark = pytest.mark.django_db
URL = reverse("admin:search")


@pytest.fixture
def ask(client, cast, sign_in):
    """Return a function that asks as a person of school A: [(kind, title)] or the whole results."""

    def ask(role, term, whole=False):
        sign_in(client, cast.a, getattr(cast.a, role))
        answer = client.get(URL, {"q": term})
        assert answer.status_code == 200
        results = answer.json()["results"]
        assert all(set(result) == {"kind", "title", "detail", "url"} for result in results)
        return results if whole else [(result["kind"], result["title"]) for result in results]

    return ask


@pytest.fixture
def emma(cast):
    """Two students and a guardian with everything that is searched."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        emma = core.user(
            name="Emma Wiśniewska", email="ew@example.com", phone="+44 20 7946 0018",
            metadata={"student_number": "S-4711"},
        )  # fmt: skip
        emil = core.user(name="Emil O’Brien", email="emil@example.com")
        mother = core.guardian(name="Łucja Nowak", phone="030 901820", email="ln@example.com")
        core.student_guardian(student=emma, guardian=mother)
        finance.invoice(student=emma, invoice_number="2031-00007")
        academics.school_class(name="Chemistry", code="CH-9", teacher=cast.a.teacher)
    return emma, emil


@pytest.mark.parametrize(
    "term",
    ["emma", "wisniewska", "WIŚNIEWSKA emma", "S-4711", "ew@example", "020 7946 0018", "nowak"],
)
def test_the_office_finds_a_person_by_what_callers_say(ask, emma, term):
    assert ("person", "Emma Wiśniewska") in ask("admin", term)


@pytest.mark.parametrize("term", ["o'brien", "O’BRIEN", "o`brien emil@example"])
def test_apostrophes_are_forgiven(ask, emma, term):
    assert ("person", "Emil O’Brien") in ask("admin", term)


def test_a_guardian_is_found_with_the_children(ask, emma):
    matches = ask("admin", "030 901820", whole=True)
    assert [(r["title"], r["detail"]) for r in matches if r["kind"] == "person"] == [
        ("Łucja Nowak", "Guardian · 030 901820"),
        ("Emma Wiśniewska", "Student · S-4711 · guardian: Łucja Nowak"),
    ]


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("admin", {"person", "invoice", "action"}),
        ("registrar", {"person", "action"}),
        ("bursar", {"person", "invoice", "action"}),
    ],
)
def test_each_office_finds_its_own(ask, emma, role, kinds):
    matches = ask(role, "emma")
    assert {kind for kind, _title in matches} == kinds
    actions = {title for kind, title in matches if kind == "action"}
    money = {"Take a payment from Emma Wiśniewska", "New invoice for Emma Wiśniewska"}
    assert (money <= actions) == (role != "registrar")
    assert ("Enroll Emma Wiśniewska" in actions) == (role != "bursar")


@pytest.mark.parametrize("role", ["registrar", "teacher"])
def test_no_word_finds_money_for_who_has_none(ask, emma, role):
    for term in ("2031-00007", "2031", "new invoice for emma", "invoice"):
        assert [r for r in ask(role, term, whole=True) if "finance" in r["url"]] == []


def test_invoices_are_found_by_their_number(ask, emma):
    assert ask("bursar", "2031 00007")[0] == ("invoice", "2031-00007")


@pytest.mark.parametrize("role", ["admin", "registrar", "bursar", "teacher"])
def test_classes_are_found_by_name_and_code(ask, emma, role):
    for term in ("chemis", "ch-9"):
        assert ("class", "Chemistry (CH-9)") in ask(role, term)


def test_a_teacher_finds_own_students_and_nobody_elses(ask, cast):
    assert [t for kind, t in ask("teacher", "student") if kind == "person"][:1] == ["Student"]
    assert "Other_Student" not in [title for _kind, title in ask("teacher", "student")]


def test_nothing_of_another_school_is_found(ask, cast):
    for term in ("school-b", str(cast.b.student.email), "Student", "INV", "Class"):
        foreign = {str(row.pk) for row in (cast.b.student, cast.b.invoice, cast.b.school_class)}
        urls = " ".join(r["url"] for r in ask("admin", term, whole=True))
        assert [pk for pk in foreign if pk in urls] == []


@pytest.mark.parametrize(
    ("term", "first"),
    [
        ("new invoice for emma", "New invoice for Emma Wiśniewska"),
        ("NEW INVOICE emma", "New invoice for Emma Wiśniewska"),
        ("enroll emma", "Enroll Emma Wiśniewska"),
        ("take a payment", "Take a payment"),
    ],
)
def test_what_somebody_wants_to_do_comes_first(ask, emma, term, first):
    assert ask("admin", term)[0][1] == first


@pytest.mark.parametrize("role", ["admin", "registrar", "bursar", "teacher"])
def test_whatever_is_found_opens(client, cast, ask, emma, role):
    for term in ("", "student", "emma", "INV", "class", "new invoice for student", "a"):
        for result in ask(role, term, whole=True):
            assert client.get(result["url"], follow=True).status_code == 200, result


def test_pages_are_those_of_the_reader(ask):
    assert ("page", "Settings for money") in ask("bursar", "money")
    assert ask("registrar", "money") == []
    assert ("page", "Attendance") in ask("teacher", "attendance")
    assert ask("bursar", "attendance") == []


def test_without_words_there_are_pages_to_begin_with(ask):
    matches = ask("admin", "")
    assert matches[0] == ("page", "Dashboard")
    assert {kind for kind, _title in matches} == {"page"}
    assert len(matches) <= 20


ODD = [
    "'; drop table users; --",
    "%",
    "_",
    "\\",
    '"',
    "“",
    "  ",
    "x" * 5000,
    "🙂",
]


@pytest.mark.parametrize("term", [*ODD, "new invoice for", "enroll '", "1 2 3 4 5 6 7 8 9"])
@pytest.mark.parametrize("role", ["admin", "teacher"])
def test_whatever_is_typed_gets_an_answer(ask, role, term):
    assert len(ask(role, term)) <= 20


@pytest.mark.parametrize("term", ["\x00", "a\x00b"])
def test_what_no_text_contains_is_refused(client, cast, sign_in, term):
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(URL, {"q": term}).status_code == 400


def test_a_lone_percent_sign_is_a_character(ask, emma):
    assert ask("admin", "%") == []


@pytest.mark.parametrize("who", ["nobody", "student", "guardian"])
def test_strangers_are_sent_away(client, cast, sign_in, who):
    client.defaults["HTTP_HOST"] = cast.a.host
    if who != "nobody":
        sign_in(client, cast.a, getattr(cast.a, who))
    assert client.get(URL, {"q": "student"}).status_code == 302


def test_it_is_read_only_and_never_kept(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    assert client.post(URL).status_code == 405
    assert "no-store" in client.get(URL).headers["Cache-Control"]


def test_it_takes_as_many_queries_for_three_as_for_one(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    client.get(URL, {"q": "zelda"})
    counts = []
    for names in (["Zelda"], ["Zelda B", "Zelda C"]):
        with tenant_context(cast.a.tenant, cast.a.admin):
            for name in names:
                core.user(name=name)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL, {"q": "zelda"}).json()["results"]
        counts.append(len(queries))
    assert counts[0] == counts[1]
