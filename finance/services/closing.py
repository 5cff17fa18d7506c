"""Closing and reopening the books of a month."""

from datetime import date

from core.models.base import TenantQuerySet
from finance.models import ClosedMonth


def closed() -> TenantQuerySet[ClosedMonth]:
    """Return the months that are closed now."""
    return ClosedMonth.objects.filter(reopened_at__isnull=True)


def close(month: date) -> ClosedMonth:
    """Close the month of a day; raises IntegrityError when it is not over, or closed already."""
    return ClosedMonth.objects.create(month=month.replace(day=1))


def reopen(closed_month: ClosedMonth, reason: str) -> None:
    """Reopen a month; the database writes down who did it and when."""
    closed_month.reopen_reason = reason
    closed_month.save(update_fields=["reopen_reason"])
