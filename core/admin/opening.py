"""The saved views of a list, and the address at which the list stands as one of them has it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from core.admin import list_state
from core.admin.list_state import ListState
from core.http import PersonRequest
from core.models import SavedView
from core.models.base import TenantQuerySet
from core.services import saved_views


def list_name(modeladmin: Any) -> str:
    """Return what the views of a list name it by."""
    return modeladmin.opts.label_lower


def of_list(modeladmin: Any) -> TenantQuerySet[SavedView]:
    """Return the views of the list that whoever is asking may use."""
    return saved_views.of_list(list_name(modeladmin))


def default_query(modeladmin: Any, request: PersonRequest) -> str:
    """Return the query of the view that the reader's list opens with, or ""."""
    pk = saved_views.default_of(request.user, list_name(modeladmin))
    view = of_list(modeladmin).filter(pk=pk).first() if pk else None
    return query_of(modeladmin, request, view) if view else ""


def query_of(modeladmin: Any, request: PersonRequest, view: SavedView) -> str:
    """Return the query of the list as the view has it; a sentence says which filters are gone."""
    state = ListState.read(view.state)
    lost = list_state.gone(modeladmin, request, state.filters)
    if lost:
        known = view.state.get("titles")
        known = known if isinstance(known, dict) else {}
        names = ", ".join(dict.fromkeys(str(known.get(name, _("another one"))) for name in lost))
        text = _("This list no longer has the filter that the view asks for: %(names)s.")
        messages.warning(request, text % {"names": names})
    return state.without(lost).query(modeladmin, request, str(view.pk))
