"""Admission in the office: the list by status, one application with its steps, and its papers."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from academics.models import Application, ApplicationDocument
from academics.services import applications as service
from core.models import Mail
from core.rls import tenant_context
from core.services import mail, school_settings
from tests.academics.admin.test_register import messages_of
from tests.factories import academics
from tests.pages import shown

LIST, ADD = reverse("admin:applications"), reverse("admin:application_add")
POSTS = ["move", "ask", "notes", "documents", "delete"]


@pytest.fixture
def school(cast):
    return cast.a


@pytest.fixture
def office(school, client, sign_in):
    return sign_in(client, school, school.admin)


def as_admin(school):
    return tenant_context(school.tenant, school.admin)


def page(name, row, *args):
    ending = f"_{name}" if name else ""
    return reverse(f"admin:application{ending}", args=[getattr(row, "pk", row), *args])


def fresh(school, row):
    with as_admin(school):
        return Application.objects.get(pk=row.pk)


def entered(**fields):
    given = {
        "first_name": "Ada",
        "last_name": "Novak",
        "birth_date": "3 May 2014",
        "guardian_name": "Eva Novak",
        "guardian_relation": "mother",
        "guardian_email": "eva@novak.example",
        "status": "inquiry",
    }
    return given | fields


# --- who may ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200),
        ("registrar", 200),
        ("bursar", 403),
        ("teacher", 403),
        ("student", 302),
        ("guardian", 302),
    ],
)
def test_the_pages_by_role(school, client, sign_in, who, status):
    sign_in(client, school, getattr(school, who))
    row = school.application
    for address in (LIST, ADD, page("", row), page("edit", row)):
        assert client.get(address).status_code == status
    if status != 200:
        for name in POSTS:
            assert client.post(page(name, row), {"to": "applied"}).status_code == status
        assert fresh(school, row).status == "inquiry"


@pytest.mark.parametrize("name", ["", "edit"])
def test_another_schools_application_is_missing(cast, office, name):
    assert office.get(page(name, cast.b.application)).status_code == 404
    assert office.get(page(name, uuid.uuid4())).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_nothing_is_done_to_another_schools(cast, office, name):
    assert office.post(page(name, cast.b.application), {"to": "applied"}).status_code == 404
    assert fresh(cast.b, cast.b.application).status == "inquiry"


# --- the list -----------------------------------------------------------------------------------
def test_the_list_counts_each_status(school, office):
    with as_admin(school):
        academics.application(status="applied", first_name="Bo", guardian_phone="555 0177")
        service.move(academics.application(first_name="Cy"), "withdrawn")
    text = shown(office.get(LIST))
    for label, number in (
        ("Open", 2),
        ("Inquiry", 1),
        ("Applied", 1),
        ("Withdrawn", 1),
        ("All", 3),
    ):
        assert f'{label} <span class="adm__count">{number}</span>' in text
    assert ("Rita Applicant" in text, "Bo Applicant" in text, "Cy Applicant" in text) == (
        True,
        True,
        False,
    )
    assert "Cy Applicant" in shown(office.get(LIST, {"status": "withdrawn"}))
    assert "Rita Applicant" not in shown(office.get(LIST, {"q": "0177"}))
    assert "Bo Applicant" in shown(office.get(LIST, {"q": "bo 0177", "status": "junk"}))
    assert "Look in all" in shown(office.get(LIST, {"q": "Nobody"}))


def test_the_list_asks_as_much_for_three_as_for_one(school, office):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert office.get(LIST).status_code == 200
        return len(captured)

    queries()
    before = queries()
    with as_admin(school):
        for _number in range(3):
            academics.application()
    assert queries() == before


# --- entering -----------------------------------------------------------------------------------
def test_the_office_enters_and_puts_right(school, office):
    answer = office.post(ADD, entered(record_club="Chess", status="applied"))
    assert answer.status_code == 302
    with as_admin(school):
        row = Application.objects.get(last_name="Novak")
    assert (row.status, row.source, row.entered_by_id) == ("applied", "office", school.admin.pk)
    assert (str(row.birth_date), row.record) == ("2014-05-03", {"club": "Chess"})
    text = shown(office.get(page("", row)))
    assert "Chess" in text
    office.post(page("edit", row), entered(last_name="Nováková", record_club=""))
    row = fresh(school, row)
    assert (row.last_name, row.record, row.status) == ("Nováková", {}, "applied")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"first_name": " "}, "This field is required."),
        ({"guardian_email": ""}, "Write an e-mail address or a phone number"),
        ({"guardian_email": "nobody"}, "This is not a valid e-mail address."),
        ({"birth_date": "soon"}, "“soon” is not a date"),
        ({"birth_date": "1 Jan 1066"}, "The days must lie between the years 1900 and 9000."),
        ({"status": "enrolled"}, "enrolled is not one of the available choices."),
        ({"last_name": "x" * 101}, "at most 100 characters"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(office, fields, sentence):
    answer = office.post(ADD, entered(**fields))
    assert answer.status_code == 400
    assert sentence in shown(answer)


# --- steps --------------------------------------------------------------------------------------
def test_the_steps_in_python_are_those_of_the_database(school):
    with as_admin(school), connection.cursor() as cursor:
        for status in Application.Status.values:
            cursor.execute(
                "SELECT array_agg(s) FROM unnest(%s::text[]) s WHERE app.may_follow(%s, s)",
                [Application.Status.values, status],
            )
            allowed = {*(cursor.fetchone()[0] or [])} - {"enrolled"}
            assert {*service.NEXT.get(status, ())} == allowed


def test_an_inquiry_becomes_a_place(school, office):
    row = school.application
    for status, sentence in (("applied", "has applied"), ("accepted", "is accepted")):
        answer = office.post(page("move", row), {"to": status})
        assert sentence in messages_of(answer)[-1]
        assert fresh(school, row).status == status
    assert fresh(school, row).decided_by_id == school.admin.pk


def test_declining_wants_a_reason(school, office):
    row = school.application
    answer = office.post(page("move", row), {"to": "declined", "reason": "  "})
    assert (answer.status_code, fresh(school, row).status) == (400, "inquiry")
    assert "Say why it is declined." in shown(answer)
    office.post(page("move", row), {"to": "declined", "reason": "No places"})
    row = fresh(school, row)
    assert (row.status, row.reason) == ("declined", "No places")
    office.post(page("move", row), {"to": "applied"})
    assert fresh(school, row).status == "applied"


@pytest.mark.parametrize("status", ["accepted", "enrolled", "junk", ""])
def test_no_step_is_skipped(school, office, status):
    answer = office.post(page("move", school.application), {"to": status})
    assert "look at it again" in messages_of(answer)[0]
    assert fresh(school, school.application).status == "inquiry"


def test_notes_stay_with_the_office(school, office):
    office.post(page("notes", school.application), {"notes": "  Called twice.  "})
    assert fresh(school, school.application).notes == "Called twice."
    assert office.post(page("notes", school.application), {"notes": "x" * 10001}).status_code == 400


def test_rubbish_is_deleted_and_a_students_way_stays(school, office):
    with as_admin(school):
        row = academics.application(status="applied")
        service.move(row, "accepted")
        Application.objects.filter(pk=row.pk).update(status="enrolled", student=school.student)
    office.post(page("delete", row))
    office.post(page("delete", school.application))
    with as_admin(school):
        assert [*Application.objects.all()] == [row]
    profile = office.get(reverse("admin:student_profile", args=[school.student.pk]))
    assert page("", row) in profile.content.decode()


# --- papers -------------------------------------------------------------------------------------
def test_the_family_is_asked_for_papers(school, office, django_capture_on_commit_callbacks):
    row = school.application
    assert "Birth certificate" in shown(office.get(page("", row)))
    assert office.post(page("ask", row), {"documents_asked": " "}).status_code == 400
    office.post(page("ask", row), {"documents_asked": "The passport"})
    with as_admin(school):
        sent = Mail.objects.get(kind=service.ASKED)
        assert sent.address == row.guardian_email
    mail.deliver(school.tenant.pk, sent.pk)
    [message] = outbox.outbox
    assert message.subject == "Documents for the application of Rita Applicant"
    assert "The passport" in message.body
    assert "Asked for on" in shown(office.get(page("", row)))


def test_who_has_no_address_is_called(school, office):
    with as_admin(school):
        row = academics.application(guardian_email=None, guardian_phone="555 0100")
    answer = office.post(page("ask", row), {"documents_asked": "The passport"})
    assert "call" in messages_of(answer)[0]
    with as_admin(school):
        assert not Mail.objects.filter(kind=service.ASKED).exists()


def test_papers_come_and_go(school, office, django_capture_on_commit_callbacks):
    row = school.application
    upload = SimpleUploadedFile("passport.txt", b"Rita")
    office.post(page("documents", row), {"documents": [upload]})
    with as_admin(school):
        document = ApplicationDocument.objects.get(filename="passport.txt")
        assert document.uploaded_by_id == school.admin.pk
        assert default_storage.exists(document.stored_name)
    answer = office.get(reverse("application_document", args=[document.pk]))
    assert b"".join(answer.streaming_content) == b"Rita"
    assert "attachment" in answer.headers["Content-Disposition"]
    with django_capture_on_commit_callbacks(execute=True):
        office.post(page("document_remove", row, document.pk))
    with as_admin(school):
        assert not ApplicationDocument.objects.filter(pk=document.pk).exists()
        assert not default_storage.exists(document.stored_name)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("page.html", b"<script>", "is not a kind of file"),
        ("photo.png", b"no picture", "does not hold what its name says"),
        ("book.zip", b"PK\x05\x06" + b"\0" * 18, "book.zip"),
        ("empty.txt", b"", "is empty"),
    ],
)
def test_what_is_no_letter_is_refused(school, office, name, content, sentence):
    upload = SimpleUploadedFile(name, content)
    answer = office.post(page("documents", school.application), {"documents": [upload]})
    assert answer.status_code == 400
    assert sentence in shown(answer)
    assert office.post(page("documents", school.application)).status_code == 400


@pytest.mark.parametrize(
    ("who", "status"), [("registrar", 404), ("bursar", 403), ("teacher", 403), ("guardian", 403)]
)
def test_papers_are_the_offices(cast, client, sign_in, who, status):
    """The registrar may, and finds no file: the cast's rows have none."""
    sign_in(client, cast.a, getattr(cast.a, who))
    address = reverse("application_document", args=[cast.a.application_document.pk])
    assert client.get(address).status_code == status


def test_a_stranger_signs_in_first(cast, client):
    address = reverse("application_document", args=[cast.a.application_document.pk])
    answer = client.get(address, HTTP_HOST=cast.a.host)
    assert answer.status_code == 302
    assert reverse("login") in answer.headers["Location"]


# --- retention ----------------------------------------------------------------------------------
def test_a_school_chooses_how_long_it_keeps_them(school):
    then = timezone.now() - timedelta(days=100)
    with tenant_context(school.tenant, role="admin"):
        row = academics.application(status="applied", received_at=then)
        fields = {"status": "declined", "reason": "full", "decided_at": then}
        Application.objects.filter(pk=row.pk).update(**fields)
        school_settings.save(school.tenant, {"kept_application_months": 3})
    assert service.forget_old() == 1


@pytest.mark.parametrize(
    ("status", "days", "stays"),
    [
        ("declined", 800, False),
        ("withdrawn", 800, False),
        ("declined", 700, True),
        ("accepted", 800, True),
        ("applied", 800, True),
    ],
)
def test_what_came_to_nothing_is_forgotten(school, status, days, stays):
    then = timezone.now() - timedelta(days=days)
    with tenant_context(school.tenant, role="admin"):
        row = academics.application(status="applied", received_at=then)
        academics.application_document(application=row)
        if status != "applied":
            fields = {"status": status, "reason": "full", "decided_at": then}
            Application.objects.filter(pk=row.pk).update(**fields)
    assert service.forget_old() == (0 if stays else 1)
    with as_admin(school):
        assert Application.objects.filter(pk=row.pk).exists() == stays
        assert ApplicationDocument.objects.filter(application_id=row.pk).exists() == stays
