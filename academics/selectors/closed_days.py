"""When the school is closed."""

from collections import defaultdict
from datetime import date, timedelta

from academics.models import ClosedDay
from core.composed import composed
from core.models.base import TenantQuerySet


def is_closed_sql(tenant: str, day: str) -> str:
    """Return the SQL condition that a school is closed on a day; both are expressions in SQL.

    The planner can join this; a database function would be called once for each row.
    """
    return (
        "exists (select from closed_days k"  # noqa: S608 - expressions of our own
        f" where k.tenant_id = {tenant} and {day} between k.start_date and k.end_date)"
    )


def names_by_day(first: date, last: date) -> dict[date, list[str]]:
    """Return {day: names of its closed days}, a defaultdict: other days are empty lists."""
    names: dict[date, list[str]] = defaultdict(list)
    for closed in _between(first, last):
        day = max(closed.start_date, first)
        while day <= min(closed.end_date, last):
            names[day].append(closed.name)
            day += timedelta(days=1)
    return names


@composed
def _between(first: date, last: date) -> TenantQuerySet[ClosedDay]:
    return ClosedDay.objects.between(first, last)
