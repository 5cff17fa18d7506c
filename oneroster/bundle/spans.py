"""Spans of days: what school years, terms and a bundle's sessions are compared by."""

from datetime import date
from typing import NamedTuple

SCHOOL_YEAR_BEGINS = 7  # July: what begins then or later belongs to the year that ends next summer


class Span(NamedTuple):
    """First and last day, both included."""

    start: date
    end: date

    @property
    def days(self):
        return (self.end - self.start).days + 1

    def holds(self, other):
        """Return whether every day of `other` is one of this."""
        return self.start <= other.start and other.end <= self.end

    def shares(self, other):
        """Return the number of days that are in both."""
        return max((min(self.end, other.end) - max(self.start, other.start)).days + 1, 0)

    def resembles(self, other):
        """Return whether most days of each are days of the other, too."""
        return 2 * self.shares(other) > max(self.days, other.days)


def span_of(row):
    """Return the span of a year or a term here."""
    return Span(row.start_date, row.end_date)


def around(spans):
    """Return the span from the first day to the last one of several."""
    return Span(min(span.start for span in spans), max(span.end for span in spans))


def ending_year(start):
    """Return the year in which the school year of a day ends."""
    return start.year + (start.month >= SCHOOL_YEAR_BEGINS)


def year_name(ending):
    """Return the name of the school year that ends in a year."""
    return f"{ending - 1}–{ending}"
