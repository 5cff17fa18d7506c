"""A brake on guessing passwords.

Counters in Django's cache rather than a library: django-axes keeps its attempts in tables of its
own, which would have to come under row-level security, and django-ratelimit refuses the in-memory
cache that a single server runs on. With that cache each server process counts for itself; a shared
cache (Redis, memcached) makes the limits exact. Keys are per school (settings.CACHES).
"""

import hashlib

from django.core.cache import cache

WINDOW = 15 * 60  # seconds
# A whole school shares one address, so the limit for an address alone is a wide one.
SIGN_IN_LIMITS = {"address": 200, "account": 50, "both": 10}
RESET_LIMITS = {"address": 100, "account": 5, "both": 5}


class Throttle:
    """Attempts at one thing, counted by address, by account, and by the two together."""

    def __init__(self, purpose, limits, *, address, account):
        account = account.strip().lower()
        self._counters = {
            _key(purpose, "address", address): limits["address"],
            _key(purpose, "account", account): limits["account"],
            _key(purpose, "both", address, account): limits["both"],
        }

    def exceeded(self):
        """Return whether one more attempt would be too many."""
        counts = cache.get_many(self._counters)
        return any(counts.get(key, 0) >= limit for key, limit in self._counters.items())

    def count(self):
        """Count one attempt. The window begins with the first."""
        for key in self._counters:
            cache.add(key, 0, WINDOW)
            try:
                cache.incr(key)
            except ValueError:  # it expired this very moment
                cache.set(key, 1, WINDOW)

    def forget(self):
        """The person has proved who they are: forget their failures from this address."""
        cache.delete(list(self._counters)[-1])


def _key(*parts):
    """Cache keys are short and take no odd characters; what people type is neither."""
    return "throttle-" + hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


def sign_in(address, account):
    return Throttle("sign-in", SIGN_IN_LIMITS, address=address, account=account)


def password_reset(address, account):
    return Throttle("password-reset", RESET_LIMITS, address=address, account=account)
