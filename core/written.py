"""Dates and times as people read them, quickly.

Django reads a format letter by letter for every value: 70 us, 50 to 500 times a page. A page's
values repeat, so the texts are kept.
"""

from datetime import datetime
from functools import lru_cache

from django.utils import formats, timezone
from django.utils.translation import get_language


def moment(value):
    """Return a date, a time, or a moment at the school's clock in the reader's language."""
    if not isinstance(value, datetime):
        kind = "DATE_FORMAT" if hasattr(value, "year") else "TIME_FORMAT"
        return text(value, kind)
    return text(timezone.template_localtime(value), "DATETIME_FORMAT")


def text(value, kind):
    """Return `value` by a format: the name of one of Django's, or letters like "j M"."""
    return _text(_key(value, formats.get_format(kind)), kind, get_language())


def _key(value, letters):
    """Return the value without what its text does not show; without a zone, a key is small."""
    if not hasattr(value, "hour"):
        return value
    value = value.replace(tzinfo=None, microsecond=0)
    return value if "s" in letters else value.replace(second=0)


@lru_cache(maxsize=10_000)
def _text(value, kind, language):
    if hasattr(value, "year"):
        return formats.date_format(value, kind)
    return formats.time_format(value, kind)
