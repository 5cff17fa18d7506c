"""The addresses of the schools' sites, as they stand in mails and calendars.

Made from what is configured, never from what a request says of itself: a forged port in its Host
header would otherwise be mailed to somebody. The host itself was found in the table of domains.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

from core.models import Domain


def site_url(host: str) -> str:
    """Return the address of a host's site: scheme, host, and settings.SITE_PORT where it is set."""
    scheme = "https" if settings.HTTPS else "http"
    return f"{scheme}://{host}:{settings.SITE_PORT}" if settings.SITE_PORT else f"{scheme}://{host}"


def site_of(request: HttpRequest) -> str:
    """Return the address of the site that a request came to."""
    return site_url(split_domain_port(request.get_host())[0])


def main_site() -> str:
    """Return the address at the primary host name of the context's school, for jobs."""
    host = Domain.objects.order_by("-is_primary", "domain").values_list("domain", flat=True)[0]
    return site_url(host)
