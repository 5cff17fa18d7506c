"""Draw a part of a page by a compiled template (core.compiled): {% load compiled %}."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django import template
from django.template.backends.utils import csrf_input_lazy
from django.template.loader import get_template
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from django.template.backends.jinja2 import Template

register = template.Library()


@register.simple_tag(takes_context=True)
def compiled(context: template.Context, name: str) -> str:
    """Return the Jinja2 template `name` filled from the page's context, with its `csrf_input`."""
    drawn = cast("Template", get_template(name, using="jinja2"))
    names = context.flatten()
    if "request" in names:
        names["csrf_input"] = csrf_input_lazy(names["request"])
    filled = drawn.template.render(names)
    return mark_safe(filled)  # noqa: S308 - Jinja2 escapes
