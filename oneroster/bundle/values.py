"""From the text of a cell to a value: dates in several orders, flags, decimals."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from core.rounding import half_up
from oneroster.bundle import columns

ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$|(\d{4})(\d{2})(\d{2})$")
PARTED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[T ].*)?$")
YEARS = range(1900, 2200)  # outside: what programs write for "no date" (0001-01-01, 9999-12-31)
TRUE = {"true", "1", "yes", "y", "t"}
FALSE = {"false", "0", "no", "n", "f"}


class DateOrder:
    """Whether the dates with parts (1/05/2023) of a bundle are day-first, looked up in its values.

    A file's own values decide; a file that leaves it open follows the other files; when all leave
    it open, or contradict each other, month-first (the standard is American). Dots mean day-first.
    """

    def __init__(self, bundle):
        self._evidence = {file: _evidence(bundle, file) for file in columns.DATES}
        self._all = set().union(*(orders for orders, _ in self._evidence.values()))

    def day_first(self, file):
        """Return whether `file` is read day-first."""
        own, _ = self._evidence.get(file, (set(), False))
        for orders in (own, self._all):
            if len(orders) == 1:
                return orders == {"day"}
        return False

    def assumptions(self):
        """Yield (file, sentence) for every file with such dates."""
        for file, (own, parted) in self._evidence.items():
            if not parted:
                continue
            order = "day/month/year" if self.day_first(file) else "month/day/year"
            if len(own) == 1:
                why = "its values show it"
            elif len(own) == 2:
                why = "its values contradict each other"
            elif len(self._all) == 1:
                why = "as in the bundle's other files"
            else:
                why = "no value shows the order"
            yield file, f"dates such as 1/05/2023 are read as {order}: {why}"


def _evidence(bundle, file):
    """Return ({"day"} and/or {"month"}: which may stand first, whether there are such dates)."""
    orders, parted = set(), False
    for row in bundle.rows(file):
        for column in columns.DATES[file]:
            match = PARTED.match(row[column])
            if match and match[2] != ".":
                parted = True
                if int(match[1]) > 12:
                    orders.add("day")
                elif int(match[3]) > 12:
                    orders.add("month")
    return orders, parted


def parse_date(text, day_first=False):
    """Return the date, or None for an empty or boundless one (year 1, 9999).

    Raises ValueError with a sentence for what is no date.
    """
    if not text:
        return None
    if match := ISO.match(text):
        year, month, day = (int(part) for part in match.groups() if part is not None)
    elif match := PARTED.match(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        day, month = (first, second) if day_first or match[2] == "." else (second, first)
        if year < 100:
            year += 1900 if year > 68 else 2000
    else:
        raise ValueError(f"{text[:40]!r} is not a date")
    if year not in YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is not a date") from error


def parse_flag(text, default):
    """Return a boolean; anything that is neither true nor false is `default`."""
    text = text.lower()
    return True if text in TRUE else False if text in FALSE else default


def parse_number(text):
    """Return a finite Decimal, or None when empty; "74,5" and "74 %" are numbers too.

    Raises ValueError with a sentence.
    """
    if not text:
        return None
    plain = text.rstrip("% ")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(f"{text[:40]!r} is not a number") from error
    if not number.is_finite():
        raise ValueError(f"{text[:40]!r} is not a number")
    return number


def to_cents(number):
    """Return the number with two decimals, halves up. It must be below a million."""
    return half_up(number, 2)
