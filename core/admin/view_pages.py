"""Saved views of a list: chosen, saved, changed and deleted, on pages below the list.

`views/` shows those that the reader may use, and saves how the list at this address stands;
`views/<id>/` opens one.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from core.admin import columns, list_state, opening, pages
from core.admin.base import SchoolModelAdmin
from core.admin.dialogs import is_fragment
from core.admin.list_state import ListState
from core.constraints import RefusedByDatabase, explained
from core.http import PersonRequest
from core.list_addresses import VIEW
from core.models import SavedView
from core.services import saved_views


class ViewForm(forms.Form):
    """The name of a view, who uses it, and whether the list opens with it."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, widget=UnfoldAdminTextInputWidget()
    )
    is_shared = forms.BooleanField(
        label=gettext_lazy("Share it with the office"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=gettext_lazy("Everybody in the office sees it; only you change it."),
    )
    opens_first = forms.BooleanField(
        label=gettext_lazy("Open the list with it"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=gettext_lazy("For you, whenever you come to the list from the menu."),
    )
    keeps_state = forms.BooleanField(
        label=gettext_lazy("Keep how the list stands now"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=gettext_lazy("Its columns, filters, search and order, in place of the former."),
    )

    def __init__(self, *args: Any, request: PersonRequest, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not request.user.is_office:
            del self.fields["is_shared"]
        if is_new:
            del self.fields["keeps_state"]


def _page(route: str, name: str, methods: Any = pages.READ) -> Any:
    return pages.list_page(
        route, name, methods, of=lambda admin: isinstance(admin, SchoolModelAdmin)
    )


@_page("views/", "views", pages.FORM)
def views_view(modeladmin: Any, request: PersonRequest) -> HttpResponse:
    """Show the views of the list; by POST, save how it stands at this address."""
    _check(modeladmin, request)
    state = ListState.of(modeladmin, request)
    form = ViewForm(request.POST or None, request=request, is_new=True)
    if request.method == "POST" and form.is_valid() and _save(modeladmin, request, form, state):
        return _to(modeladmin, request, "../", state, form.view)  # type: ignore[attr-defined]
    default = saved_views.default_of(request.user, opening.list_name(modeladmin))
    context = {
        "opts": modeladmin.opts,
        "form": form,
        "standing": _standing(modeladmin, request, state),
        "views": [(view, view.pk == default) for view in opening.of_list(modeladmin)],
        "chosen": request.GET.get(VIEW, ""),
        "query": request.GET.urlencode(),
        "address": request.get_full_path(),
        "has_default": default is not None,
        "back": f"../?{request.GET.urlencode()}",
    }
    if is_fragment(request):
        return render(request, "core/admin/views_list.html", context)
    status = 400 if form.errors else 200
    return _show(modeladmin, request, "core/admin/views.html", _("Views"), context, status)


@_page("views/<uuid:view_id>/", "open_view")
def open_view(modeladmin: Any, request: PersonRequest, view_id: UUID) -> HttpResponse:
    """Lead to the list as the view has it, without filters that are no longer there."""
    _check(modeladmin, request)
    query = opening.query_of(modeladmin, request, _get(modeladmin, view_id))
    return HttpResponseRedirect(f"../../?{query}")


@_page("views/<uuid:view_id>/change/", "change_view", pages.FORM)
def change_view(modeladmin: Any, request: PersonRequest, view_id: UUID) -> HttpResponse:
    """Rename or share one's own view, have the list open with it, or keep how the list stands."""
    _check(modeladmin, request)
    view = _get(modeladmin, view_id)
    if view.user_id != request.user.pk:
        raise PermissionDenied
    initial = {"name": view.name, "is_shared": view.is_shared}
    initial["opens_first"] = saved_views.default_of(request.user, view.list_name) == view.pk
    form = ViewForm(request.POST or None, initial=initial, request=request, is_new=False)
    state = ListState.of(modeladmin, request)
    if request.method == "POST" and form.is_valid():
        keeps = state if form.cleaned_data["keeps_state"] else None
        if _change(modeladmin, request, form, view, keeps):
            return _to(modeladmin, request, "../../../", ListState.read(view.state), view)
    context = {
        "opts": modeladmin.opts,
        "form": form,
        "view": view,
        "standing": _standing(modeladmin, request, state),
        "back": f"../../?{request.GET.urlencode()}",
    }
    status = 400 if form.errors else 200
    return _show(modeladmin, request, "core/admin/view_form.html", view.name, context, status)


@_page("views/<uuid:view_id>/delete/", "delete_view", pages.POST)
def delete_view(modeladmin: Any, request: PersonRequest, view_id: UUID) -> HttpResponse:
    """Delete a view: one's own, or as an admin a shared one."""
    _check(modeladmin, request)
    view = _get(modeladmin, view_id)
    if view.user_id != request.user.pk and not request.user.is_admin:
        raise PermissionDenied
    view.delete()
    messages.success(request, _("The view “%(name)s” was deleted.") % {"name": view.name})
    return HttpResponseRedirect("../../../")


@_page("views/default/", "default_view", pages.POST)
def default_view(modeladmin: Any, request: PersonRequest) -> HttpResponse:
    """Have the list open with the view that was chosen, or with none."""
    _check(modeladmin, request)
    asked = request.POST.get("view", "")
    view = _get(modeladmin, asked) if asked else None
    saved_views.open_first(user=request.user, list_name=opening.list_name(modeladmin), view=view)
    usual, other = _("The list opens as usual."), _("The list opens with “%(name)s” from now on.")
    messages.success(request, other % {"name": view.name} if view else usual)
    return HttpResponseRedirect(f"../?{request.GET.urlencode()}")


def _check(modeladmin: Any, request: PersonRequest) -> None:
    if not modeladmin.has_view_permission(request):
        raise PermissionDenied


def _get(modeladmin: Any, pk: UUID | str) -> SavedView:
    try:
        return get_object_or_404(opening.of_list(modeladmin), pk=UUID(str(pk)))
    except ValueError:
        raise Http404(_("There is no such view.")) from None


def _kept(modeladmin: Any, request: PersonRequest, state: ListState) -> dict[str, Any]:
    """Return the state as a view keeps it, with the words for its filters."""
    titles = list_state.titles(modeladmin, request, state.filters)
    return {**state.kept(), "titles": titles}


def _save(modeladmin: Any, request: PersonRequest, form: Any, state: ListState) -> bool:
    """Save the state under the form's name; return whether that worked."""
    try:
        with explained():
            form.view = saved_views.save(
                user=request.user,
                list_name=opening.list_name(modeladmin),
                name=form.cleaned_data["name"],
                state=_kept(modeladmin, request, state),
                is_shared=form.cleaned_data.get("is_shared", False),
            )
    except RefusedByDatabase as error:
        return _refused(form, error)
    if form.cleaned_data["opens_first"]:
        saved_views.open_first(user=request.user, list_name=form.view.list_name, view=form.view)
    return _said(request, form.view)


def _change(
    modeladmin: Any, request: PersonRequest, form: Any, view: SavedView, state: ListState | None
) -> bool:
    """Change the view as the form says; return whether that worked."""
    data = form.cleaned_data
    try:
        with explained():
            saved_views.change(
                view,
                name=data["name"],
                is_shared=data.get("is_shared", False),
                state=_kept(modeladmin, request, state) if state else None,
            )
    except RefusedByDatabase as error:
        return _refused(form, error)
    if "opens_first" in form.changed_data:
        first = view if data["opens_first"] else None
        saved_views.open_first(user=request.user, list_name=view.list_name, view=first)
    return _said(request, view)


def _said(request: PersonRequest, view: SavedView) -> bool:
    messages.success(request, _("The view “%(name)s” was saved.") % {"name": view.name})
    return True


def _refused(form: Any, error: RefusedByDatabase) -> bool:
    field = error.refusal.field
    form.add_error(field if field in form.fields else None, str(error))
    return False


def _to(
    modeladmin: Any, request: PersonRequest, way: str, state: ListState, view: SavedView
) -> HttpResponse:
    return HttpResponseRedirect(f"{way}?{state.query(modeladmin, request, str(view.pk))}")


def _standing(modeladmin: Any, request: PersonRequest, state: ListState) -> list[tuple[str, str]]:
    """Return [(title, text)] of how the list stands."""
    shown = columns.shown(modeladmin, request)
    headings = {columns.name_of(c): columns.heading(modeladmin, c) for c in shown}
    titles = list_state.titles(modeladmin, request, state.filters)
    order = [headings[name.removeprefix("-")] for name in state.sort]
    lines = [
        (_("Columns"), ", ".join(headings.values())),
        (_("Filters"), ", ".join(dict.fromkeys(titles.values()))),
        (_("Search"), state.search),
        (_("Order"), ", ".join(order)),
    ]
    return [(title, text) for title, text in lines if text]


def _show(
    modeladmin: Any,
    request: PersonRequest,
    template: str,
    title: str,
    context: dict[str, Any],
    status: int,
) -> HttpResponse:
    return pages.show(request, template, title, context, status, site=modeladmin.admin_site)
