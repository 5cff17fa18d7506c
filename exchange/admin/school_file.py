"""The page on which an admin takes the whole school out as one file."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.forms import Media
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget

from core import jobs
from core.admin import pages
from core.http import PersonRequest
from core.models import User
from core.services import throttle
from exchange import exports
from exchange.admin.export import ExportAdmin
from exchange.exports import kept
from exchange.models import Export
from exchange.models.export import ExportQuerySet
from exchange.school_file import tables
from exchange.school_file.export import KIND, TEMPLATE_ID

SHOWN = 5  # files, the latest first
COLUMNS = ("state", "size", "buttons")


class ConfirmForm(forms.Form):
    """One's own password: whoever finds a browser that is signed in shall not have the school."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Enter your password to go on.")},
    )

    def __init__(self, *args: Any, user: User, attempts: throttle.Throttle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.attempts = user, attempts

    def clean_password(self) -> str:
        counts = self.attempts.counts()
        if seconds := self.attempts.wait(counts):
            raise forms.ValidationError(throttle.sentence(seconds))
        if not self.user.check_password(self.cleaned_data["password"]):
            self.attempts.count()
            raise forms.ValidationError(_("This is not your password."))
        if counts.pair:
            self.attempts.forget()
        return self.cleaned_data["password"]


@pages.page("school-file/", "school_file", pages.FORM, admins_only=True)
def school_file(request: PersonRequest) -> HttpResponse:
    """Say what is in the file and what is not; make it; show the last ones."""
    attempts = throttle.sign_in(request, request.user.email, request.user)
    form = ConfirmForm(request.POST or None, user=request.user, attempts=attempts)
    if request.method == "POST" and form.is_valid():
        _request(request)
        return HttpResponseRedirect(reverse("admin:school_file"))
    listed = admin.site.get_model_admin(Export)
    context = {
        "form": form,
        # Of the list's media only its own: a filter's calendar wants a catalog that is not here.
        "media": Media(ExportAdmin.Media) + Media(css={"all": ["exchange/imports.css"]}),
        "tables": _titles(),
        "left_out": tables.reasons().values(),
        "files": _files(listed, request),
        "kept_days": kept.FILES.chosen(),
        "nobody_works": _unfinished().exists() and not jobs.worker_is_there(),
    }
    title = _("The whole school as a file")
    status = 400 if form.errors else 200
    return pages.show(request, "exchange/school_file/school_file.html", title, context, status)


def _request(request: PersonRequest) -> None:
    """Queue the file, unless one is being made for this person already."""
    if _unfinished().filter(requested_by=request.user).exists():
        messages.info(request, _("Your file is being made already."))
        return
    exports.request(
        kind=KIND,
        template_id=TEMPLATE_ID,
        title=_("%(school)s whole school") % {"school": request.tenant.name},
        by=request.user,
        background=True,
    )
    messages.success(request, _("The file is being made. You are told when it is ready."))


def _unfinished() -> ExportQuerySet:
    return Export.objects.unfinished().filter(kind=KIND)


def _files(listed: Any, request: PersonRequest) -> list[dict[str, Any]]:
    """Return the latest files with the cells of the list of exports."""
    exports = listed.get_queryset(request).filter(kind=KIND)
    latest = exports.select_related("requested_by").order_by("-created_at", "-pk")[:SHOWN]
    return [
        {"export": export, **{name: getattr(listed, name)(export) for name in COLUMNS}}
        for export in latest
    ]


def _titles() -> list[str]:
    return [capfirst(str(title)) for title in tables.titles()]
