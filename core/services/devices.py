"""Which accounts a browser has signed in to before: a signed cookie that lasts.

It names a device and the accounts, and lets nobody in. It only says that this device's attempts at
these accounts are counted by themselves (core.services.throttle).
"""

import uuid

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "device"
SALT = "core.devices"
SECONDS = 400 * 24 * 3600  # browsers keep no cookie for longer
MOST_ACCOUNTS = 8  # a computer that a family, or a class, shares


def known_to(request: HttpRequest | None, account: uuid.UUID) -> str | None:
    """Return the device's id (hex) if it signed in to the account (UUID) before, else None."""
    device, accounts = _read(request)
    return device if account.hex in accounts else None


def remember(request: HttpRequest | None, response: HttpResponse, account: uuid.UUID) -> None:
    """Have the browser keep that it signed in to the account (UUID)."""
    device, accounts = _read(request)
    accounts = [account.hex, *(other for other in accounts if other != account.hex)]
    value = [device or uuid.uuid4().hex, accounts[:MOST_ACCOUNTS]]
    response.set_cookie(
        COOKIE,
        signing.dumps(value, salt=SALT),
        max_age=SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _read(request: HttpRequest | None) -> tuple[str | None, list[str]]:
    """Return (device id, account ids) of the cookie; (None, []) for none or a made-up one."""
    if request is None or COOKIE not in request.COOKIES:
        return None, []
    try:
        device, accounts = signing.loads(request.COOKIES[COOKIE], salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None, []
    return device, accounts
