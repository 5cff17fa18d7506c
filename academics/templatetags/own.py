"""Links between the pages of one student (academics.views.own)."""

from django import template

from academics.views import own

register = template.Library()


@register.simple_tag(takes_context=True)
def own_url(context, name, *args):
    """Return the address of another page about the same student: {% own_url "grades" %}."""
    return own.own_url(context["request"], name, *args)
