"""Overdue: one definition by the date at the school, and a job that marks it in every school."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from core.rls import tenant_context
from exchange.exports import source
from finance.models import Invoice
from finance.services import invoices, overdue
from school.selectors import dashboard

DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


@pytest.fixture(params=["pending", "overdue"])
def stored(request):
    """The status that the table has, which nobody has brought up to date."""
    return request.param


@pytest.fixture
def due(cast, stored):
    """Three open invoices of school A, due around today at the school, and cancelled ones."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        for invoice in Invoice.objects.all():
            invoices.cancel(invoice=invoice, reason="not for this test")
        bill(cast.a, "C-1", -1)
        Invoice.objects.filter(invoice_number="C-1").update(status="cancelled")
        for name, days in DAYS.items():
            bill(cast.a, name, days)
        Invoice.objects.filter(invoice_number__in=DAYS).update(status=stored)
    return cast.a


def bill(school, number, days):
    today = school.tenant.today()
    return Invoice.objects.create(
        invoice_number=number,
        student=school.student,
        amount=10,
        issue_date=today - timedelta(days=30),
        due_date=today + timedelta(days=days),
    )


@pytest.fixture
def office(client, sign_in, due):
    sign_in(client, due, due.admin)
    return client


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("overdue", {"yesterday"}),
        ("pending", {"today", "tomorrow"}),
        ("cancelled", {"C-1", "INV-1", "OTHER_INV-1"}),
        ("paid", set()),
    ],
)
def test_the_list_filters_by_the_date(office, state, shown):
    page = office.get(reverse("admin:finance_invoice_changelist"), {"status__exact": state})
    assert {invoice.invoice_number for invoice in page.context["cl"].result_list} == shown


def test_the_list_labels_by_the_date(office, due):
    page = office.get(reverse("admin:finance_invoice_changelist"))
    with tenant_context(due.tenant, due.admin):
        labels = {i.invoice_number: i.get_state_display() for i in page.context["cl"].result_list}
    assert labels == {
        "yesterday": "Overdue",
        "today": "Pending",
        "tomorrow": "Pending",
        **dict.fromkeys(["C-1", "INV-1", "OTHER_INV-1"], "Cancelled"),
    }
    text = page.content.decode()
    assert re.findall(r"<(\w+)[^>]*>Overdue<", text) == ["span", "option"]  # and the filter


@pytest.mark.parametrize("name", ["admin:core_user_change", "admin:student_profile"])
def test_a_person_s_pages_agree_with_the_list(office, due, name):
    text = office.get(reverse(name, args=[due.student.pk])).content.decode()
    labels = re.findall(r">\s*(Overdue|Pending)\s*<", text)
    assert sorted(labels) == ["Overdue", "Pending", "Pending"]


def test_dashboard_and_files_agree_with_the_list(due):
    with tenant_context(due.tenant, due.admin):
        assert [row.overdue_count for row in dashboard.money(due.tenant.today())] == [1]
        made = source.from_queryset(
            Invoice.objects.order_by("due_date").exclude(status="cancelled")
        )
        index = [column.label for column in made.columns].index("Status")
        with connection.cursor() as cursor:
            cursor.execute(made.sql, made.params)
            assert [row[index] for row in cursor] == ["overdue", "pending", "pending"]


def test_the_report_agrees_with_the_list(due, stored):
    with tenant_context(due.tenant, due.admin), connection.cursor() as cursor:
        for invoice in Invoice.objects.filter(invoice_number__in=DAYS):
            invoice.payments.create(student=due.student, amount=1, payment_method="cash")
        Invoice.objects.filter(invoice_number__in=DAYS).update(status=stored)
        cursor.execute(
            "SELECT invoice_number, invoice_status FROM view_payment_ledger"
            " WHERE invoice_number IN ('yesterday', 'today', 'tomorrow')"
        )
        states = {"yesterday": "overdue", "today": "pending", "tomorrow": "pending"}
        assert dict(cursor.fetchall()) == states


def test_the_job_marks_in_every_school_under_the_application_s_role(cast, capsys):
    late = []
    for school in (cast.a, cast.b):
        with tenant_context(school.tenant, school.admin):
            late += [(school, bill(school, "late", -1), bill(school, "open", 0))]
    call_command("update_overdue_invoices")
    assert capsys.readouterr().out == f"{len(late)} invoices marked as overdue.\n"
    for school, *bills in late:
        with tenant_context(school.tenant, school.admin):
            statuses = [Invoice.objects.get(pk=invoice.pk).status for invoice in bills]
            assert statuses == ["overdue", "pending"]
            trail = "SELECT metadata ->> 'source' FROM audit_logs WHERE resource_id = %s"
            with connection.cursor() as cursor:
                cursor.execute(trail + " AND action = 'invoice_updated'", [bills[0].pk])
                assert cursor.fetchall() == [("overdue",)]


def test_only_schools_with_something_to_mark_are_entered(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        bill(cast.a, "late", -1)

    def late():
        with connection.cursor() as cursor:
            cursor.execute("SELECT app.schools_with_late_invoices()")
            return [pk for (pk,) in cursor.fetchall()]

    assert late() == [cast.a.tenant.pk]
    assert overdue.mark() == 1
    assert late() == []
