"""What is owed: everything that shows a balance reads it here or from `Invoice.balance`."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from core.models import User
from core.models.base import TenantQuerySet
from finance.models import Invoice, Payment
from finance.models.invoice import InvoiceQuerySet

BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")


def _of_family(student: User) -> RawSQL:
    """Return the condition that a row is of the student or of a sibling (app.family)."""
    return RawSQL("student_id = any(app.family(%s))", [student.pk], BooleanField())  # noqa: S611


def open_invoices(student: User) -> InvoiceQuerySet:
    """Return what is still to pay of a student's family, the earliest due first."""
    rows = Invoice.objects.open().filter(_of_family(student))
    return rows.oldest_first()


def credit(student: User) -> TenantQuerySet[Payment]:
    """Return the payments of a family of which something is left, the oldest first."""
    rows = Payment.objects.filter(_of_family(student), unallocated__gt=0)
    return rows.order_by("payment_date", "created_at", "id")


def still_to_pay(invoices: InvoiceQuerySet, today: date) -> list[dict[str, Any]]:
    """Return one row a currency, by its code: {currency, rest, late} with late the overdue part."""
    return sorted(by_currency(invoices, today), key=itemgetter("currency"))


def by_currency(invoices: InvoiceQuerySet, today: date) -> QuerySet:
    """Return the same rows, in no order."""
    return (
        invoices.open()
        .order_by()
        .values("currency")
        .annotate(
            rest=Sum("balance"),
            late=Sum("balance", filter=Q(due_date__lt=today), default=Decimal("0.00")),
        )
    )


@dataclass(frozen=True)
class Owed:
    """What was owed of one invoice at the end of a day; `bucket` is one of BUCKETS."""

    invoice_id: UUID
    student_id: UUID
    currency: str
    bucket: str
    balance: Decimal


def aging(as_of: date) -> list[Owed]:
    """Return what was owed at the end of a day, invoice by invoice, in no order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT invoice_id, student_id, currency, bucket, balance FROM app.aging(%s)", [as_of]
        )
        return [Owed(*row) for row in cursor.fetchall()]
