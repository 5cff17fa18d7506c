"""Stripe: its Checkout page, and its signed webhook messages, by its own library.

Amounts are in the smallest unit by Stripe's list, which differs from ISO 4217 in places
(https://docs.stripe.com/currencies).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import stripe
from django.utils.translation import gettext as _

from finance.online.provider import (
    BadSignature,
    Kind,
    Message,
    Order,
    Refused,
    Secrets,
    Unavailable,
)

SECONDS = 8  # below the limits of a request; one retry at most
WHOLE = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
PAID = {"checkout.session.completed", "checkout.session.async_payment_succeeded"}
FAILED = {"checkout.session.async_payment_failed", "checkout.session.expired"}
PROBLEMS = {"charge.dispute.created", "charge.dispute.closed", "refund.failed"}


def checkout(secrets: Secrets, order: Order) -> str:
    """Make a Checkout session, or get the one that was made for this order."""
    client = stripe.StripeClient(
        secrets.key,
        http_client=stripe.RequestsClient(timeout=SECONDS),
        max_network_retries=1,
    )
    params: Any = {
        "mode": "payment",
        "client_reference_id": order.id,
        "payment_intent_data": {"metadata": {"order": order.id}},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.currency.lower(),
                    "unit_amount": to_smallest(order.amount, order.currency),
                    "product_data": {"name": order.title},
                },
            }
        ],
        "expires_at": int(order.expires_at.timestamp()),
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
    }
    if order.email:
        params["customer_email"] = order.email
    try:
        session = client.v1.checkout.sessions.create(params, {"idempotency_key": order.id})
    except stripe.InvalidRequestError as error:
        raise Refused(error.user_message or str(error)) from error
    except stripe.StripeError as error:
        raise Unavailable(type(error).__name__) from error
    return str(session.url)


def read(secrets: Secrets, body: bytes, headers: Mapping[str, str]) -> Message:
    """Check the signature and its age (five minutes), and read the event."""
    try:
        stripe.WebhookSignature.verify_header(
            body, headers.get("Stripe-Signature"), secrets.webhook, stripe.Webhook.DEFAULT_TOLERANCE
        )
        return _message(json.loads(body))
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
        raise BadSignature from error


def _message(event: Mapping[str, Any]) -> Message:
    thing = event["data"]["object"]
    kind, field = _kind(event["type"], thing)
    currency = str(thing.get("currency") or "").upper()
    order = thing.get("client_reference_id") or (thing.get("metadata") or {}).get("order")
    amount = thing.get(field) if field else None
    return Message(
        id=str(event["id"]),
        type=str(event["type"]),
        kind=kind,
        at=datetime.fromtimestamp(event["created"], UTC),
        order=str(order or ""),
        reference=str(thing.get("payment_intent") or ""),
        amount=None if amount is None else from_smallest(int(amount), currency),
        currency=currency,
    )


def _kind(name: str, thing: Mapping[str, Any]) -> tuple[Kind, str]:
    """Return what an event says, and the field of its amount.

    A session can be completed before the money is there (a bank debit): then a later event says so.
    """
    if name in PAID and thing.get("payment_status") == "paid":
        return Kind.PAID, "amount_total"
    if name in FAILED:
        return Kind.FAILED, ""
    if name == "charge.refunded":
        return Kind.REFUNDED, "amount_refunded"
    if name in PROBLEMS:
        return Kind.PROBLEM, "amount"
    return Kind.OTHER, ""


def decimals(currency: str) -> int:
    """Return after how many decimals Stripe counts."""
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2


def to_smallest(amount: Decimal, currency: str) -> int:
    """Return the amount in the currency's smallest unit; raises `Refused` for what has none."""
    scaled = amount.scaleb(decimals(currency))
    # Of thousandths the last digit has to be 0.
    step = 10 if currency in THOUSANDTHS else 1
    if scaled % step:
        raise Refused(_("Stripe takes no such amount of %(currency)s.") % {"currency": currency})
    return int(scaled)


def from_smallest(number: int, currency: str) -> Decimal:
    return Decimal(number).scaleb(-decimals(currency))
