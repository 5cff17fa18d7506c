"""What compiled templates (Jinja2) know: words, addresses, dates.

A page is a Django template. The content of those that people open all day, as a register or a
gradebook, is drawn by {% compiled "….jinja" %}: Jinja2 compiles to Python and is five to ten times
as fast. Everything is escaped as in Django's templates, but that a translated text is, too.
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
    made = Environment(  # noqa: S701 - Django passes autoescape=True
        extensions=["jinja2.ext.i18n"], **options
    )
    made.install_gettext_callables(gettext, ngettext)  # type: ignore[attr-defined]  # by i18n
    made.globals |= {"_": gettext, "url": _url}
    made.filters |= {"written": written.text, "floatformat": floatformat, "localized": localize}
    return made


def _url(name: str, *args: object) -> str:
    return reverse(name, args=args)
