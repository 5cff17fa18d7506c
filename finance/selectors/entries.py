"""What happened to an invoice, and what a payment was for: entries in the order of their days."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finance.models import CreditNote, Invoice, Payment


@dataclass
class Entry:
    """Something that changed what is to pay of an invoice; `amount` is taken off.

    `rest` is what was still to pay afterwards. `payment` is None for a credit note, and where the
    reader may not see the payment: a sibling's, of which a part was for this invoice.
    """

    day: date
    amount: Decimal
    payment: Payment | None = None
    credit_note: CreditNote | None = None
    rest: Decimal = Decimal(0)

    @property
    def is_taken_back(self) -> bool:
        """Whether the invoice got less by it: the payment was reversed, or paid something else."""
        return self.amount < 0

    @property
    def amount_back(self) -> Decimal:
        """What is to pay again."""
        return -self.amount


def of_invoice(invoice: Invoice) -> list[Entry]:
    """Return the entries of an invoice, oldest first. Three queries."""
    allocations = list(invoice.allocations.all())
    payments = Payment.objects.in_bulk({row.payment_id for row in allocations})
    dated = [
        (row.allocation_date, row.created_at, Entry(row.allocation_date, row.amount, payment))
        for row in allocations
        for payment in [payments.get(row.payment_id)]
    ]
    dated += [
        (row.credit_date, row.created_at, Entry(row.credit_date, row.amount, credit_note=row))
        for row in invoice.credit_notes.all()
    ]
    entries = [entry for *_when, entry in sorted(dated, key=lambda row: row[:2])]
    rest = invoice.amount
    for entry in entries:
        rest -= entry.amount
        entry.rest = rest
    return entries


@dataclass
class Share:
    """What of a payment is for an invoice now, and what was still to pay of it after that."""

    invoice: Invoice
    amount: Decimal
    rest: Decimal


def shares(payment: Payment) -> list[Share]:
    """Return the `Share`s of a payment, of the invoices that the reader may see.

    One query and three for each invoice.
    """
    sums: dict[Invoice, Decimal] = {}
    for row in payment.allocations.select_related("invoice"):
        sums[row.invoice] = sums.get(row.invoice, Decimal(0)) + row.amount
    return [
        Share(invoice, amount, _rest_after(invoice, payment))
        for invoice, amount in sums.items()
        if amount
    ]


def _rest_after(invoice: Invoice, payment: Payment) -> Decimal:
    return next(e.rest for e in reversed(of_invoice(invoice)) if e.payment == payment)


def receipt_number(payment: Payment) -> str:
    """Return the number of a payment's receipt, which it keeps for good."""
    return f"R-{payment.pk.hex[:8].upper()}"
