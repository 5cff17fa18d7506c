"""The form by which families apply: where the school wants it, closed to robots and readers."""

import uuid

import pytest
from django.core import mail as outbox
from django.db import connection
from django.urls import reverse

from academics import admission_settings
from academics.models import Application
from academics.services import applying
from core import rls
from core.models import Mail, PersonField
from core.rls import tenant_context
from core.services import mail, school_settings, throttle
from tests.pages import shown
from tests.refusals import refused_by

URL, THANKS = reverse("apply"), reverse("apply_thanks")


def set_up(school, **values):
    with tenant_context(school.tenant, school.admin):
        school_settings.save(school.tenant, {admission_settings.OPEN: True} | values)


@pytest.fixture
def school(cast):
    """School A, which takes applications."""
    set_up(cast.a)
    return cast.a


@pytest.fixture
def family(school, client):
    client.defaults["HTTP_HOST"] = school.host
    return client


def token(school, age=60):
    with tenant_context(school.tenant):
        return applying.new_token(age=age)


def filled(school, **fields):
    given = {
        "page": token(school),
        "status": "applied",
        "first_name": "Ada",
        "last_name": "Novak",
        "birth_date": "2015-05-03",
        "level": "Year 7",
        "guardian_name": "Eva Novak",
        "guardian_relation": "mother",
        "guardian_email": "eva@novak.example",
        "message": "May we visit you?",
    }
    return given | fields


def rows(school):
    with tenant_context(school.tenant, school.admin):
        return [*Application.objects.filter(source="form")]


# --- open and closed ----------------------------------------------------------------------------
@pytest.mark.parametrize("value", [None, False, "yes", 1])
def test_it_is_not_there_unless_the_school_wants_it(cast, client, value):
    set_up(cast.a, **{admission_settings.OPEN: value})
    for address in (URL, THANKS):
        assert client.get(address, HTTP_HOST=cast.a.host).status_code == 404
    data = filled(cast.a)
    assert client.post(URL, data, HTTP_HOST=cast.a.host).status_code == 404
    assert rows(cast.a) == []


def test_another_schools_form_stays_closed(cast, school, client):
    assert client.get(URL, HTTP_HOST=cast.b.host).status_code == 404


def test_an_application_arrives(school, family):
    answer = family.get(URL)
    assert (answer.status_code, answer.headers["Cache-Control"][:7]) == (200, "max-age")
    answer = family.post(URL, filled(school))
    assert answer.headers["Location"] == THANKS
    assert "It has arrived at School A." in shown(family.get(THANKS))
    [row] = rows(school)
    assert (row.name, row.status, row.level, row.message) == (
        "Ada Novak",
        "applied",
        "Year 7",
        "May we visit you?",
    )
    assert (str(row.birth_date), row.guardian_relation, row.entered_by_id) == (
        "2015-05-03",
        "mother",
        None,
    )


def test_a_question_is_an_inquiry(school, family):
    family.post(URL, filled(school, status="inquiry"))
    assert [row.status for row in rows(school)] == ["inquiry"]


@pytest.mark.parametrize("who", ["admin", "guardian", "student", "teacher"])
def test_who_is_signed_in_may_apply_too(school, client, sign_in, who):
    sign_in(client, school, getattr(school, who))
    assert client.get(URL).status_code == 200
    assert client.post(URL, filled(school)).headers["Location"] == THANKS
    [row] = rows(school)
    assert row.entered_by_id is None


def test_the_form_asks_what_the_school_wants(school, family):
    set_up(school, **{admission_settings.FIELDS: ["locker", "seat", "unknown", "first_name"]})
    text = shown(family.get(URL))
    assert ("record_locker" in text, "record_seat" in text, "record_club" in text) == (
        True,
        True,
        False,
    )
    family.post(URL, filled(school, record_locker="17", record_club="Chess"))
    assert [row.record for row in rows(school)] == [{"locker": "17"}]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"first_name": ""}, "This field is required."),
        ({"last_name": "see www.shop.example"}, "Leave out addresses of web pages here."),
        ({"birth_date": "2999-01-01"}, "Look at the year again."),
        ({"birth_date": "soon"}, "“soon” is not a date"),
        ({"entry_date": "2999-01-01"}, "Look at the year again."),
        ({"guardian_email": ""}, "Write an e-mail address or a phone number"),
        ({"guardian_email": "eva"}, "Enter a valid email address."),
        ({"guardian_email": "o'neil@novak.example"}, "This is not a valid e-mail address."),
        ({"guardian_phone": "call me"}, "Write a phone number"),
        ({"guardian_relation": "boss"}, "Select a valid choice."),
        ({"status": "enrolled"}, "Select a valid choice."),
        ({"message": "x" * 4001}, "at most 4000 characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(school, family, fields, sentence):
    answer = family.post(URL, filled(school, **fields))
    assert answer.status_code == 400
    assert sentence in shown(answer)
    assert "Eva Novak" in answer.content.decode()
    assert rows(school) == []


# --- robots -------------------------------------------------------------------------------------
def test_the_field_that_nobody_sees(school, family):
    assert family.post(URL, filled(school, website="x")).headers["Location"] == THANKS
    assert rows(school) == []


def test_nobody_writes_that_fast(school, family):
    quick = token(school, age=0)
    answer = family.post(URL, filled(school, page=quick))
    assert (answer.status_code, rows(school)) == (400, [])
    assert "faster than anybody can write" in shown(answer)
    assert quick in answer.content.decode()


def test_an_old_page_is_sent_once_more(cast, school, family):
    for bad in (token(school, age=applying.LONGEST + 60), token(cast.b), "junk", ""):
        answer = family.post(URL, filled(school, page=bad))
        assert "was open for too long" in shown(answer)
        again = answer.context["page"]
        assert rows(school) == []
    assert family.post(URL, filled(school, page=again)).headers["Location"] == THANKS
    assert len(rows(school)) == 1


def test_sent_twice_it_is_one_and_a_sibling_is_another(school, family):
    data = filled(school)
    for fields in ({}, {}, {"first_name": "Ben"}):
        assert family.post(URL, data | fields).headers["Location"] == THANKS
    assert sorted(row.first_name for row in rows(school)) == ["Ada", "Ben"]


def test_an_address_sends_so_many(school, family, monkeypatch):
    monkeypatch.setitem(throttle.MOST_APPLICATIONS, "source", 2)
    answers = [family.post(URL, filled(school, first_name=f"Ada {n}")) for n in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "again in a quarter of an hour" in shown(answers[-1])
    assert family.post(URL, filled(school), REMOTE_ADDR="192.0.2.9").status_code == 302
    monkeypatch.setitem(throttle.MOST_APPLICATIONS, "account", 3)
    answer = family.post(URL, filled(school, first_name="Bo"), REMOTE_ADDR="192.0.2.10")
    assert answer.status_code == 429
    assert len(rows(school)) == 3


def test_a_school_takes_so_many_a_day(school, family):
    with tenant_context(school.tenant, role="admin"):
        Application.objects.bulk_create(
            Application(
                first_name="A", last_name="B", guardian_name="C", guardian_phone="1", source="form"
            )
            for _number in range(300)
        )
    answer = family.post(URL, filled(school))
    assert answer.status_code == 400
    assert "Please call the school." in shown(answer)


# --- mails --------------------------------------------------------------------------------------
def sent(school, kind):
    with tenant_context(school.tenant, school.admin):
        return [*Mail.objects.filter(kind=kind)]


def test_the_family_and_the_office_are_told(school, family):
    set_up(school, **{admission_settings.NOTIFY: True})
    family.post(URL, filled(school, last_name="Click here"))
    [received], [arrived] = sent(school, applying.RECEIVED), sent(school, applying.ARRIVED)
    assert (received.address, arrived.address) == (
        "eva@novak.example",
        school.tenant.contact_email,
    )
    for row in (received, arrived):
        mail.deliver(school.tenant.pk, row.pk)
    to_family, to_office = outbox.outbox
    text = to_family.subject + to_family.body
    assert [word for word in ("Click here", "Eva", "http") if word in text] == []
    assert reverse("admin:application", args=[rows(school)[0].pk]) in to_office.body


def test_a_strangers_address_gets_one_mail_a_day(school, family):
    for name in ("Ada", "Ben", "Cy"):
        family.post(URL, filled(school, first_name=name, guardian_email="Eva@novak.example"))
    assert len(sent(school, applying.RECEIVED)) == 1
    assert sent(school, applying.ARRIVED) == []
    assert len(rows(school)) == 3


# --- attacks ------------------------------------------------------------------------------------
GIVEN = (
    '{"first_name": "A", "last_name": "B", "guardian_name": "C", "guardian_phone": "1",'
    ' "guardian_relation": "mother", "status": "enrolled", "source": "office", "notes": "x",'
    ' "record": {"locker": "17", "club": "Chess", "seat": ["no text"]}}'
)


def call(key=None):
    with connection.cursor() as cursor:
        cursor.execute(applying.APPLY, [key or uuid.uuid4(), GIVEN])
        return cursor.fetchone()


@pytest.mark.parametrize("who", ["admin", "registrar", "teacher", "student", "guardian"])
def test_who_is_signed_in_does_not_write_by_it(school, who):
    with tenant_context(school.tenant, getattr(school, who)):
        with refused_by("privilege"):
            call()
        with refused_by("privilege"), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM app.admission_fields()")


@pytest.mark.parametrize("who", ["admin", "teacher", "guardian"])
def test_a_query_of_who_is_signed_in_does_not_reach_it(school, who):
    """Not even as the application itself, whose right it is."""
    with tenant_context(school.tenant, getattr(school, who)), rls.as_application():
        with refused_by("admission_closed"):
            call()
        assert [*PersonField.objects.raw("SELECT * FROM app.admission_fields()")] == []
    assert rows(school) == []


def test_a_strangers_role_writes_nothing_else(school):
    with tenant_context(school.tenant), refused_by("privilege"), connection.cursor() as cursor:
        cursor.execute("INSERT INTO applications (first_name) VALUES ('x')")


def test_what_a_program_sends_is_held_to_the_form(school):
    set_up(school, **{admission_settings.FIELDS: ["locker", "seat"]})
    with tenant_context(school.tenant), rls.as_nobody():
        assert call() == (None, None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM applications")
            assert cursor.fetchone() == (0,)
    [row] = rows(school)
    assert (row.status, row.source, row.notes, row.record) == (
        "applied",
        "form",
        None,
        {"locker": "17"},
    )


def test_the_database_knows_itself_that_it_is_closed(cast, school):
    with tenant_context(cast.b.tenant), rls.as_nobody():
        with refused_by("admission_closed"):
            call()
        assert [*PersonField.objects.raw("SELECT * FROM app.admission_fields()")] == []
    assert rows(cast.b) == []


# --- settings -----------------------------------------------------------------------------------
SETTINGS = reverse("admin:admission_settings")


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("registrar", 403), ("bursar", 403), ("teacher", 403)]
)
def test_the_settings_are_the_admins(cast, client, sign_in, who, status):
    sign_in(client, cast.a, getattr(cast.a, who))
    assert client.get(SETTINGS).status_code == status


def test_an_admin_opens_the_form_and_closes_it(cast, client, sign_in):
    office = sign_in(client, cast.a, cast.a.admin)
    data = {"admission_open": "on", "admission_intro": "Until May.", "admission_fields": ["seat"]}
    assert office.post(SETTINGS, data).status_code == 302
    assert f"{cast.a.host}{URL}" in shown(office.get(SETTINGS))
    text = shown(office.get(URL))
    assert ("Until May." in text, "record_seat" in text) == (True, True)
    assert office.post(SETTINGS, {"admission_fields": ["junk"]}).status_code == 400
    assert office.post(SETTINGS, {"admission_intro": ""}).status_code == 302
    assert office.get(URL).status_code == 404
