"""Defaults of form fields that depend on the school."""

from datetime import date

from django.utils import timezone

from core import rls


def today() -> date:
    """Return the date at the current school; UTC's outside a context."""
    tenant = rls.current().tenant
    return tenant.today() if tenant is not None else timezone.now().date()


def school_currency() -> str:
    """Return the current school's currency (ISO 4217); USD outside a context."""
    tenant = rls.current().tenant
    return tenant.currency if tenant is not None else "USD"
