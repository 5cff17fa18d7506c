"""What people type for a day, a time or an amount, read the same way everywhere.

Whatever the application shows can be typed again. Each function raises ValueError with a sentence
that gives an example.
"""

from collections.abc import Iterable
from datetime import date, datetime
from datetime import time as Time
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import numbers, rls

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
# With the month as a word, or the year first, nobody takes the day for the month.
PLAIN = ("%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d.%m.%Y")
SLASHES = {DAY_FIRST: ("%d/%m/%Y", "%d-%m-%Y"), MONTH_FIRST: ("%m/%d/%Y", "%m-%d-%Y")}
TIMES = ("%H:%M", "%H:%M:%S", "%H.%M", "%I:%M %p", "%I %p")
EXAMPLE = date(2026, 11, 28)  # its day is no month
LONGEST = 40  # characters


def day_order() -> str:
    """Return how the current school reads 3/4/2026 (its setting `date_order`): the day first."""
    tenant = rls.current().tenant
    kept = ((tenant.settings or {}) if tenant is not None else {}).get("date_order")
    return kept if kept in SLASHES else DAY_FIRST


def day(text: str) -> date:
    """Return the date of a text: 28 Nov 2026, 2026-11-28, or 28/11/2026 by the school's order."""
    order = day_order()
    words = " ".join(text.replace(",", " ").split()).replace("Sept ", "Sep ")
    moment = _first(words, (*PLAIN, *SLASHES[order]))
    if moment is None:
        raise ValueError(
            _("“%(text)s” is not a date. Write it like %(first)s, %(second)s or %(third)s.")
            % {
                "text": _shortened(text),
                "first": date_format(EXAMPLE, "DATE_FORMAT"),
                "second": EXAMPLE.strftime(SLASHES[order][0]),
                "third": EXAMPLE.isoformat(),
            }
        )
    return moment.date()


def time(text: str) -> Time:
    """Return the time of day of a text: 14:30, 14:30:15, 14.30 or 2:30 pm."""
    moment = _first(" ".join(text.split()), TIMES)
    if moment is None:
        raise ValueError(
            _("“%(text)s” is not a time. Write it like 14:30.") % {"text": _shortened(text)}
        )
    return moment.time()


def number(text: str) -> Decimal:
    """Return the Decimal of a text: 1250, 1250.5, 1,250.50, 1 250,50 or 1.250,50.

    A single comma parts thousands where three digits follow (1,250), else it is a decimal comma
    (12,50). A single point is always a decimal one.
    """
    try:
        return numbers.read(text, has_thousands=True)
    except ValueError:
        raise ValueError(
            _("“%(text)s” is not a number. Write it like 1250.50 or 1,250.50.")
            % {"text": _shortened(text)}
        ) from None


def _first(words: str, formats: Iterable[str]) -> datetime | None:
    if len(words) > LONGEST:
        return None
    for form in formats:
        try:
            return datetime.strptime(words, form)  # noqa: DTZ007 - a day or a time alone
        except ValueError:
            continue
    return None


def _shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
