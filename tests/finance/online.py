"""What Stripe sends, signed as it signs it."""

import json
import time
from decimal import Decimal

import stripe
from django.test import Client

from core.rls import tenant_context
from finance.models import OnlineCheckout
from finance.online import accounts

KEY, WEBHOOK = "sk_test_school", "whsec_school"


def set_up(school, webhook=WEBHOOK):
    """Give the school an account."""
    with tenant_context(school.tenant, school.admin):
        accounts.keep(provider="stripe", key=KEY, webhook=webhook, is_active=True)


def begin(school, invoice=None, by=None):
    """Begin a checkout of the invoice, by the student if nobody else is named."""
    with tenant_context(school.tenant, by or school.student):
        checkout = OnlineCheckout.objects.create(
            invoice=invoice or school.invoice, provider="stripe"
        )
        checkout.refresh_from_db()
        return checkout


def event(kind, thing, name="evt_1", at=None):
    """Return an event of Stripe as it is sent, in bytes."""
    return json.dumps(
        {
            "id": name,
            "object": "event",
            "type": kind,
            "created": int(at or time.time()),
            "data": {"object": thing},
        }
    ).encode()


def smallest(amount):
    return int(Decimal(amount) * 100)


def completed(checkout, name="evt_1", at=None, kind="checkout.session.completed", **other):
    """The session of a checkout was paid."""
    thing = {
        "id": "cs_1",
        "object": "checkout.session",
        "client_reference_id": str(checkout.pk),
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "amount_total": smallest(checkout.amount),
        "currency": checkout.currency.lower(),
    }
    return event(kind, thing | other, name, at)


def refunded(checkout, so_far, name="evt_2", at=None, kind="charge.refunded", **other):
    """Of the charge of a checkout this much went back so far."""
    thing = {
        "id": "ch_1",
        "object": "charge",
        "metadata": {"order": str(checkout.pk)},
        "payment_intent": "pi_1",
        "amount": smallest(checkout.amount),
        "amount_refunded": smallest(so_far),
        "currency": checkout.currency.lower(),
    }
    return event(kind, thing | other, name, at)


def deliver(school, body, secret=WEBHOOK, signature=None, path="/webhooks/stripe/", **headers):
    """Send an event to the school, signed with a secret; CSRF is checked as for a browser."""
    if signature is None:
        signature = stripe.WebhookSignature.generate_signature_header(body.decode(), secret)
    return Client(enforce_csrf_checks=True).post(
        path,
        body,
        content_type="application/json",
        headers={"Host": school.host, "Stripe-Signature": signature} | headers,
    )
