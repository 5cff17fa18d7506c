"""Which school an operator's command means."""

from django.core.management.base import CommandError
from django.db import OperationalError

from core.models import Tenant


def find_school(subdomain):
    """Return the school; an operator's command asks as the owner, before any context exists.

    Raises CommandError with the list of schools.
    """
    schools = Tenant.objects.using("owner").exclude(schema_name="public").order_by("subdomain")
    try:
        tenants = {tenant.subdomain: tenant for tenant in schools}
    except OperationalError as error:
        raise CommandError(
            f"The database cannot be reached: {' '.join(str(error).split())}"
        ) from error
    tenant = tenants.get(subdomain.strip().lower())
    if tenant is None:
        names = ", ".join(tenants) or "none yet"
        raise CommandError(f"There is no school “{subdomain}”. Schools: {names}.")
    return tenant
