"""The table of a list (core.admin.results): {% load lists %}{% result_table cl %}."""

from __future__ import annotations

from django import template
from django.contrib.admin.templatetags.admin_list import result_hidden_fields
from django.contrib.admin.views.main import ChangeList
from django.template.defaultfilters import capfirst
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from unfold.templatetags.unfold_list import result_headers

from core.admin.results import Table

register = template.Library()


@register.simple_tag(takes_context=True)
def result_table(context: template.Context, cl: ChangeList) -> SafeString:
    """Return the table of a change list, or what an empty one says."""
    if not cl.result_list:
        may_add = cl.model_admin.has_add_permission(context["request"])
        return render_to_string(
            "unfold/helpers/empty_results.html", {"cl": cl, "has_add_permission": may_add}
        )
    headers = list(result_headers(cl))
    rows = Table(cl, headers)
    drawn = {
        "cl": cl,
        "hidden_fields": mark_safe("".join(map(str, result_hidden_fields(cl)))),  # noqa: S308 - widgets
        "headers": [header | {"text": capfirst(header["text"])} for header in headers],
        "sorted_count": sum(header["sortable"] and header["sorted"] for header in headers),
        "rows": mark_safe("".join(rows)),  # noqa: S308 - escaped by Table
    }
    table = render_to_string("core/admin/result_table.jinja", drawn, using="jinja2")
    return mark_safe(table)  # noqa: S308 - Jinja2 escapes
