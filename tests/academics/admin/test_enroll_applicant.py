"""An accepted application becomes a student, once and whole."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.models import Application, Enrollment
from academics.services import admission
from academics.services import applications as service
from core.models import Guardian, StudentGuardian, User
from core.rls import tenant_context
from tests.academics.admin.test_register import messages_of
from tests.factories import academics, core
from tests.pages import shown


@pytest.fixture
def school(cast):
    return cast.a


@pytest.fixture
def office(school, client, sign_in):
    return sign_in(client, school, school.admin)


def as_admin(school):
    return tenant_context(school.tenant, school.admin)


def accepted(school, **fields):
    """An application of Ada Novak that was accepted."""
    given = {
        "status": "applied",
        "last_name": "Novak",
        "birth_date": "2015-05-03",
        "entry_date": "2026-09-01",
        "guardian_name": "Eva Novak",
        "guardian_email": "eva@novak.example",
        "guardian_phone": "+1 555 0142",
        "guardian_relation": "mother",
        "record": {"locker": "17"},
    }
    with as_admin(school):
        row = academics.application(**(given | fields))
        service.move(row, "accepted")
    return row


def page(row):
    return reverse("admin:application_enroll", args=[row.pk])


def sent(response):
    """Return what a browser sends when the page is sent as it was filled in."""
    form = response.context["form"]
    data = {}
    for field in form:
        value = field.value()
        if value not in (None, False, ""):
            data[field.html_name] = value
    return data


def students(school):
    with as_admin(school):
        return [*User.objects.students().filter(name__contains="Novak").order_by("name")]


def status_of(school, row):
    with as_admin(school):
        return Application.objects.get(pk=row.pk).status


# --- the whole of it ----------------------------------------------------------------------------
def test_nothing_is_typed_again(school, office):
    row = accepted(school)
    answer = office.post(page(row), sent(office.get(page(row))))
    assert answer.headers["Location"] == reverse("admin:application", args=[row.pk])
    assert messages_of(answer) == ["Ada Novak is a student now."]
    [student] = students(school)
    kept = student.metadata
    assert {name: kept.get(name) for name in ("first_name", "birth_date", "entry_date")} == {
        "first_name": "Ada",
        "birth_date": "2015-05-03",
        "entry_date": "2026-09-01",
    }
    assert (kept["locker"], student.has_placeholder_email) == ("17", True)
    with as_admin(school):
        link = StudentGuardian.objects.select_related("guardian").get(student=student)
        row.refresh_from_db()
    assert (link.guardian.name, link.guardian.email, link.guardian.phone, link.relation) == (
        "Eva Novak",
        "eva@novak.example",
        "+1 555 0142",
        "mother",
    )
    assert (link.has_custody, link.is_emergency_contact) == (True, True)
    assert (row.status, row.student_id, row.decided_by_id) == (
        "enrolled",
        student.pk,
        school.admin.pk,
    )
    profile = reverse("admin:student_profile", args=[student.pk])
    assert profile in office.get(answer.headers["Location"]).content.decode()
    assert answer.headers["Location"] in office.get(profile).content.decode()


def test_a_registrar_enrolls_in_classes(school, client, sign_in):
    office = sign_in(client, school, school.registrar)
    row = accepted(school)
    data = sent(office.get(page(row))) | {"classes": [school.school_class.pk], "email": "ada@x.org"}
    answer = office.post(page(row), data)
    assert f"Enrolled in {school.school_class}." in messages_of(answer)
    [student] = students(school)
    assert student.email == "ada@x.org"
    with as_admin(school):
        assert Enrollment.objects.filter(student=student, status="active").count() == 1


def test_a_full_class_keeps_all_of_it_back_or_is_waited_for(school, office):
    with as_admin(school):
        full = academics.school_class(teacher=school.teacher, capacity=1)
        academics.enrollment(student=school.student, school_class=full)
    row = accepted(school)
    data = sent(office.get(page(row))) | {"classes": [full.pk]}
    answer = office.post(page(row), data)
    assert (answer.status_code, students(school), status_of(school, row)) == (400, [], "accepted")
    assert f"{full.name} is full." in shown(answer)
    with as_admin(school):
        assert not Guardian.objects.filter(name="Eva Novak").exists()
    answer = office.post(page(row), data | {"waitlist": "on"})
    assert f"Waits for a seat in {full}." in messages_of(answer)
    assert len(students(school)) == 1


# --- no twins -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "fields",
    [{"guardian_email": "EVA.OLD@novak.example"}, {"guardian_email": None}],
)
def test_a_guardian_whom_the_school_knows_is_offered(school, office, fields):
    with as_admin(school):
        known = core.guardian(name="E. Novak", email="eva.old@novak.example", phone="1 (555) 0142")
    row = accepted(school, **fields)
    response = office.get(page(row))
    assert "E. Novak, whom the school knows already" in shown(response)
    office.post(page(row), sent(response))
    with as_admin(school):
        assert [each.guardian_id for each in known.links.all()] == [known.pk]
        assert not Guardian.objects.filter(name="Eva Novak").exists()


def test_the_office_may_take_somebody_new_all_the_same(school, office):
    with as_admin(school):
        core.guardian(name="E. Novak", email="eva@novak.example")
    row = accepted(school)
    office.post(page(row), sent(office.get(page(row))) | {"guardian": "new"})
    with as_admin(school):
        assert Guardian.objects.filter(name="Eva Novak").count() == 1


def test_a_guardian_of_another_school_is_no_choice(cast, school, office):
    row = accepted(school)
    data = sent(office.get(page(row))) | {"guardian": str(cast.b.guardian_record.pk)}
    assert office.post(page(row), data).status_code == 400
    assert students(school) == []


@pytest.mark.parametrize(
    ("name", "born", "is_twin"),
    [
        ("Áda Novák", "2015-05-03", True),
        ("Adele Novak", "2015-05-03", True),  # one part, and the day
        ("Ada Novak", None, True),
        ("Ada Novak", "2014-01-01", False),
        ("Ada Other", None, False),
        ("Zoe Other", "2015-05-03", False),
    ],
)
def test_students_with_a_like_name_and_birth_date(school, name, born, is_twin):
    row = accepted(school)
    with as_admin(school):
        row.refresh_from_db()
        twin = core.user(name=name, metadata={"birth_date": born} if born else {})
        assert admission.twins(row) == ([twin] if is_twin else [])


def test_a_twin_is_shown_first(school, office):
    row = accepted(school)
    with as_admin(school):
        core.user(name="Ada Novak", metadata={"birth_date": "2015-05-03"}, status="archived")
    response = office.get(page(row))
    assert "Is it one of them?" in shown(response)
    answer = office.post(page(row), sent(response))
    assert (answer.status_code, len(students(school))) == (400, 1)
    assert "Look at the students above first" in shown(answer)
    office.post(page(row), sent(response) | {"is_another": "on"})
    assert len(students(school)) == 2


# --- refusals -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"email": "{taken}"}, "Someone at this school already has this e-mail address."),
        ({"record_birth_date": "soon"}, "“soon” is not a date"),
        ({"relation": "boss"}, "Select a valid choice."),
        ({"classes": ["junk"]}, "“junk” is not a valid"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_made(school, office, fields, sentence):
    row = accepted(school)
    data = sent(office.get(page(row))) | fields
    if data.get("email") == "{taken}":
        data["email"] = school.student.email
    answer = office.post(page(row), data)
    assert (answer.status_code, students(school)) == (400, [])
    assert sentence in shown(answer)


def test_it_happens_once(school, office):
    row = accepted(school)
    data = sent(office.get(page(row)))
    office.post(page(row), data)
    answer = office.post(page(row), data)
    assert messages_of(answer)[-1] == "Accept the application first."
    assert len(students(school)) == 1
    [student] = students(school)
    with as_admin(school):
        row.refresh_from_db()
        with pytest.raises(admission.NotAccepted):
            admission.enroll(application=row, email="", record={}, family=admission.Family())
        assert row.student_id == student.pk


@pytest.mark.parametrize(
    ("who", "status"), [("registrar", 200), ("bursar", 403), ("teacher", 403), ("student", 302)]
)
def test_the_page_by_role(school, client, sign_in, who, status):
    row = accepted(school)
    sign_in(client, school, getattr(school, who))
    assert client.get(page(row)).status_code == status
    if status != 200:
        client.post(page(row), {"guardian": "new", "relation": "mother"})
        assert students(school) == []


def test_another_schools_is_missing(cast, office):
    row = accepted(cast.b)
    assert office.get(page(row)).status_code == 404
    assert office.post(page(row), {"guardian": "new"}).status_code == 404


def test_the_page_asks_as_much_with_three_twins_as_with_one(school, office):
    row = accepted(school)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert office.get(page(row)).status_code == 200
        return len(captured)

    with as_admin(school):
        core.user(name="Ada Novak")
    queries()
    before = queries()
    with as_admin(school):
        for _number in range(2):
            core.user(name="Ada Novak")
    assert queries() == before
