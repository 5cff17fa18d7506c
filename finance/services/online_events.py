"""Messages of the provider of online payment: each is taken in once, in whatever order they come.

The school itself acts (no person does): the signature says that the message is the provider's, and
what is recorded is what our own checkout says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import rls
from core.constraints import rule_of
from core.defaults import today
from core.models import Guardian, Tenant
from finance.models import (
    ClosedMonth,
    Invoice,
    OnlineCheckout,
    OnlineEvent,
    Payment,
    PaymentReversal,
)
from finance.online import accounts
from finance.online.provider import BadSignature, Kind, Message, adapter
from finance.services import payments

logger = logging.getLogger(__name__)
Outcome = OnlineEvent.Outcome


def receive(*, tenant: Tenant, provider: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Take in a message; say whether it is new. Raises `BadSignature` unless the provider sent it.

    Everything about a message is written at once or not at all, so that one that failed can be
    delivered again.
    """
    keys = accounts.secrets()
    if keys is None or keys.provider != provider:
        raise BadSignature
    message = adapter(provider).read(keys, body, headers)
    if message.kind is Kind.OTHER:
        return False
    with rls.tenant_context(tenant, role="admin"):
        event = _first_time(provider, message)
        if event is None:
            return False
        checkout = _checkout(message)
        if checkout is None:
            event.note = _("Not about a payment that was begun here.")
        else:
            ACTIONS[message.kind](event, message, checkout)
        event.save(update_fields=["outcome", "note", "payment", "updated_at"])
    if event.outcome == Outcome.PROBLEM:
        logger.warning("Online payment: look into message %s of %s", message.id, provider)
    return True


def _first_time(provider: str, message: Message) -> OnlineEvent | None:
    """Write the message down and wait for the school's others; None if it is here already."""
    event = OnlineEvent(
        provider=provider,
        event_id=message.id,
        kind=message.type,
        happened_at=message.at,
        reference=message.reference or None,
        refunded=message.amount if message.kind is Kind.REFUNDED else None,
        checkout=_checkout(message),
        outcome=Outcome.IGNORED,
    )
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError as error:
        if rule_of(error) == "idx_online_events":
            return None
        raise
    return event


def _checkout(message: Message) -> OnlineCheckout | None:
    try:
        key = UUID(message.order)
    except ValueError:
        return None
    return OnlineCheckout.objects.filter(pk=key).first()


def _paid(event: OnlineEvent, message: Message, checkout: OnlineCheckout) -> None:
    if (message.amount, message.currency) != (checkout.amount, checkout.currency):
        event.outcome = Outcome.PROBLEM
        event.note = _(
            "%(amount)s %(currency)s were paid, but %(expected)s %(expected_currency)s were asked"
            " for. Nothing was recorded."
        ) % {
            "amount": message.amount,
            "currency": message.currency,
            "expected": checkout.amount,
            "expected_currency": checkout.currency,
        }
        return
    event.outcome = Outcome.RECORDED
    event.payment = _payment(event) or _record(event, message, checkout)
    _refund_what_waits(event)


def _record(event: OnlineEvent, message: Message, checkout: OnlineCheckout) -> Payment:
    """Record what the checkout asked for; what its invoice does not need any more is credit."""
    invoice = Invoice.objects.select_for_update(no_key=True).get(pk=checkout.invoice_id)
    is_open = invoice.status != Invoice.Status.CANCELLED
    shares = payments.spread(checkout.amount, [invoice] if is_open else [])
    if sum(shares.values()) < checkout.amount:
        event.note = _("Invoice %(number)s needed less meanwhile: the rest is credit.") % {
            "number": invoice.invoice_number
        }
    payer = checkout.started_by_id and Guardian.objects.filter(user=checkout.started_by_id).first()
    return payments.record(
        student=invoice.student,
        amount=checkout.amount,
        currency=checkout.currency,
        payment_method=event.provider,
        shares=shares,
        token=checkout.pk,
        payer_guardian=payer or None,
        transaction_id=message.reference or None,
        payment_date=_day(message),
    )


def _refunded(event: OnlineEvent, message: Message, checkout: OnlineCheckout) -> None:
    payment = _payment(event)
    if payment is None:
        event.outcome = Outcome.WAITING
        event.note = _("The message about the payment itself is yet to come.")
    elif message.currency != payment.currency:
        event.outcome = Outcome.PROBLEM
        event.note = _("The refund is in another currency than the payment.")
    else:
        _take_back(event, payment, _day(message))


def _take_back(event: OnlineEvent, payment: Payment, day: date) -> None:
    """Reverse what went back and is not noted yet; messages name the sum, so order is no matter."""
    event.payment = payment
    event.outcome = Outcome.REFUNDED
    payment.refresh_from_db()
    missing = min(event.refunded or 0, payment.amount) - payment.reversed
    if missing > 0:
        payments.take_back(
            payment=payment,
            kind=PaymentReversal.Kind.REFUND,
            amount=missing,
            reason=_("Refunded by %(provider)s") % {"provider": event.get_provider_display()},
            on=max(day, payment.payment_date),
        )
    else:
        event.note = _("It was recorded before.")


def _refund_what_waits(event: OnlineEvent) -> None:
    """Refunds whose messages came before that of the payment."""
    if not event.reference or event.payment is None:
        return
    waiting = OnlineEvent.objects.filter(reference=event.reference, outcome=Outcome.WAITING)
    for early in waiting.order_by("refunded"):
        _take_back(early, event.payment, _open_day(timezone.localdate(early.happened_at)))
        early.save(update_fields=["outcome", "note", "payment", "updated_at"])


def _failed(event: OnlineEvent, message: Message, checkout: OnlineCheckout) -> None:
    event.note = _("It was not paid.")


def _problem(event: OnlineEvent, message: Message, checkout: OnlineCheckout) -> None:
    event.outcome = Outcome.PROBLEM
    event.payment = _payment(event)
    event.note = _(
        "A dispute, or a refund that failed. See what the provider says of it, and reverse or"
        " record the payment accordingly."
    )


ACTIONS: dict[Kind, Callable[[OnlineEvent, Message, OnlineCheckout], None]] = {
    Kind.PAID: _paid,
    Kind.FAILED: _failed,
    Kind.REFUNDED: _refunded,
    Kind.PROBLEM: _problem,
}


def _payment(event: OnlineEvent) -> Payment | None:
    """Return the payment that a message is about, if it is recorded; by hand, too."""
    if event.reference is None:
        return None
    return Payment.objects.filter(
        payment_method=event.provider, transaction_id=event.reference
    ).first()


def _day(message: Message) -> date:
    return _open_day(timezone.localdate(message.at))


def _open_day(day: date) -> date:
    """Return the day at the school, or today where the books of its month are closed."""
    day = min(day, today())
    month = day.replace(day=1)
    closed = ClosedMonth.objects.filter(month=month, reopened_at=None).exists()
    return today() if closed else day
