"""What the pages of the school's settings have in common: a form over keys of tenants.settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.admin import pages, subjects
from core.constraints import RefusedByDatabase, explained
from core.http import PersonRequest
from core.models import Tenant
from core.services import school_settings

Kept = dict[str, Any]


class SettingsForm(forms.Form):
    """Fields called like their keys in tenants.settings; an empty one removes its key."""

    defaults: Kept = {}  # what counts where a school has not chosen

    def __init__(self, data: Any, kept: Kept) -> None:
        names = self.base_fields
        initial = {name: kept.get(name, self.defaults.get(name)) for name in names}
        super().__init__(data, initial=initial)

    def values(self) -> Kept:
        """Return {key: value} as the settings hold them; None where there is none."""
        return {
            name: None if value in ("", [], {}) else value
            for name, value in self.cleaned_data.items()
        }


def answer(
    request: PersonRequest,
    page: str,
    form_class: Callable[[Any, Kept], SettingsForm],
    *,
    save: Callable[[Tenant, Kept], None] = school_settings.save,
    after: Callable[[Any], None] | None = None,
    template: str = "core/admin/settings.html",
    more: Kept | None = None,
) -> HttpResponse:
    """Show the page of a subject, or save what was entered there and call `after` with the form.

    `more` is what the page's own template shows.
    """
    subject = subjects.of(page)
    data = request.POST if request.method == "POST" else None
    form = form_class(data, request.tenant.settings or {})
    if form.is_valid():
        try:
            with explained(), transaction.atomic():
                save(request.tenant, form.values())
                if after is not None:
                    after(form)
        except RefusedByDatabase as error:
            form.add_error(None, error.refusal.message)
        else:
            messages.success(request, _("The settings were saved."))
            return redirect(subject.url)
    status = 400 if form.errors else 200
    context = {"form": form, "subject": subject, **(more or {})}
    return pages.show(request, template, subject.title, context, status=status)
