"""People from and to files."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditLog, User
from core.rls import tenant_context
from tests.factories.files import body, complaints, confirm, preview, signed_in, totals

HEADERS = ["E-mail", "Name", "Role", "Status", "Phone"]


@pytest.fixture
def client(cast):
    return signed_in(cast.a, cast.a.admin)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_can_be_imported_and_changes_nothing(cast, client, file_format):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.student.pk).update(name="=1+1", phone="+49 30 1")
        User.objects.filter(pk=cast.a.teacher.pk).update(name="'@x")
    url = reverse("admin:core_user_export")
    exported = body(client.post(url, {"file_format": file_format}))
    page = preview(client, User, exported, f"people.{file_format}")
    assert totals(page) == {"new": 0, "changed": 0, "unchanged": 9}
    confirm(client, User, page)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert User.objects.get(pk=cast.a.student.pk).name == "=1+1"


def test_people_are_found_by_email_in_any_case_and_changed(cast, client):
    page = preview(
        client,
        User,
        [["email", "NAME", "phone"], [cast.a.student.email.upper(), "Renamed", ""]],
    )
    assert totals(page)["changed"] == 1
    (line,) = page.context["page"].rows.lines
    name = line.cells[page.context["page"].rows.labels.index("Name")]
    assert (name.before, name.after) == ("Student", "Renamed")
    confirm(client, User, page)
    with tenant_context(cast.a.tenant, cast.a.admin):
        user = User.objects.get(pk=cast.a.student.pk)
        assert (user.name, user.role, user.phone) == ("Renamed", "student", None)
        log = AuditLog.objects.filter(resource_id=user.pk, action="user_updated").latest(
            "timestamp"
        )
        assert log.user_id == cast.a.admin.pk


def test_a_guardian_can_be_imported(cast, client):
    page = preview(client, User, [HEADERS, ["gran@example.com", "Gran", "Guardian", "", ""]])
    assert totals(page)["new"] == 1
    confirm(client, User, page)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert User.objects.get(email="gran@example.com").role == "guardian"


def test_another_schools_person_is_somebody_else(cast, client):
    page = preview(client, User, [HEADERS, [cast.b.student.email, "New", "student", "", ""]])
    assert totals(page)["new"] == 1
    confirm(client, User, page)
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert User.objects.get(pk=cast.b.student.pk).name == "Student"


def test_nobody_takes_away_their_own_role(cast, client):
    page = preview(client, User, [["E-mail", "Role"], [cast.a.admin.email, "student"]])
    assert complaints(page) == [(2, "Role", "You cannot change this about yourself.")]


def test_wrong_values_are_named(cast, client):
    rows = [
        HEADERS,
        ["a@b.example", "A", "pupil", "", ""],
        ["a b@c.example", "A", "student", "", ""],
        [cast.a.student.email, "A", "student", "gone", ""],
        ["c@d.example", "C\x0bD", "student", "", ""],
    ]
    named = complaints(preview(client, User, rows))
    assert [(row, label) for row, label, _s in named] == [
        (2, "Role"),
        (3, "E-mail"),
        (4, "Status"),
        (5, "Name"),
    ]
    assert "admin, registrar, bursar, teacher, student" in named[0][2]


@pytest.mark.scale
def test_five_thousand_people_take_few_queries(cast, client, settings):
    settings.IMPORT_BACKGROUND_ROWS = 5000
    rows = [[f"p{i}@a.example", f"Person {i}", "student", "active", ""] for i in range(5000)]
    with CaptureQueriesContext(connection) as captured:
        page = preview(client, User, [HEADERS, *rows])
    assert totals(page)["new"] == 5000
    assert len(captured) < 120
