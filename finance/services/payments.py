"""Money received: recorded once, spread over invoices, taken back by counter-entries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from core.constraints import rule_of
from core.defaults import today
from core.models import User
from finance.models import Invoice, Payment, PaymentAllocation, PaymentReversal

Shares = Mapping[Invoice, Decimal]
ONE_TOKEN = "idx_payments_token"  # noqa: S105 - the name of a key


def spread(amount: Decimal, invoices: Iterable[Invoice]) -> dict[Invoice, Decimal]:
    """Return {invoice: share} of an amount over invoices in their order, until it is used up."""
    shares = {}
    for invoice in invoices:
        share = min(amount, invoice.balance)
        if share > 0:
            shares[invoice] = share
            amount -= share
    return shares


def record(
    *,
    student: User,
    amount: Decimal,
    currency: str,
    payment_method: str,
    shares: Shares,
    token: UUID | None = None,
    **columns: Any,
) -> Payment:
    """Record money of a student's family and what of it is for which invoice; the rest is credit.

    With a `token` that a payment has already, nothing is written and that payment is returned: a
    form that was sent twice (`was_sent_before`). `columns` are further ones of `Payment`; its sums
    are read anew by refresh_from_db(). Raises IntegrityError by a rule, for instance when another
    payment by that method has the same reference.
    """
    whole = next((i for i, share in shares.items() if share == amount), None)
    payment = Payment(
        student=whole.student if whole is not None else student,
        invoice=whole,
        amount=amount,
        currency=currency,
        payment_method=payment_method,
        token=token,
        **columns,
    )
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
            if whole is None:
                allocate(payment=payment, shares=shares, on=payment.payment_date)
    except IntegrityError as error:
        sent_before = _by_token(token) if rule_of(error) == ONE_TOKEN else None
        if sent_before is None:
            raise
        sent_before.was_sent_before = True
        return sent_before
    return payment


def record_all(received: Sequence[Payment], invoices: Sequence[Invoice]) -> None:
    """Record payments, each for the invoice beside it; what is above its balance is credit.

    Five queries, however many there are. An invoice may be there several times, as one object: what
    comes first pays it. Raises IntegrityError by a rule; then none is recorded.
    """
    rests = {invoice: invoice.balance for invoice in invoices}
    parts = []
    for payment, invoice in zip(received, invoices, strict=True):
        share = min(payment.amount, rests[invoice])
        rests[invoice] -= share
        payment.student_id = invoice.student_id
        if share == payment.amount:
            payment.invoice = invoice
        elif share:
            day = max(payment.payment_date, invoice.issue_date)
            parts.append(
                PaymentAllocation(
                    payment=payment, invoice=invoice, amount=share, allocation_date=day
                )
            )
    with transaction.atomic():
        Payment.objects.bulk_create(received)
        PaymentAllocation.objects.bulk_create(parts)


def allocate(*, payment: Payment, shares: Shares, on: date | None = None) -> None:
    """Allocate what is left of a payment to invoices; raises IntegrityError by a rule."""
    if not shares:
        return
    earliest = max(on or today(), payment.payment_date)
    PaymentAllocation.objects.bulk_create(
        PaymentAllocation(
            payment=payment,
            invoice=invoice,
            amount=share,
            allocation_date=max(earliest, invoice.issue_date),
        )
        for invoice, share in sorted(shares.items(), key=lambda pair: pair[0].pk)
        if share
    )


def use_credit(*, invoices: Iterable[Invoice], payments: Iterable[Payment]) -> Decimal:
    """Pay invoices from what is left of payments, both in their order; return how much was used.

    All or nothing; raises IntegrityError when somebody used it meanwhile.
    """
    rests = {invoice: invoice.balance for invoice in invoices}
    used = Decimal(0)
    with transaction.atomic():
        for payment in payments:
            left, shares = payment.unallocated, {}
            for invoice, rest in rests.items():
                if (share := min(left, rest)) > 0:
                    shares[invoice] = share
                    rests[invoice] -= share
                    left -= share
                    used += share
            allocate(payment=payment, shares=shares)
    return used


def take_back(
    *,
    payment: Payment,
    reason: str,
    kind: str = PaymentReversal.Kind.REVERSAL,
    amount: Decimal | None = None,
    on: date | None = None,
) -> PaymentReversal:
    """Reverse a payment that was a mistake, or refund it; all that is left of it, or an amount.

    The invoices that it paid are open again. Raises IntegrityError by a rule.
    """
    with transaction.atomic():
        row = Payment.objects.get(pk=payment.pk)
        rest = row.amount - row.reversed
        return PaymentReversal.objects.create(
            payment=row,
            kind=kind,
            amount=rest if amount is None else amount,
            reason=reason,
            reversal_date=on or max(today(), row.payment_date),
        )


def _by_token(token: UUID | None) -> Payment | None:
    return Payment.objects.filter(token=token).first() if token is not None else None
