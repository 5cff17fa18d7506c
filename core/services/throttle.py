"""A brake on guessing passwords: who failed often has to wait, and nobody is locked out.

Failures are kept in PostgreSQL (core/sql/sign_in_attempts.sql), so that all processes count
together: not a library, since django-axes keeps tables of its own outside row-level security and
django-ratelimit wants a shared cache. They are counted by the account that was found, not by what
was typed (look-alikes are one person), and by where they come from: a device that the person
signed in with before, or the address of the network.

- 10 failures at an account from one source are free; then each costs a wait, 5 seconds at first and
  twice as long each time, up to the window.
- An account at which very many failed, from wherever, leaves sources that it does not know 3.
- A whole school shares one address, so that an address has 200, and waits a minute at most.
- A device that the person signed in with before is counted by itself: nobody else's failures hold
  it up.

An address that nobody has is counted the same way, so that the answers do not reveal who is here.
"""

from __future__ import annotations

import math
import unicodedata
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.middleware import client_address
from core.services import devices

if TYPE_CHECKING:
    from core.models import User

WINDOW = 15 * 60  # seconds that a failure counts
FREE = 10  # failures at one account from one source
FREE_UNDER_ATTACK = 3  # the same, once an account has had ATTACK failures
ATTACK = 50
FREE_OF_ADDRESS = 200
FIRST_WAIT = 5  # seconds
LONGEST_WAIT = WINDOW
LONGEST_WAIT_OF_ADDRESS = 60
MOST_LINKS = {"pair": 5, "account": 5, "source": 100}  # for a new password, in a window
# Of applications by the form, in a window: of one address, and of the school.
MOST_APPLICATIONS = {"source": 10, "account": 60}
SIGN_IN, RESET, APPLICATION = "sign-in", "password-reset", "application"
NOBODY = uuid.UUID("6b1c9d0e-5f0b-4e7e-9a51-9d3c0a3a7f55")  # namespace of addresses nobody has

COUNT = "CALL app.attempts_count(%s, %s, %s, %s, NULL, NULL, NULL, NULL, NULL)"


class TooMany(Exception):
    """The attempt was not looked at; `seconds` (int) until the next one will be."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Counts:
    """Failures within the window: at the account from the source, of the source, at the account.

    `*_age` is seconds since the last one; None without any.
    """

    pair: int
    pair_age: float | None
    source: int
    source_age: float | None
    account: int


class Throttle:
    """Attempts at one thing, at one account from one source, in the school of the context."""

    def __init__(
        self, purpose: str, *, account: uuid.UUID, source: str, is_known_device: bool = False
    ) -> None:
        self.key: list[str | uuid.UUID] = [purpose, account, source]
        self.is_known_device = is_known_device

    def counts(self) -> Counts:
        """Return the `Counts`; until the transaction ends, the next attempt of this pair waits."""
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [*self.key, WINDOW])
            return Counts(*cursor.fetchone())

    def wait(self, counts: Counts) -> int:
        """Return the seconds (int, 0: none) until an attempt is looked at again."""
        is_attacked = counts.account >= ATTACK and not self.is_known_device
        free = FREE_UNDER_ATTACK if is_attacked else FREE
        waits = [_left(counts.pair, free, counts.pair_age, LONGEST_WAIT)]
        if not self.is_known_device:
            waits.append(
                _left(counts.source, FREE_OF_ADDRESS, counts.source_age, LONGEST_WAIT_OF_ADDRESS)
            )
        return max(waits)

    def count(self) -> None:
        """Count one more."""
        with connection.cursor() as cursor:
            cursor.execute("CALL app.attempts_add(%s, %s, %s, %s)", [*self.key, WINDOW])

    def forget(self) -> None:
        """The person has proved who they are."""
        with connection.cursor() as cursor:
            cursor.execute("CALL app.attempts_forget(%s, %s, %s)", self.key)


def _left(failures: int, free: int, age: float | None, longest: int) -> int:
    """Return how much of the wait that so many failures cost is left."""
    if failures < free:
        return 0
    wait = min(FIRST_WAIT * 2 ** min(failures - free, 20), longest)
    return max(0, math.ceil(wait - age))


def sign_in(request: HttpRequest | None, typed: str, user: User | None) -> Throttle:
    """Return the `Throttle` of an attempt; `user` is whom `typed` names, or None."""
    account = account_of(typed, user)
    device = devices.known_to(request, account)
    source = f"device {device}" if device else _address(request)
    return Throttle(SIGN_IN, account=account, source=source, is_known_device=bool(device))


def password_reset(request: HttpRequest | None, typed: str, user: User | None) -> Throttle:
    """Return the `Throttle` of asking for a link."""
    return Throttle(RESET, account=account_of(typed, user), source=_address(request))


def application(request: HttpRequest | None) -> Throttle:
    """Return the `Throttle` of applying by the school's form, for which nobody has an account."""
    return Throttle(APPLICATION, account=NOBODY, source=_address(request))


def application_left(counts: Counts) -> bool:
    """Return whether one more application may be sent."""
    return all(getattr(counts, name) < most for name, most in MOST_APPLICATIONS.items())


def links_left(counts: Counts) -> bool:
    """Return whether one more link for a new password may be sent."""
    return all(getattr(counts, name) < most for name, most in MOST_LINKS.items())


def sentence(seconds: int) -> str:
    """Return how long to wait, for people: in seconds, or in minutes rounded up."""
    if seconds <= 90:
        time = ngettext("%d second", "%d seconds", seconds) % seconds
    else:
        minutes = math.ceil(seconds / 60)
        time = ngettext("%d minute", "%d minutes", minutes) % minutes
    return _("Too many attempts. Wait %(time)s, then try again.") % {"time": time}


def account_of(typed: str, user: User | None) -> uuid.UUID:
    """Return the id of the account: the person's, or one made from an address that nobody has."""
    if user is not None:
        return user.pk
    plain = unicodedata.normalize("NFKC", typed).strip().casefold()
    return uuid.uuid5(NOBODY, plain)


def _address(request: HttpRequest | None) -> str:
    return f"address {client_address(request) if request else ''}"[:100]
