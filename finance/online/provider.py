"""What a provider of online payment does for us. An adapter is a module with these two functions.

No card number ever comes here: people pay on the provider's own page, and it reports what was paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from importlib import import_module
from typing import Protocol, cast

ADAPTERS = {"stripe": "finance.online.stripe_checkout"}
# What the office subscribes to at the provider.
EVENTS = {
    "stripe": [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.closed",
        "refund.failed",
    ]
}


class Unavailable(Exception):
    """The provider cannot be asked, or refuses our key: it does not work for anybody at present."""


class Refused(Exception):
    """The provider takes no such payment; its text says why."""


class BadSignature(Exception):
    """A message that the provider did not sign with this school's secret, or that is none."""


@dataclass(frozen=True)
class Secrets:
    """A school's keys; never in a log, a page or an error."""

    provider: str
    key: str
    webhook: str

    def __repr__(self) -> str:
        return f"Secrets({self.provider})"


@dataclass(frozen=True)
class Order:
    """What is to be paid: `id` of our row comes back in the messages about it."""

    id: str
    amount: Decimal
    currency: str
    title: str
    email: str
    expires_at: datetime
    success_url: str
    cancel_url: str


class Kind(Enum):
    """What a message says."""

    PAID = "paid"
    FAILED = "failed"
    REFUNDED = "refunded"
    PROBLEM = "problem"  # for people to look into
    OTHER = "other"


@dataclass(frozen=True)
class Message:
    """One message of the provider.

    `order` is the id of our order, "" where it names none. `amount` in the currency's own unit is
    only compared with ours, but for a refund: there it is all that went back of the payment so far.
    """

    id: str
    type: str
    kind: Kind
    at: datetime
    order: str = ""
    reference: str = ""
    amount: Decimal | None = None
    currency: str = ""


class Adapter(Protocol):
    def checkout(self, secrets: Secrets, order: Order) -> str:
        """Return the address of the page to pay at; the same for the same order.

        Raises `Refused` or `Unavailable`.
        """

    def read(self, secrets: Secrets, body: bytes, headers: Mapping[str, str]) -> Message:
        """Return the message that was sent; raises `BadSignature`."""


def adapter(provider: str) -> Adapter:
    """Return the adapter of a provider; its library is imported when somebody first pays."""
    return cast("Adapter", import_module(ADAPTERS[provider]))
