"""Django's filters `date` and `time`, kept for values that come again (core.written).

In every template without being loaded (settings.TEMPLATES).
"""

import datetime

from django import template
from django.template import defaultfilters

from core import written

register = template.Library()
# A text that also depends on the zone, or that is no format of Django's dates at all.
ZONED = frozenset("eIOTZUcru")


@register.filter(expects_localtime=True, is_safe=False)
def date(value, form="DATE_FORMAT"):
    if _is_plain(value, datetime.date, form):
        return written.text(value, form)
    return defaultfilters.date(value, form)


@register.filter(expects_localtime=True, is_safe=False)
def time(value, form="TIME_FORMAT"):
    if _is_plain(value, datetime.time, form):
        return written.text(value, form)
    return defaultfilters.time(value, form)


def _is_plain(value, kind, form):
    is_named = isinstance(form, str) and form.isupper() and "_" in form
    return isinstance(value, kind) and bool(form) and (is_named or not ZONED.intersection(form))
