"""The page of overdue invoices, its ways in, and the stages' settings."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from core.defaults import today
from core.models import Tenant
from core.rls import tenant_context
from finance import stages
from finance.models import PaymentReminder
from finance.services import invoices
from tests.factories import finance
from tests.factories.mail import queued_mail
from tests.finance.conftest import bill
from tests.pages import shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        due = today() - timedelta(days=10)
        return bill(cast.a, "L-1", "1000.00", issue_date=due, due_date=due)


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def page(**query):
    return reverse("admin:reminders", query=query)


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_the_page_shows_texts_and_people_and_sends_what_is_ticked(office, cast, late):
    response = office.get(page(invoice=late.pk))
    text = shown(response)
    for part in ("L-1", "1,000.00 USD still to pay", cast.a.guardian.email, "Reminder 1."):
        assert part in text
    assert [row.invoice for row in response.context["planned"]] == [late]
    done = office.post(page(invoice=late.pk), {"invoice": late.pk}, follow=True)
    assert said(done) == ["1 reminder was sent."]
    assert "It was reminded of today." in shown(done)
    assert len(queued_mail()) == 1
    again = office.post(page(), {"invoice": late.pk}, follow=True)
    assert said(again) == ["Left as it was: L-1: It was reminded of today."]
    assert queued_mail() == []


def test_nothing_ticked_sends_nothing(office, late):
    assert said(office.post(page(), {}, follow=True)) == ["Tick the invoices to remind of."]
    assert queued_mail() == []


def test_another_schools_invoice_is_not_reminded_of(office, cast):
    office.post(page(), {"invoice": cast.b.invoice.pk})
    assert queued_mail() == []
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert not PaymentReminder.objects.exists()
    assert "L-9" not in shown(office.get(page(invoice=uuid.uuid4())))
    assert office.get(page(student="x")).status_code == 404


@pytest.mark.parametrize("role", ["teacher", "student", "guardian"])
def test_it_is_the_offices(client, cast, sign_in, late, role):
    client = sign_in(client, cast.a, getattr(cast.a, role))
    for address in (page(), reverse("admin:reminder_settings")):
        assert client.get(address).status_code in (302, 403)
        assert client.post(address, {"invoice": late.pk}).status_code in (302, 403)
    assert queued_mail() == []


def test_list_invoice_and_profile_lead_to_it(office, cast, late):
    listed = reverse("admin:finance_invoice_changelist")
    data = {"action": "remind", "_selected_action": [late.pk]}
    assert office.post(listed, data).headers["Location"] == page(invoice=late.pk)
    address = reverse("admin:finance_invoice_remind_one", args=[late.pk])
    assert office.get(address).headers["Location"] == page(invoice=late.pk)
    profile = reverse("admin:student_profile", args=[cast.a.student.pk])
    assert page(student=cast.a.student.pk) in office.get(profile).content.decode()
    of_student = office.get(page(student=cast.a.student.pk)).context["planned"]
    assert late in [row.invoice for row in of_student]


def test_of_what_is_not_overdue_nobody_is_reminded(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = invoices.draft(student=cast.a.student, lines=[invoices.Line("Bus", unit_price=5)])
    data = {"action": "remind", "_selected_action": [row.pk]}
    done = office.post(reverse("admin:finance_invoice_changelist"), data, follow=True)
    assert said(done) == ["None of them is overdue."]
    address = reverse("admin:finance_invoice_remind_one", args=[row.pk])
    assert office.get(address).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_as_many_queries_for_many(
    office, cast, late, count, django_assert_max_num_queries
):
    with tenant_context(cast.a.tenant, cast.a.admin):
        due = today() - timedelta(days=10)
        for number in range(count - 1):
            bill(cast.a, f"M-{number}", issue_date=due, due_date=due)
    office.get(page())
    with django_assert_max_num_queries(16):
        office.get(page())


def test_the_log_is_read_only(office, cast, late):
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = finance.payment_reminder(invoice=late, reminder_date=today(), message="Please pay.")
    assert "L-1" in shown(office.get(reverse("admin:finance_paymentreminder_changelist")))
    change = reverse("admin:finance_paymentreminder_change", args=[row.pk])
    assert "Please pay." in shown(office.get(change))
    assert office.get(reverse("admin:finance_paymentreminder_add")).status_code == 403
    delete = reverse("admin:finance_paymentreminder_delete", args=[row.pk])
    assert office.get(delete).status_code == 403


def test_an_exception_without_anybody_is_refused_at_its_field(office, cast):
    add = reverse("admin:finance_reminderoptout_add")
    response = office.post(add, {"reason": "asked"})
    assert response.context["adminform"].form.errors["student"] == [
        "Choose a student, a guardian, or both."
    ]
    assert office.post(add, {"student": cast.a.student.pk, "reason": "asked"}).status_code == 302


# --- the stages -----------------------------------------------------------------------------------
def form(*rows, **other):
    data = {"stages-TOTAL_FORMS": len(rows), "stages-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"stages-{number}-{name}": value for name, value in row.items()}
    return data | other


def row(days, **other):
    return {"days": days, "subject": "About {number}", "message": "Pay {amount}."} | other


def settings_of(school):
    with tenant_context(school.tenant, school.admin):
        return Tenant.objects.get(pk=school.tenant.pk).settings.get(stages.KEY)


def test_stages_are_kept_and_removed(office, cast):
    address = reverse("admin:reminder_settings")
    assert "Reminder: invoice {number}" in shown(office.get(address))
    data = form(row(5, late_fee="15"), row(9), row(12, remove="on"), {}, automatic="on")
    assert office.post(address, data).status_code == 302
    texts = {"subject": "About {number}", "message": "Pay {amount}."}
    assert settings_of(cast.a) == {
        "automatic": True,
        "stages": [{"days": 5, "late_fee": "15"} | texts, {"days": 9, "late_fee": None} | texts],
    }
    assert "About {number}" in shown(office.get(address))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row(9), row(5)], "Each stage comes more days after the due date than the last."),
        ([row(9), row(9)], "Each stage comes more days after the due date than the last."),
        ([row(9) | {"message": "{name}"}], "{name} stands for nothing"),
        ([row(9, late_fee="1.005")], "This currency has no such amount."),
        ([row(0)], "greater than or equal to 1"),
    ],
)
def test_wrong_stages_are_said(office, cast, rows, sentence):
    before = settings_of(cast.a)
    response = office.post(reverse("admin:reminder_settings"), form(*rows))
    assert response.status_code == 400
    assert sentence in shown(response)
    assert settings_of(cast.a) == before
