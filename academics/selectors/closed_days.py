"""When the school is closed."""

from collections import defaultdict
from datetime import date, timedelta

from academics.models import ClosedDay


def is_closed_sql(tenant: str, day: str) -> str:
    """Return the SQL condition that a school is closed on a day; both are expressions in SQL.

    A function in the database would be called once a row, where the planner can join this.
    """
    return (
        "exists (select from closed_days k"  # noqa: S608 - expressions of our own
        f" where k.tenant_id = {tenant} and {day} between k.start_date and k.end_date)"
    )


def names_by_day(first: date, last: date) -> dict[date, list[str]]:
    """Return {day: the names of what closes the school}; days without are empty lists."""
    found: dict[date, list[str]] = defaultdict(list)
    for closed in ClosedDay.objects.between(first, last):
        day = max(closed.start_date, first)
        while day <= min(closed.end_date, last):
            found[day].append(closed.name)
            day += timedelta(days=1)
    return found
