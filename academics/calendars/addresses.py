"""The address of a subscribed timetable: the signed id of its feed.

Nobody can guess one, and one that was revoked leads nowhere: its row is gone. Who it belongs to is
asked of the database (app.user_for_calendar), for a calendar program signs in as nobody.
"""

import uuid

from django.core import signing
from django.db import transaction
from django.urls import reverse

from core import rls
from core.models import CalendarFeed, User

SIGNER = signing.Signer(salt="academics.calendars", sep=".")


def token(feed):
    return SIGNER.sign(feed.pk.hex)


def address(request, feed):
    """Return the absolute address of a feed at the host that is being asked."""
    return request.build_absolute_uri(reverse("calendar_feed", args=[token(feed)]))


def person(text):
    """Return the active `User` whom a token stands for at this school, or None."""
    try:
        feed_id = uuid.UUID(hex=SIGNER.unsign(text))
    except (signing.BadSignature, ValueError):
        return None
    return rls.lookup(
        User,
        "SELECT * FROM app.user_for_calendar(%s, %s)",
        [rls.current_tenant_id(), feed_id],
    )


def make(*, user):
    """Return the person's feed; there is one for each at most."""
    return CalendarFeed.objects.get_or_create(user=user)[0]


def revoke(*, user):
    """Make the person's address lead nowhere."""
    CalendarFeed.objects.filter(user=user).delete()


def renew(*, user):
    """Put a new address in place of the old one, which leads nowhere from now on."""
    with transaction.atomic():
        revoke(user=user)
        return make(user=user)
