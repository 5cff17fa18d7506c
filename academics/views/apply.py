"""The form by which a family applies, without an account: only where the school wants it."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from academics import admission_settings
from academics.apply_form import ApplyForm
from academics.services import applying
from core.constraints import RefusedByDatabase, explained
from core.http import SchoolRequest
from core.services import throttle

TEMPLATE = "academics/apply/form.html"


def _open_only() -> None:
    if not admission_settings.is_open():
        raise Http404(_("There is no such page."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: SchoolRequest) -> HttpResponse:
    """Show the form; POST takes an application in."""
    _open_only()
    asked = applying.asked_fields()
    if request.method != "POST":
        return _show(request, ApplyForm(asked=asked), applying.new_token())
    form = ApplyForm(request.POST, asked=asked)
    token = request.POST.get("page", "")
    attempts = throttle.application(request)
    if not throttle.application_left(attempts.counts()):
        return _busy(request, form, token)
    if form.is_robots():
        attempts.count()
        return redirect("apply_thanks")
    if not form.is_valid():
        return _show(request, form, token)
    try:
        page = applying.check(token)
    except applying.NotSoFast as error:
        form.add_error(None, str(error))
        return _show(request, form, error.token)
    if not _take_in(form, page):
        return _show(request, form, token)
    attempts.count()
    return redirect("apply_thanks")


@never_cache
@require_safe
def thanks(request: SchoolRequest) -> HttpResponse:
    """Say that it has arrived."""
    _open_only()
    return render(request, "academics/apply/thanks.html", {"title": _("Thank you")})


def _take_in(form: ApplyForm, page: applying.Page) -> bool:
    """Write it; return whether it worked, with the reason in the form's errors."""
    try:
        with explained(), transaction.atomic():
            applying.take_in(page, form.given())
    except RefusedByDatabase as error:
        field = error.refusal.field
        form.add_error(field if field in form.fields else None, error.refusal.message)
        return False
    return True


def _busy(request: SchoolRequest, form: ApplyForm, token: str) -> HttpResponse:
    text = _(
        "Many applications came in within a few minutes. What you wrote is still here: send it"
        " again in a quarter of an hour."
    )
    form.add_error(None, text)
    response = _show(request, form, token)
    response.status_code = 429
    response.headers["Retry-After"] = str(throttle.WINDOW)
    return response


def _show(request: SchoolRequest, form: ApplyForm, token: str) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "page": token,
        "intro": admission_settings.intro(),
        "title": _("Apply for a place"),
    }
    return render(request, TEMPLATE, context, status=400 if form.errors else 200)
