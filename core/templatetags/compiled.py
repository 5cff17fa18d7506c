"""Draw a part of a page by a compiled template (core.compiled): {% load compiled %}."""

from django import template
from django.template.loader import get_template
from django.utils.safestring import mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def compiled(context, name):
    """Return the Jinja2 template `name` filled from the page's context."""
    filled = get_template(name, using="jinja2").template.render(context.flatten())
    return mark_safe(filled)  # noqa: S308 - Jinja2 escapes
