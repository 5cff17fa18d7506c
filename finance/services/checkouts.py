"""Going to pay an invoice online."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from finance.models import Invoice, OnlineCheckout, Payment
from finance.online import accounts
from finance.online.provider import Order, Refused, Unavailable, adapter

OPEN_FOR = timedelta(minutes=60)  # the provider's page; Stripe allows no less than 30 minutes
SAME_FOR = timedelta(minutes=25)  # within this, going there again is the same checkout

__all__ = ["Refused", "Unavailable", "start"]


def start(*, invoice: Invoice, by: User, address: Callable[[str], str]) -> str:
    """Return the address of the provider's page where `by` pays what is open of an invoice.

    `address` gives the address that somebody comes back to: with "paid", or "" when they did not
    pay. Raises `Refused` or `Unavailable` by the provider, IntegrityError where nothing is to pay.
    """
    keys = accounts.secrets()
    provider = accounts.provider()
    if keys is None or not provider:
        raise Unavailable("no account")
    checkout = _under_way(invoice, by) or _new(invoice, provider)
    order = Order(
        id=str(checkout.pk),
        amount=checkout.amount,
        currency=checkout.currency,
        title=_("Invoice %(number)s") % {"number": invoice.invoice_number},
        email=by.email or "",
        expires_at=checkout.created_at + OPEN_FOR,
        success_url=address("paid"),
        cancel_url=address(""),
    )
    return adapter(keys.provider).checkout(keys, order)


def _under_way(invoice: Invoice, by: User) -> OnlineCheckout | None:
    """Return what the same person began a short while ago, so that two clicks pay once."""
    begun = OnlineCheckout.objects.filter(
        invoice=invoice,
        started_by=by,
        amount=invoice.balance,
        currency=invoice.currency,
        created_at__gt=timezone.now() - SAME_FOR,
    ).first()
    if begun is not None and Payment.objects.filter(token=begun.pk).exists():
        return None
    return begun


def _new(invoice: Invoice, provider: str) -> OnlineCheckout:
    checkout = OnlineCheckout.objects.create(
        invoice=invoice, provider=provider, amount=invoice.balance, currency=invoice.currency
    )
    checkout.refresh_from_db()  # the amount is what the database says
    return checkout
