"""What keeps pages light."""

import re

from django import template
from django.utils.safestring import mark_safe

register = template.Library()
BETWEEN_TAGS = re.compile(r">\s*\n\s*<")
# What a page has in it -> the name of the script that it needs (layouts/skeleton.html).
SCRIPTS = {
    "x-anchor": "anchor",
    "x-sort": "sort",
    "hx-get": "htmx",
    "hx-post": "htmx",
    'class="chart': "chart",
    "data-rep-chart": "chart",
}
# No text that somebody wrote has a quotation mark of its own: it is escaped.
BETWEEN_ATTRIBUTES = re.compile(r'"\s*\n\s+')


@register.filter
def works_with(html: str) -> frozenset[str]:
    """Return the names of the scripts without which something on the page does not work."""
    return frozenset(script for sign, script in SCRIPTS.items() if sign in html)


@register.filter
def collapsed(html: str) -> str:
    """Return the page with one line end for indentation between two tags or attributes.

    Space that separates words or links stays space, and text is left alone.
    """
    html = BETWEEN_ATTRIBUTES.sub('"\n', BETWEEN_TAGS.sub(">\n<", html))
    return mark_safe(html)  # noqa: S308 - as safe as it was
