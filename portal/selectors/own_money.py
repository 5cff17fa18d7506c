"""A student's invoices and their payments."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from core.models import User
from finance.models import Invoice, Payment
from finance.models.invoice import InvoiceQuerySet


def invoices(student: User) -> InvoiceQuerySet:
    """Return the student's invoices, newest first, each with `paid` and `balance`."""
    rows = Invoice.objects.for_student(student).with_balance()
    return rows.order_by("-issue_date", "-invoice_number")


def still_to_pay(student: User, today: date) -> list[dict[str, Any]]:
    """Return one row a currency with `rest` and its overdue part `late`."""
    rows = (
        Invoice.objects.open()
        .for_student(student)
        .with_balance()
        .order_by()
        .values("currency")
        .annotate(
            rest=Sum("balance"),
            late=Sum("balance", filter=Q(due_date__lt=today), default=Decimal("0.00")),
        )
    )
    return sorted(rows, key=lambda row: row["currency"])


def payments(invoice: Invoice) -> list[Payment]:
    """Return an invoice's payments, oldest first, each with `rest`, what was still to pay then."""
    rest, rows = invoice.amount, []
    for payment in invoice.payments.order_by("payment_date", "created_at", "id"):
        rest -= payment.amount
        vars(payment).update(rest=rest)
        rows.append(payment)
    return rows


def receipt_number(payment: Payment) -> str:
    """Return the number of a payment's receipt, which it keeps for good."""
    return f"R-{payment.pk.hex[:8].upper()}"
