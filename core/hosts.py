"""From a host name to the school, before any context exists."""

from django.conf import settings

from core import rls
from core.models import Tenant


def find(host: str) -> Tenant | None:
    """Return the `Tenant` that answers to `host` (lower case, no port), or None.

    Asked for each request: a school that is suspended, or has other settings, is so in every
    process from the next request on.
    """
    return rls.lookup(Tenant, "SELECT * FROM app.tenant_for_host(%s)", [host])


def platform_contact() -> str:
    """Return the e-mail address that people of a closed school may ask; "" when none is known."""
    if settings.PLATFORM_CONTACT:
        return settings.PLATFORM_CONTACT
    platform = find(f"platform.{settings.BASE_DOMAIN}")
    return platform.contact_email if platform is not None else ""
