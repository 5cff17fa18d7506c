"""Django's filters `date` and `time`, kept for values that come again (core.written).

In every template without being loaded (settings.TEMPLATES).
"""

import datetime
from typing import Any

from django import template
from django.template import defaultfilters

from core import written

register = template.Library()
# A text that also depends on the zone, or that is no format of Django's dates at all.
ZONED = frozenset("eIOTZUcru")


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, form: str = "DATE_FORMAT") -> str:
    if _is_plain(value, datetime.date, form):
        return written.text(value, form)
    return defaultfilters.date(value, form)


@register.filter(expects_localtime=True, is_safe=False)
def time(value: Any, form: str = "TIME_FORMAT") -> str:
    if _is_plain(value, datetime.time, form):
        return written.text(value, form)
    return defaultfilters.time(value, form)


def _is_plain(value: object, kind: type, form: object) -> bool:
    if not isinstance(value, kind) or not isinstance(form, str) or not form:
        return False
    is_named = form.isupper() and "_" in form
    return is_named or not ZONED.intersection(form)
