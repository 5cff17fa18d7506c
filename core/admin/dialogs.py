"""Actions of a record's page that ask in a dialog first.

    @dialog_action(description=..., permissions=[...], dialog={"title": ..., "form_class": ...})
    def set_password(self, request, form, object_id): ...

As Unfold's `action` with a dialog, but: a record that is not there for who asks (another school's,
too) is 404 before anything is asked; opened by its address, without htmx, the question is a page of
its own; and the action answers with a redirect, which the dialog (htmx) follows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.decorators import action

from core.admin import pages
from core.http import PersonRequest


def is_fragment(request: HttpRequest) -> bool:
    """Return whether a script asks for a piece to put into the page that is already there."""
    return request.headers.get("HX-Request") == "true"


def dialog_action(
    *, dialog: Mapping[str, Any], **options: Any
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Make an action of a record's page ask `dialog` first; `options` are those of Unfold's."""

    def decorate(function: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(function)
        def ask(modeladmin: Any, request: PersonRequest, object_id: str) -> HttpResponse:
            form = dialog["form_class"](request, object_id, data=request.POST or None)
            if form.is_valid():
                response = function(modeladmin, request, form, object_id)
                if is_fragment(request) and response.status_code == 302:
                    return HttpResponse(headers={"HX-Redirect": response.headers["Location"]})
                return response
            return _question(modeladmin, request, object_id, dialog, form)

        guarded = action(**options)(ask)

        @functools.wraps(guarded)
        def find(modeladmin: Any, request: PersonRequest, object_id: str) -> HttpResponse:
            if not modeladmin.has_view_permission(request):
                raise PermissionDenied
            if modeladmin.get_object(request, object_id) is None:
                raise Http404(_("There is no such record."))
            return guarded(modeladmin, request, object_id=object_id)

        find.dialog = dialog  # type: ignore[attr-defined]  # for tests and templates
        return find

    return decorate


def _question(
    modeladmin: Any,
    request: PersonRequest,
    object_id: str,
    dialog: Mapping[str, Any],
    form: BaseForm,
) -> HttpResponse:
    context = {"dialog": dialog, "form": form, "form_submit_text": dialog["form_submit_text"]}
    if is_fragment(request):
        return render(request, "unfold/helpers/dialog.html", context)
    name = f"admin:{modeladmin.opts.app_label}_{modeladmin.opts.model_name}_change"
    context |= {
        "opts": modeladmin.opts,
        "object": modeladmin.get_object(request, object_id),
        "back": reverse(name, args=[object_id]),
    }
    site = modeladmin.admin_site
    return pages.show(request, "core/admin/dialog.html", dialog["title"], context, site=site)
