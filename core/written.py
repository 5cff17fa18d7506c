"""Dates, times and numbers as people read them, quickly.

Django reads a format letter by letter for every value: 70 us, 50 to 500 times a page. A page's
values repeat, so the texts are kept.
"""

from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

from django.template.defaultfilters import floatformat
from django.utils import formats
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]  # no stub
from django.utils.translation import get_language

Moment = date | time | datetime
CLOCKS = (datetime, time)


def moment(value: Moment) -> str:
    """Return a date, a time, or a moment at the school's clock in the reader's language."""
    if not isinstance(value, datetime):
        kind = "DATE_FORMAT" if isinstance(value, date) else "TIME_FORMAT"
        return text(value, kind)
    return text(template_localtime(value), "DATETIME_FORMAT")


def text(value: Moment, kind: str) -> str:
    """Return `value` by a format: the name of one of Django's, or letters like "j M"."""
    language = get_language()
    # Without what the text does not show, and without a zone, a key is small.
    if isinstance(value, CLOCKS):
        second = value.second if _shows_seconds(kind, language) else 0
        value = value.replace(second=second, microsecond=0, tzinfo=None)
    return _text(value, kind, language)


@lru_cache(maxsize=1_000)
def _shows_seconds(kind: str, language: str | None) -> bool:
    return "s" in formats.get_format(kind)


@lru_cache(maxsize=10_000)
def _text(value: Moment, kind: str, language: str | None) -> str:
    if isinstance(value, date):
        return formats.date_format(value, kind)
    return formats.time_format(value, kind)


def number(value: Decimal | float, places: int | str = -1) -> str:
    """Return a number with `places` decimals, as Django's filter floatformat: -1 is at most one.

    "2g" also groups thousands.
    """
    return _number(value, places, get_language())


@lru_cache(maxsize=10_000)
def _number(value: Decimal | float, places: int | str, language: str | None) -> str:
    return floatformat(value, places)
