"""Invoices: from a draft, with its lines, to an issued one, and to a cancelled one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from core import numbers, rls
from core.defaults import school_currency, today
from core.models import Guardian, User
from core.rounding import half_up
from finance.models import Fee, Invoice, InvoiceLine, Sponsor
from finance.services import credit_notes

if TYPE_CHECKING:
    from academics.models import SchoolClass, Term

DEFAULT_DAYS = 30  # to pay, where the school has not decided (settings key `payment_days`)
MAX_DAYS = 366


@dataclass(frozen=True)
class Line:
    """What a line of an invoice is made of; a fee's name and price stand in for what is missing."""

    description: str = ""
    quantity: Decimal | int = 1
    unit_price: Decimal | None = None
    fee: Fee | None = None
    school_class: "SchoolClass | None" = None
    term: "Term | None" = None
    discount_kind: str | None = None

    def columns(self) -> dict[str, Any]:
        price = self.fee.amount if self.unit_price is None and self.fee else self.unit_price
        name = self.description or (self.fee.name if self.fee else "")
        return vars(self) | {"description": name, "unit_price": price}


def payment_days() -> int:
    """Return how many days the current school gives to pay."""
    tenant = rls.current().tenant
    days = (tenant.settings or {}).get("payment_days") if tenant is not None else None
    return days if isinstance(days, int) and 0 <= days <= MAX_DAYS else DEFAULT_DAYS


def due_date(issue_date: date) -> date:
    """Return the day until which an invoice of that day is to be paid, by the school's rule."""
    return issue_date + timedelta(days=payment_days())


@transaction.atomic
def draft(
    *,
    student: User,
    lines: Sequence[Line],
    issue_date: date | None = None,
    due: date | None = None,
    currency: str | None = None,
    description: str | None = None,
    payer_guardian: Guardian | None = None,
    payer_sponsor: Sponsor | None = None,
) -> Invoice:
    """Write a draft; its amount is the sum of the lines. Raises IntegrityError by a rule."""
    day = issue_date or today()
    invoice = Invoice.objects.create(
        student=student,
        amount=0,
        currency=currency or school_currency(),
        description=description,
        issue_date=day,
        due_date=due or due_date(day),
        payer_guardian=payer_guardian,
        payer_sponsor=payer_sponsor,
    )
    add_lines(invoice=invoice, lines=lines)
    invoice.refresh_from_db()
    return invoice


def add_lines(*, invoice: Invoice, lines: Sequence[Line]) -> None:
    """Add lines to a draft, after those that it has."""
    first = InvoiceLine.objects.filter(invoice=invoice).count() + 1
    InvoiceLine.objects.bulk_create(
        InvoiceLine(invoice=invoice, position=place, **line.columns())
        for place, line in enumerate(lines, start=first)
    )


def percent_off(
    base: Decimal, percent: Decimal, currency: str, *, kind: str, description: str
) -> Line:
    """Return the line of a discount of so many percent of `base`, in the currency's decimals."""
    amount = half_up(base * percent / 100, numbers.decimals(currency))
    return Line(description=description, unit_price=-amount, discount_kind=kind)


def issue(invoices: Iterable[Invoice]) -> None:
    """Issue drafts in this order: they get their numbers, and stay as they are from then on.

    All or nothing; raises IntegrityError when one is issued already.
    """
    keys = [invoice.pk for invoice in invoices]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CALL app.issue_invoices(%s::uuid[])", [keys])


def cancel(*, invoice: Invoice, reason: str, on: date | None = None) -> None:
    """Cancel an issued invoice; what was paid of it becomes credit, by a credit note."""
    with transaction.atomic():
        row = Invoice.objects.select_for_update().get(pk=invoice.pk)
        if row.paid:
            rest = row.amount - row.credited
            credit_notes.write(invoice=row, amount=rest, reason=reason, on=on)
        else:
            row.status, row.cancel_reason = Invoice.Status.CANCELLED, reason
            row.save(update_fields=["status", "cancel_reason"])
