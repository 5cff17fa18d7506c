"""Actions of lists that mail, cancel, delete or archive ask first, do what they can, and name the
rest with the reason.
"""

from datetime import date

import pytest
from django.contrib import admin
from django.urls import reverse

from academics.models import ClosedDay
from core.models import User
from core.rls import tenant_context
from finance.models import Invoice
from reporting.models import ReportSchedule
from school.sites_platform import site as platform_site
from tests.factories.mail import queued_mail

pytestmark = pytest.mark.django_db
# What needs no question: it takes nothing away and tells nobody.
HARMLESS = {
    "export_csv", "export_pdf", "export_xlsx", "pause_selected", "pdf", "resume_selected",
    "approve_selected", "decline_selected",  # each is undone by the other
    "leave_selected",  # leads to a page that says what will happen
    "place_selected",  # leads to a page that asks where
    "merge_selected",  # leads to a page that compares the two
    # They print.
    "print_labels", "contact_sheet", "emergency_list", "report_cards_of_these",
    "restore_selected", "remind",  # leads to a page that shows the letters first
}  # fmt: skip


@pytest.fixture
def office(cast, client, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


@pytest.mark.parametrize("site", [admin.site, platform_site], ids=["school", "platform"])
def test_every_action_asks_first_or_is_known_to_be_harmless(site, cast, rf):
    request = rf.get("/")
    request.user, request.tenant = cast.a.admin, cast.a.tenant
    with tenant_context(cast.a.tenant, cast.a.admin):
        actions = {
            (model_admin.opts.label_lower, name): function
            for model_admin in site._registry.values()
            for function, name, _description in model_admin.get_actions(request).values()
        }
    unasked = {
        key for key, function in actions.items() if not getattr(function, "asks_first", False)
    }
    assert {key for key in unasked if key[1] not in HARMLESS} == set()
    assert any(name == "delete_selected" for _label, name in actions) is (site is admin.site)


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def ask(client, model, action, rows, **answer):
    data = {"action": action, "_selected_action": [row.pk for row in rows]} | answer
    return client.post(list_of(model), data, follow=bool(answer))


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def bills(cast):
    """An invoice with a payment, one without, one that is cancelled."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        made = [
            Invoice.objects.create(
                invoice_number=number, student=cast.a.student, amount=10, status=status,
                issue_date=date(2026, 1, 5), due_date=date(2126, 1, 5),
            )
            for number, status in [("N-1", "pending"), ("N-2", "cancelled")]
        ]  # fmt: skip
    return [cast.a.invoice, *made]


def statuses(cast, bills):
    with tenant_context(cast.a.tenant, cast.a.admin):
        by_id = Invoice.objects.in_bulk([bill.pk for bill in bills])
    return [by_id[bill.pk].status for bill in bills]


def test_cancelling_invoices_names_those_it_leaves(office, cast, bills):
    paid, open_, cancelled = bills
    before = statuses(cast, bills)
    page = ask(office, Invoice, "cancel", bills)
    assert page.context["title"] == "Cancel 1 invoice?"
    assert page.context["able"] == [open_]
    refused = dict(page.context["refused"])
    assert refused[cancelled] == "It is cancelled already."
    assert refused[paid].endswith(" USD were paid of it: cancel it on its own page.")
    assert statuses(cast, bills) == before
    done = ask(office, Invoice, "cancel", bills, confirmed="yes")
    assert messages_of(done)[0] == "1 invoice was cancelled."
    assert messages_of(done)[1].startswith("Left as it was: ")
    assert statuses(cast, bills) == [before[0], "cancelled", "cancelled"]


def test_links_go_to_those_who_can_use_one(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=cast.a.outsider.pk).update(status="suspended")
    rows = [cast.a.student, cast.a.outsider]
    page = ask(office, User, "send_password_links", rows)
    assert page.context["title"] == "Send 1 person a link to set a password?"
    assert page.context["able"] == [cast.a.student]
    assert page.context["refused"] == [(cast.a.outsider, "No account that can sign in.")]
    assert queued_mail() == []
    done = ask(office, User, "send_password_links", rows, confirmed="yes")
    assert messages_of(done)[0] == "1 link is on its way."
    assert len(queued_mail()) == 1


def test_a_paused_report_is_named_before_any_is_made(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        paused = ReportSchedule.objects.create(
            owner=cast.a.admin, name="Off", report="user_roster_v1", weekday=1, is_active=False
        )
    page = ask(office, ReportSchedule, "run_selected", [cast.a.report_schedule, paused])
    assert page.context["title"] == "Make and send 1 report now?"
    assert page.context["refused"] == [(paused, "“Off” is paused; resume it first.")]


def test_what_is_in_use_stays_and_the_rest_is_deleted(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        unused = Invoice.objects.create(
            student=cast.a.student, amount=10,
            issue_date=date(2026, 1, 5), due_date=date(2126, 1, 5),
        )  # fmt: skip
    rows = [cast.a.invoice, unused]
    page = ask(office, Invoice, "delete_selected", rows)
    assert list(page.context["queryset"]) == [unused]
    assert page.context["stay"] == [(cast.a.invoice, "It is issued: cancel it instead.")]
    assert "It is issued: cancel it instead." in page.content.decode()
    done = ask(office, Invoice, "delete_selected", rows, post="yes")
    assert messages_of(done) == [
        "Deleted: 1 invoice.",
        f"Left as it was: {cast.a.invoice}: It is issued: cancel it instead.",
    ]
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert set(Invoice.objects.filter(pk__in=[row.pk for row in rows])) == {cast.a.invoice}


def test_when_none_can_go_it_says_why(office, cast):
    done = ask(office, Invoice, "delete_selected", [cast.a.invoice], post="yes")
    assert messages_of(done) == [
        f"Left as it was: {cast.a.invoice}: It is issued: cancel it instead."
    ]


def test_one_that_the_database_refuses_does_not_keep_the_others(office, cast, monkeypatch):
    with tenant_context(cast.a.tenant, cast.a.admin):
        free = ClosedDay.objects.create(
            name="Free", start_date=date(2026, 5, 1), end_date=date(2026, 5, 1)
        )
    used = cast.a.closed_day
    model_admin = admin.site._registry[ClosedDay]

    def delete(request, queryset):
        if queryset.filter(pk=used.pk).exists():
            used.pk and ClosedDay.objects.filter(pk=used.pk).update(end_date=date(1900, 1, 1))
        queryset.delete()

    monkeypatch.setattr(model_admin, "delete_queryset", delete)
    done = ask(office, ClosedDay, "delete_selected", [used, free], post="yes")
    assert messages_of(done)[0] == "Deleted: 1 closed day."
    assert messages_of(done)[1].startswith(f"Left as it was: {used}: ")
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert [*ClosedDay.objects.filter(pk__in=[used.pk, free.pk])] == [used]
