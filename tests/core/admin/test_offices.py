"""What a registrar and a bursar meet in the admin's pages: their work, and no way to more."""

import pytest
from django.urls import reverse

from core.models import User
from core.rls import tenant_context
from school.navigation import navigation

pytestmark = pytest.mark.django_db
LIST = reverse("admin:core_user_changelist")
PASSWORD = dict.fromkeys(("password1", "password2"), "a-good-long-one") | {"_form_submitted": "1"}
ADD = reverse("admin:core_user_add")


def change(person):
    return reverse("admin:core_user_change", args=[person.pk])


def fields(person, **given):
    return {"name": person.name, "email": person.email, "status": person.status} | given


def role_of(cast, person):
    with tenant_context(cast.a.tenant, cast.a.admin):
        return User.objects.get(pk=person.pk).role


@pytest.fixture
def registrar(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.registrar)


def test_a_registrar_is_offered_the_roles_that_they_may_give(registrar):
    field = registrar.get(ADD).context["adminform"].form.fields["role"]
    assert [value for value, _label in field.choices if value] == ["teacher", "student", "guardian"]


@pytest.mark.parametrize("role", ["admin", "registrar", "bursar"])
def test_a_registrar_adds_nobody_to_the_office(registrar, cast, role):
    data = {"name": "New", "email": "new@school-a.example", "role": role, "preferences": "{}"}
    answer = registrar.post(ADD, data)
    assert "role" in answer.context["adminform"].form.errors
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert not User.objects.filter(email="new@school-a.example").exists()


@pytest.mark.parametrize("person", ["admin", "registrar", "bursar"])
def test_an_account_of_the_office_is_only_looked_at(registrar, cast, person):
    row = getattr(cast.a, person)
    shown = registrar.get(change(row))
    assert shown.status_code == 200
    assert 'name="_save"' not in shown.content.decode()
    assert registrar.post(change(row), fields(row, name="Renamed")).status_code == 403
    delete = reverse("admin:core_user_delete", args=[row.pk])
    assert registrar.post(delete, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("person", ["teacher", "student"])
def test_a_registrar_changes_the_others_and_not_their_role(registrar, cast, person):
    row = getattr(cast.a, person)
    answer = registrar.post(change(row), fields(row, name="Renamed", role="admin"))
    assert answer.status_code in (200, 302)
    assert role_of(cast, row) == row.role


@pytest.mark.parametrize("person", ["admin", "bursar"])
def test_a_registrar_sets_no_password_of_the_office(registrar, cast, person):
    url = reverse("admin:core_user_set_password", args=[getattr(cast.a, person).pk])
    assert registrar.post(url, PASSWORD).status_code == 403


def test_a_registrar_sets_a_teachers_password(registrar, cast):
    url = reverse("admin:core_user_set_password", args=[cast.a.teacher.pk])
    assert registrar.post(url, PASSWORD).status_code == 302


@pytest.mark.parametrize("action", ["suspend_selected", "archive_selected"])
def test_a_registrar_lets_nobody_of_the_office_go(registrar, cast, action):
    data = {"action": action, "_selected_action": [str(cast.a.bursar.pk)], "sure": "1"}
    assert registrar.post(LIST, data).status_code in (200, 302)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert User.objects.get(pk=cast.a.bursar.pk).status == "active"


@pytest.mark.parametrize("role", ["registrar", "bursar"])
@pytest.mark.parametrize(
    "page",
    [
        "admin:core_auditlog_changelist",
        "admin:core_domain_changelist",
        "admin:core_tenant_changelist",
        "admin:admin_logentry_changelist",
        "admin:school_file",
    ],
)
def test_what_stays_with_admins(client, cast, sign_in, role, page):
    sign_in(client, cast.a, getattr(cast.a, role))
    assert client.get(reverse(page)).status_code == 403


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        ("registrar", ["take_payment", "reminders", "money_settings", "online_payment"]),
        ("bursar", ["gradebooks", "attendance_day", "timetable", "enrollment_desks", "oneroster"]),
    ],
)
def test_neither_opens_the_others_pages(client, cast, sign_in, role, pages):
    sign_in(client, cast.a, getattr(cast.a, role))
    assert {page: client.get(reverse(f"admin:{page}")).status_code for page in pages} == (
        dict.fromkeys(pages, 403)
    )


@pytest.mark.parametrize("role", ["registrar", "bursar"])
def test_whatever_the_sidebar_offers_opens(client, cast, sign_in, role):
    sign_in(client, cast.a, getattr(cast.a, role))
    home = client.get(reverse("admin:index"))
    assert home.status_code == 200
    request = home.wsgi_request
    links = [str(item["link"]) for group in navigation(request) for item in group["items"]]
    assert len(links) > 10
    opened = {link: client.get(link).status_code for link in links}
    assert opened == dict.fromkeys(links, 200)


@pytest.mark.parametrize("role", ["registrar", "bursar"])
def test_a_family_has_its_money_or_its_marks(client, cast, sign_in, role):
    sign_in(client, cast.a, getattr(cast.a, role))
    page = client.get(reverse("admin:family", args=[cast.a.student.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    assert ("Attendance today" in text) == (role == "registrar")
    assert ('id="money"' in text) == (role == "bursar")


@pytest.mark.parametrize("role", ["registrar", "bursar"])
def test_a_student_has_a_page_for_each_office(client, cast, sign_in, role):
    sign_in(client, cast.a, getattr(cast.a, role))
    page = client.get(reverse("admin:student_profile", args=[cast.a.student.pk]))
    text = page.content.decode()
    assert page.status_code == 200
    assert ('id="invoices"' in text) == (role == "bursar")
    assert ('id="classes"' in text) == (role == "registrar")
    assert 'id="trail"' not in text
    foreign = reverse("admin:student_profile", args=[cast.b.student.pk])
    assert client.get(foreign).status_code == 404
