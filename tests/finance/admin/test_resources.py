"""Invoices and payments from and to files."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from core.rls import tenant_context
from finance.models import Invoice, Payment
from tests.factories import finance
from tests.factories.files import body, complaints, confirm, preview, signed_in, totals

INVOICE = ["Invoice number", "Student e-mail", "Amount", "Issued on", "Due on", "Status"]
PAYMENT = ["Invoice number", "Amount", "Method", "Paid on", "Payment reference"]


@pytest.fixture
def client(cast):
    return signed_in(cast.a, cast.a.admin)


def as_admin(cast):
    return tenant_context(cast.a.tenant, cast.a.admin)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize("model", [Invoice, Payment])
def test_an_export_can_be_imported_and_changes_nothing(cast, client, model, file_format):
    with as_admin(cast):
        items = [{"description": "=Tuition", "quantity": 2, "unit_price": 50}]
        finance.invoice(
            invoice_number="ITEMS", student=cast.a.student, amount=100, line_items=items,
            description="@term", due_date=date(2126, 1, 1),
        )  # fmt: skip
        again = Payment.objects.get(pk=cast.a.payment.pk)
        again.pk, again._state.adding = None, True
        Payment.objects.bulk_create(
            [
                Payment(
                    invoice=cast.a.invoice,
                    student=cast.a.student,
                    amount=amount,
                    payment_method="cash",
                    payment_date=again.payment_date,
                    transaction_id=transaction,
                )
                for amount, transaction in [(Decimal("40.00"), None), (Decimal("5.00"), "+tx")]
            ]
        )
    url = reverse(f"admin:finance_{model._meta.model_name}_export")
    exported = body(client.post(url, {"file_format": file_format}))
    page = preview(client, model, exported, f"list.{file_format}")
    assert complaints(page) == []
    count = 3 if model is Invoice else 4
    assert totals(page)["unchanged"] == count
    assert sum(totals(page).values()) == count


def test_invoices_are_added(cast, client):
    page = preview(
        client,
        Invoice,
        [
            INVOICE,
            ["N-1", cast.a.student.email, "9.5", "2026-01-05", "2030-01-05", ""],
            ["N-2", cast.a.student.email, "9.5", "2026-01-05", "2030-01-05", "cancelled"],
        ],
    )
    assert complaints(page) == []
    confirm(client, Invoice, page)
    with as_admin(cast):
        assert Invoice.objects.get(invoice_number="N-2").status == "cancelled"
        new = Invoice.objects.get(invoice_number="N-1")
        assert (new.amount, new.currency, new.status) == (Decimal("9.50"), "USD", "pending")


def test_wrong_invoices_are_named(cast, client):
    mail = cast.a.student.email
    page = preview(
        client,
        Invoice,
        [
            [*INVOICE, "Currency", "Line items"],
            ["N-1", mail, "12,50", "2026-01-05", "2030-01-05", "", "", ""],
            ["N-2", mail, "-1", "2026-01-05", "2030-01-05", "", "", ""],
            ["N-3", mail, "1", "2026-01-05", "2025-01-05", "", "", ""],
            ["N-4", cast.a.teacher.email, "1", "2026-01-05", "2030-01-05", "", "", ""],
            ["N-5", "", "1", "2026-01-05", "2030-01-05", "", "", ""],
            ["N-6", mail, "1", "2026-01-05", "2030-01-05", "open", "", ""],
            ["N-7", mail, "1", "2026-01-05", "2030-01-05", "", "Euro", ""],
            ["N-8", mail, "1", "2026-01-05", "2030-01-05", "", "", "[{"],
            ["N-9", mail, "1", "2026-01-05", "2030-01-05", "", "", '[{"quantity": 1}]'],
            ["INV-1", mail, "30", "2026-01-05", "2030-01-05", "", "", ""],
            ["INV-1", mail, "30", "2026-01-05", "2030-01-05", "", "", ""],
        ],
    )
    assert [(row, label) for row, label, _s in complaints(page)] == [
        (2, "Amount"),
        (3, "Amount"),
        (4, "Due on"),
        (5, "Student e-mail"),
        (6, "Student e-mail"),
        (7, "Status"),
        (8, "Currency"),
        (9, "Line items"),
        (10, "Line items"),
        (11, "Amount"),
        (12, ""),
    ]
    assert complaints(page)[9][2].startswith("An issued invoice stays as it is.")


def test_payments_are_added_and_the_invoice_is_paid(cast, client):
    rows = [["inv-1", "60.00", "Bank transfer", "2026-02-03", "tx-1"]]
    page = preview(client, Payment, [PAYMENT, *rows])
    assert complaints(page) == []
    confirm(client, Payment, page)
    with as_admin(cast):
        payment = Payment.objects.get(transaction_id="tx-1")
        assert (payment.student, payment.recorded_by) == (cast.a.student, cast.a.admin)
        assert Invoice.objects.get(pk=cast.a.invoice.pk).status == "paid"
    again = preview(client, Payment, [PAYMENT, *rows])
    assert totals(again)["unchanged"] == 1


def test_a_payment_is_identified_by_date_and_amount_and_stays(cast, client):
    day = cast.a.payment.payment_date.isoformat()
    page = preview(client, Payment, [PAYMENT, ["INV-1", "40", "stripe", day, ""]])
    ((row, _label, sentence),) = complaints(page)
    assert (row, sentence.startswith("This payment was recorded already, otherwise.")) == (2, True)


def test_wrong_payments_are_named(cast, client):
    with as_admin(cast):
        Invoice.objects.create(
            invoice_number="GONE",
            student=cast.a.student,
            amount=10,
            due_date=date(2030, 1, 1),
            status="cancelled",
        )
    other = cast.a.other_student.email
    page = preview(
        client,
        Payment,
        [
            [*PAYMENT, "Currency", "Student e-mail"],
            ["INV-1", "60.01", "cash", "2026-02-03", "", "", ""],
            ["NONE", "1", "cash", "2026-02-03", "", "", ""],
            ["GONE", "1", "cash", "2026-02-03", "", "", ""],
            ["INV-1", "1", "cash", "2026-02-04", "", "EUR", ""],
            ["INV-1", "1", "gold", "2026-02-05", "", "", ""],
            ["INV-1", "0", "cash", "2026-02-06", "", "", ""],
            ["INV-1", "1", "cash", "2026-02-07", "", "", other],
            ["INV-1", "1", "cash", "", "", "", ""],
            ["INV-1", "2", "cash", "2026-02-08", "", "", ""],
            ["INV-1", "2", "cash", "2026-02-08", "", "", ""],
            ["INV-1", "3", "", "2026-02-08", "", "", ""],
        ],
    )
    sentences = complaints(page)
    assert [(row, label) for row, label, _s in sentences] == [
        (2, "Amount"),
        (3, "Invoice number"),
        (4, "Invoice number"),
        (5, "Currency"),
        (6, "Method"),
        (7, "Amount"),
        (8, "Student e-mail"),
        (9, "Paid on"),
        (11, ""),
        (12, "Method"),
    ]
    assert sentences[0][2] == ("With this payment, more than the invoice's amount would be paid.")
    with as_admin(cast):
        assert Payment.objects.count() == 2


def test_another_schools_invoice_is_unknown(cast, client):
    with tenant_context(cast.b.tenant, cast.b.admin):
        Invoice.objects.create(
            invoice_number="B-ONLY", student=cast.b.student, amount=5, due_date=date(2030, 1, 1)
        )
    page = preview(client, Payment, [PAYMENT, ["B-ONLY", "5", "cash", "2026-02-03", ""]])
    assert complaints(page) == [
        (2, "Invoice number", "There is no invoice with the number “B-ONLY”.")
    ]
