"""What compiled templates (Jinja2) know: words, addresses, dates.

A page is a Django template. What it repeats hundreds of times, as the rows of a register, is drawn
by {% compiled "….jinja" %}: Jinja2 compiles to Python and is five to ten times as fast. Everything
is escaped as in Django's templates.
"""

from typing import Any

from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, StrictUndefined

from core import written


def environment(**options: Any) -> Environment:
    """Return Jinja2's environment (settings.TEMPLATES); a name it does not know is an error."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    made = Environment(**options)  # noqa: S701 - Django passes autoescape=True
    made.globals |= {"_": gettext, "ngettext": ngettext, "url": _url}
    made.filters |= {"written": written.text, "floatformat": floatformat, "localized": localize}
    return made


def _url(name: str, *args: object) -> str:
    return reverse(name, args=args)
