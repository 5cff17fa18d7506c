"""The way to a page and its heading, in place of Unfold's one line of both: {% load headings %}."""

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils.text import capfirst

register = template.Library()


@register.simple_tag(takes_context=True)
def page_way(context: template.Context) -> list[tuple[str, str]]:
    """Return the steps above a page of one record, [(title, link)]; none above others.

    The list of such records; above a page about the record (its history, its deletion) also the
    record's own page.
    """
    opts, record = context.get("opts"), context.get("object")
    is_form = "adminform" in context
    if opts is None or not (is_form or isinstance(record, Model)):
        return []
    name = f"admin:{opts.app_label}_{opts.model_name}"
    way = [(capfirst(opts.verbose_name_plural), reverse(f"{name}_changelist"))]
    if not is_form and record is not None:
        way.append((str(record), reverse(f"{name}_change", args=[record.pk])))
    return way


@register.simple_tag(takes_context=True)
def page_heading(context: template.Context) -> str:
    """Return what a page of the admin is headed by: the record's name, or what the page does."""
    record = context.get("original")
    if record is not None and not isinstance(record, str):
        return str(record)
    return capfirst(str(context.get("title") or ""))
