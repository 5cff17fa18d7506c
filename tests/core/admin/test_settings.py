"""The school's settings in one place: whose they are, and what the database takes."""

import pytest
from django.core import mail as outbox
from django.db import transaction
from django.urls import reverse

from core.admin import subjects
from core.constraints import RefusedByDatabase, explained
from core.models import AuditLog, Tenant, User
from core.rls import tenant_context
from core.services import invitations, school_settings
from tests.factories.mail import send_queued_mail

pytestmark = pytest.mark.django_db
# The bursar keeps those of money, and who enters people sees no list of them.
OWN = {("bursar", "money_settings")}


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def kept(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        return Tenant.objects.get(pk=cast.a.tenant.pk).settings


def test_every_subject_is_listed_and_opens(office):
    page = office.get(reverse("admin:settings"))
    assert [subject.page for subject in page.context["subjects"]] == [
        "setup", "school_settings", "calendar_settings", "grading_settings", "attendance_settings",
        "numbering_settings", "money_settings", "core_personfield_changelist",
        "message_settings", "privacy_settings", "admission_settings",
    ]  # fmt: skip
    for subject in subjects.every():
        assert subject.url in page.text
        assert office.get(subject.url, follow=True).status_code == 200
        for _title, address in subject.links():
            assert office.get(address).status_code == 200


@pytest.mark.parametrize("role", ["registrar", "bursar", "teacher"])
def test_settings_are_the_admins(client, cast, sign_in, role):
    sign_in(client, cast.a, getattr(cast.a, role))
    assert client.get(reverse("admin:settings")).status_code == 403
    for subject in subjects.every():
        expected = 200 if (role, subject.page) in OWN else 403
        assert client.get(subject.url).status_code == expected, subject.page
    assert reverse("admin:settings") not in client.get("/admin/").text


def test_the_menu_and_the_search_lead_there(office):
    assert reverse("admin:settings") in office.get("/admin/").text
    results = office.get(reverse("admin:search"), {"q": "messages"}).json()["results"]
    assert reverse("admin:message_settings") in [row["url"] for row in results]


def test_names_are_made_anew_when_their_way_changes(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = User.objects.get(pk=cast.a.student.pk)
        row.metadata = {"first_name": "Robert", "preferred_name": "Bob", "last_name": "Hill"}
        row.name = "Robert Hill"
        row.save()
    data = {"display_name": "preferred", "student_numbers": "S{number:3}"}
    assert office.post(reverse("admin:numbering_settings"), data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert User.objects.get(pk=cast.a.student.pk).name == "Bob Hill"
        entry = AuditLog.objects.filter(action="tenant_updated").latest("timestamp")
        assert entry.changes["settings"]["after"]["student_numbers"] == "S{number:3}"
    answer = office.post(reverse("admin:numbering_settings"), data | {"student_numbers": "S"})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["student_numbers"]


def test_mail_comes_from_the_school(office, cast):
    data = {"mail_sender": "Office of A", "mail_footer": "Call 12 34."}
    assert office.post(reverse("admin:message_settings"), data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        invitations.send(cast.a.teacher)
    assert send_queued_mail() == 1
    [sent] = outbox.outbox
    assert sent.from_email.startswith("Office of A <")
    assert sent.reply_to == [cast.a.tenant.contact_email]
    assert sent.body.endswith("\n\n-- \nCall 12 34.\n")


def test_a_line_break_is_no_part_of_a_sender(office, cast):
    data = {"mail_sender": "Office\nBcc: x@example.com"}
    answer = office.post(reverse("admin:message_settings"), data)
    assert answer.status_code in (302, 400)
    assert "\n" not in kept(cast).get("mail_sender", "")


@pytest.mark.database
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("phone", 5),
        ("mail_sender", "a\nb"),
        ("principal", "x" * 101),
        ("address", ["x"]),
        ("mail_footer", "x" * 1001),
        ("currency", "usd"),
        ("date_order", "ymd"),
        ("paper", "a5"),
        ("display_name", "last"),
        ("default_capacity", 0),
        ("default_capacity", "20"),
        ("default_capacity", 2.5),
        ("school_days", []),
        ("school_days", [8]),
        ("absence_reports", True),
        ("kept_audit_months", 11),
        ("kept_export_days", 0),
        ("kept_export_days", 121),
        ("kept_application_months", "12"),
    ],
)
def test_the_database_takes_no_value_that_cannot_be(cast, key, value):
    with (
        tenant_context(cast.a.tenant, cast.a.admin),
        pytest.raises(RefusedByDatabase) as refused,
        explained(),
        transaction.atomic(),
    ):
        school_settings.save(cast.a.tenant, {key: value})
    assert refused.value.refusal.constraint == "check_setting_values"


@pytest.mark.database
def test_the_database_takes_what_the_pages_write(cast):
    values = {
        "phone": "1", "mail_sender": "A", "principal": "x" * 100, "address": "a\nb",
        "mail_footer": "a\nb", "currency": "EUR", "date_order": "mdy", "paper": "letter",
        "display_name": "preferred", "default_capacity": 10000, "school_days": [1, 7],
        "absence_reports": False, "kept_audit_months": 12, "kept_export_days": 1,
        "something_else": {"a": 1},
    }  # fmt: skip
    with tenant_context(cast.a.tenant, cast.a.admin):
        school_settings.save(cast.a.tenant, values)
    assert kept(cast) == kept(cast) | values


def test_how_long_data_is_kept_is_the_schools(office, cast):
    page = reverse("admin:privacy_settings")
    assert [*office.get(page).context["form"].fields] == [
        "kept_application_months", "kept_audit_months", "kept_export_days", "kept_leaver_years",
    ]  # fmt: skip
    data = {"kept_audit_months": "12", "kept_export_days": "30", "kept_application_months": ""}
    assert office.post(page, data).status_code == 302
    assert kept(cast).items() >= {("kept_audit_months", 12), ("kept_export_days", 30)}
    answer = office.post(page, data | {"kept_audit_months": "3"})
    assert list(answer.context["form"].errors) == ["kept_audit_months"]
    assert answer.status_code == 400
