"""One's own calendar feed: made, renewed and revoked by the person, under their own policies."""

from django.db import transaction

from core.models import CalendarFeed, User


def has_one(*, user: User) -> bool:
    """Return whether the person has a calendar address."""
    return CalendarFeed.objects.filter(user=user).exists()


def make(*, user: User) -> CalendarFeed:
    """Return the person's feed; there is one for each at most."""
    return CalendarFeed.objects.get_or_create(user=user)[0]


def revoke(*, user: User) -> bool:
    """Make the person's address lead nowhere; return whether there was one."""
    return CalendarFeed.objects.filter(user=user).delete()[0] > 0


def renew(*, user: User) -> CalendarFeed:
    """Put a new address in place of the old one, which leads nowhere from now on."""
    with transaction.atomic():
        revoke(user=user)
        return make(user=user)
