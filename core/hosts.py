"""From a host name to the school, before any context exists."""

import time
from threading import Lock

from django.conf import settings

from core import rls
from core.models import Tenant

_cache = {}
_lock = Lock()
MAX_CACHED_HOSTS = 10_000  # unknown hosts are cached too, so that the cache needs a lid


def find(host):
    """Return the `Tenant` that answers to `host` (lower case, no port), or None.

    Answers from a cache of this process for at most settings.TENANT_CACHE_SECONDS; `forget()`
    drops it when this process changes a school or a domain.
    """
    now = time.monotonic()
    entry = _cache.get(host)
    if entry is not None and entry[0] > now:
        return entry[1]
    tenant = load(host)
    with _lock:
        if len(_cache) >= MAX_CACHED_HOSTS:
            _cache.clear()
        _cache[host] = (now + settings.TENANT_CACHE_SECONDS, tenant)
    return tenant


def load(host):
    """Ask the database for the school of `host`; None when there is none."""
    return rls.lookup(Tenant, "SELECT * FROM app.tenant_for_host(%s)", [host])


def forget(*args, **kwargs):
    """Empty the cache (also a receiver of Tenant's and Domain's save and delete signals)."""
    with _lock:
        _cache.clear()
