"""The address of a subscribed timetable: the signed id of its feed.

It cannot be guessed, and a revoked one leads nowhere: its row is gone. A calendar program does not
sign in, so the database says whose feed it is (app.user_for_calendar).
"""

import uuid

from django.core import signing
from django.urls import reverse

from core import rls
from core.addresses import site_of
from core.models import User
from core.services.calendar_feeds import make, renew, revoke

__all__ = ["address", "make", "person", "renew", "revoke", "token"]
SIGNER = signing.Signer(salt="academics.calendars", sep=".")


def token(feed):
    return SIGNER.sign(feed.pk.hex)


def address(request, feed):
    """Return the address of a feed at the site that is being asked."""
    return site_of(request) + reverse("calendar_feed", args=[token(feed)])


def person(text):
    """Return the active `User` of a token at this school, or None."""
    try:
        feed_id = uuid.UUID(hex=SIGNER.unsign(text))
    except (signing.BadSignature, ValueError):
        return None
    return rls.lookup(
        User,
        "SELECT * FROM app.user_for_calendar(%s, %s)",
        [rls.current_tenant_id(), feed_id],
    )
