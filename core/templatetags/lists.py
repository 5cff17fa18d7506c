"""The table of a list (core.admin.results): {% load lists %}{% result_table cl %}."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_list import result_hidden_fields
from django.contrib.admin.views.main import ChangeList
from unfold.templatetags.unfold_list import result_headers

from core.admin.results import Table

register = template.Library()


@register.inclusion_tag("core/admin/result_table.html", takes_context=True)
def result_table(context: template.Context, cl: ChangeList) -> dict[str, Any]:
    """Show the rows of a change list, or what an empty one says."""
    headers = list(result_headers(cl))
    return {
        "cl": cl,
        "result_hidden_fields": list(result_hidden_fields(cl)),
        "result_headers": headers,
        "num_sorted_fields": sum(header["sortable"] and header["sorted"] for header in headers),
        "rows": Table(cl, headers) if cl.result_list else None,
        "has_add_permission": cl.model_admin.has_add_permission(context["request"]),
    }
