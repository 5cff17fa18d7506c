"""The keys of tenants.settings, as an admin writes them."""

from typing import Any

from django.db import transaction

from core.models import Tenant


def save(tenant: Tenant, values: dict[str, Any]) -> None:
    """Write keys into a school's settings, those of None away; other keys stay as they are."""
    with transaction.atomic():
        row = Tenant.objects.select_for_update().get(pk=tenant.pk)
        kept = (row.settings or {}) | values
        row.settings = {name: value for name, value in kept.items() if value is not None}
        row.save(update_fields=["settings"])
    tenant.settings = row.settings
