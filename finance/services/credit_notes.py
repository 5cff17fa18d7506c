"""Credit notes: an invoice asks less from then on."""

from datetime import date
from decimal import Decimal

from django.db import transaction

from core.defaults import today
from finance.models import CreditNote, Invoice


@transaction.atomic
def write(*, invoice: Invoice, amount: Decimal, reason: str, on: date | None = None) -> CreditNote:
    """Write a credit note, with the next number; raises IntegrityError by a rule.

    What was paid above what the invoice asks now is credit of who paid. An invoice that asks
    nothing any more is cancelled.
    """
    note = CreditNote.objects.create(
        invoice=invoice, amount=amount, reason=reason, credit_date=on or today()
    )
    note.refresh_from_db()
    return note
