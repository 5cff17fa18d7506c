"""Choosing the columns of a list, and their order: a page, which lists open as a dialog.

By keyboard: a box for each column, and two buttons that move it. With core/columns.js they move it
in the page; without, the page comes again.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.admin import columns, pages
from core.admin.base import SchoolModelAdmin
from core.admin.dialogs import is_fragment
from core.admin.list_state import ListState
from core.http import PersonRequest

CHOSEN, ORDER, UP, DOWN, SHOW = "_column", "_order", "_up", "_down", "_show"


@pages.list_page("columns/", "columns", of=lambda admin: isinstance(admin, SchoolModelAdmin))
def columns_view(modeladmin: Any, request: PersonRequest) -> HttpResponse:
    """Ask for the columns of the list at this address; lead to it with those that were chosen."""
    if not modeladmin.has_view_permission(request):
        raise PermissionDenied
    offered = columns.offered(modeladmin, request)
    names = [name for name in request.GET.getlist(CHOSEN) if name in offered]
    if SHOW in request.GET and names:
        return _to_list(modeladmin, request, names)
    if not names and ORDER not in request.GET:
        names = [*map(columns.name_of, columns.shown(modeladmin, request))]
    order = _moved([*_order(request, offered, names)], request)
    context = {
        "opts": modeladmin.opts,
        "columns": [
            (name, columns.heading(modeladmin, offered[name]), name in names) for name in order
        ],
        "fixed": {*modeladmin.list_editable},
        "hidden": _hidden(request),
        "refusal": _("Choose at least one column.") if SHOW in request.GET else "",
        "address": request.path,
        "back": _list_address(ListState.of(modeladmin, request).query(modeladmin, request)),
    }
    template = "core/admin/columns.html"
    if is_fragment(request):
        return render(request, "core/admin/columns_form.html", context)
    return pages.show(request, template, _("Columns"), context, site=modeladmin.admin_site)


def _to_list(modeladmin: Any, request: PersonRequest, names: list[str]) -> HttpResponse:
    state = ListState.of(modeladmin, request).with_columns(names, modeladmin, request)
    return HttpResponseRedirect(_list_address(state.query(modeladmin, request)))


def _list_address(query: str) -> str:
    return f"../?{query}"


def _order(request: PersonRequest, offered: dict[str, Any], names: list[str]) -> list[str]:
    """Return all names in the order of the page: that of the form, or the chosen ones first."""
    sent = [name for name in request.GET.getlist(ORDER) if name in offered]
    return list(dict.fromkeys([*(sent or names), *offered]))


def _moved(order: list[str], request: PersonRequest) -> list[str]:
    """Return the order after the button that was pressed, if any."""
    for button, step in ((UP, -1), (DOWN, 1)):
        name = request.GET.get(button)
        if name in order:
            place = order.index(name)
            order.insert(max(place + step, 0), order.pop(place))
    return order


def _hidden(request: PersonRequest) -> list[tuple[str, str]]:
    """Return what the form sends besides: how the list stands."""
    own = (CHOSEN, ORDER, UP, DOWN, SHOW, "p")
    return [
        (name, value) for name, some in request.GET.lists() if name not in own for value in some
    ]
