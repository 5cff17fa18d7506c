"""The list of exports: what left the school, when, by whom, how far the next one is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.utils import parse_datetime_str

from core import jobs
from core.admin import pages
from core.admin.base import RecordAdmin
from core.http import PersonRequest
from exchange import exports
from exchange.admin import exporting, notices
from exchange.exports import describe, files, kinds, requests, rights
from exchange.models import Export
from exchange.school_file.export import KIND as SCHOOL_FILE

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Own(TypedDict):
        is_own: bool

    OwnExport = WithAnnotations[Export, Own]

POLLED = 50  # rows that the page may ask for at a time: as many as it shows
CELLS = ("state", "size", "buttons")
UNFINISHED = (Export.Status.QUEUED, Export.Status.RUNNING)
COLORS: dict[str, str] = {
    Export.Status.QUEUED: "",
    Export.Status.RUNNING: "info",
    Export.Status.READY: "success",
    Export.Status.FAILED: "danger",
    Export.Status.CANCELLED: "warning",
}


class SchoolMomentFilter(RangeDateTimeFilter):
    """From and to as the school's clock has them; a time that is left out is the day's end."""

    def queryset(self, request: PersonRequest, queryset: QuerySet[Export]) -> QuerySet[Export]:
        limits = {
            f"{self.parameter_name}__gte": self._moment("from", "00:00:00"),
            f"{self.parameter_name}__lte": self._moment("to", "23:59:59"),
        }
        return queryset.filter(**{name: moment for name, moment in limits.items() if moment})

    def _moment(self, end: str, time: str) -> datetime | None:
        values = self.used_parameters
        day = values.get(f"{self.parameter_name}_{end}_0")
        time = values.get(f"{self.parameter_name}_{end}_1") or time
        moment = parse_datetime_str(f"{day} {time}") if day else None
        return timezone.make_aware(moment) if moment else None


@admin.register(Export)
class ExportAdmin(RecordAdmin):
    """Exports. Their owner and the office delete them, and the file with each."""

    list_display = [
        "file",
        "state",
        "buttons",
        "size",
        "requested_by",
        "created_at",
        "expires_at",
    ]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("created_at", SchoolMomentFilter),
    ]
    list_select_related = ["requested_by"]
    # Whether they may still fetch it, and as who.
    list_related_fields = [
        f"requested_by__{field}" for field in ("tenant", "role", "status", "deleted_at")
    ]
    list_before_template = "exchange/export_waiting.html"
    empty_hint = gettext_lazy(
        "Every file that you export from a list or a report is kept here for some days."
    )
    sortable_by = ["created_at"]
    readonly_fields = fields = [
        "filename",
        "subject",
        "filters_in_words",
        "state",
        "buttons",
        "size",
        "requested_by",
        "origin",
        "created_at",
        "started_at",
        "finished_at",
        "expires_at",
        "downloaded_at",
    ]

    class Media:
        js = ["exchange/exports.js"]
        css = {"all": ["exchange/exports.css"]}

    own_pages = [
        ("progress/", "progress", pages.READ),
        ("<uuid:export_id>/cancel/", "cancel", pages.POST),
        ("<uuid:export_id>/retry/", "retry", pages.POST),
        ("<uuid:export_id>/repeat/", "repeat", pages.POST),
    ]

    def get_queryset(self, request: PersonRequest) -> QuerySet[Any]:
        """Mark the person's own: only these can be downloaded and made again."""
        own = Q(requested_by=request.user.pk)
        return super().get_queryset(request).annotate(is_own=own)

    def changelist_view(
        self, request: PersonRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        waiting = Export.objects.unfinished().exists() and not jobs.worker_is_there()
        return super().changelist_view(request, {"nobody_works": waiting, **(extra_context or {})})

    def delete_model(self, request: PersonRequest, obj: Any) -> None:
        requests.delete(obj)

    def delete_queryset(self, request: PersonRequest, queryset: QuerySet[Export]) -> None:
        for export in queryset:
            requests.delete(export)

    # --- columns --------------------------------------------------------------------------------
    @display(description=gettext_lazy("file"))
    def file(self, export: Export) -> str:
        context = {"export": export, "subject": describe.subject(export)}
        return render_to_string("exchange/export_file.html", context)

    @display(description=gettext_lazy("what"))
    def subject(self, export: Export) -> str:
        return describe.subject(export)

    @display(description=gettext_lazy("filters"))
    def filters_in_words(self, export: Export) -> str:
        pairs = describe.filters(export)
        return render_to_string("exchange/export_filters.html", {"filters": pairs})

    @display(description=gettext_lazy("status"))
    def state(self, export: OwnExport) -> str:
        return _cell("state", export)

    @display(description=gettext_lazy("size"))
    def size(self, export: OwnExport) -> str:
        return _cell("size", export)

    @display(description=gettext_lazy("actions"))
    def buttons(self, export: OwnExport) -> str:
        return _cell("buttons", export)

    # --- what the page asks, and what people do ---------------------------------------------------
    def progress_view(self, request: PersonRequest) -> HttpResponse:
        """Return {id: {cell: HTML}} of the exports whose ids are asked for, as JSON."""
        ids = request.GET.getlist("id")[:POLLED]
        exports = list(self.get_queryset(request).filter(pk__in=_uuids(ids)))
        notices.noticed([e for e in exports if e.is_own and e.status not in UNFINISHED])
        return JsonResponse({str(export.pk): _cells(export) for export in exports})

    def cancel_view(self, request: PersonRequest, export_id: uuid.UUID) -> HttpResponse:
        """Cancel an unfinished export: one's own, or as an admin anybody's."""
        export = self._asked_for(request, export_id)
        if requests.cancel(export):
            sentence = _("“%(file)s” is cancelled.")
            messages.success(request, sentence % {"file": export.filename})
        else:
            sentence = _("“%(file)s” was finished already.")
            messages.info(request, sentence % {"file": export.filename})
        return HttpResponseRedirect(_back(request))

    def retry_view(self, request: PersonRequest, export_id: uuid.UUID) -> HttpResponse:
        """Queue one's failed export once more."""
        export = self._asked_for(request, export_id, own=True)
        if requests.retry(export):
            messages.info(request, exporting.queued_message(export))
        return HttpResponseRedirect(_back(request))

    def repeat_view(self, request: PersonRequest, export_id: uuid.UUID) -> HttpResponseBase:
        """Make the same file again, from the rows there are now and under today's rights."""
        export = self._asked_for(request, export_id, own=True)
        if export.kind == SCHOOL_FILE:  # asks for the password first
            return HttpResponseRedirect(reverse("admin:school_file"))
        return exporting.answer(request, _back(request), **requests.wants(export))

    def _asked_for(
        self, request: PersonRequest, export_id: uuid.UUID, own: bool = False
    ) -> OwnExport:
        export = self.get_queryset(request).filter(pk=export_id).first()
        if export is None or (own and not export.is_own):
            raise Http404(_("There is no such export."))
        return export


def _cells(export: OwnExport) -> dict[str, str]:
    return {name: _cell(name, export) for name in CELLS}


def _cell(name: str, export: OwnExport) -> str:
    """Return the HTML of a cell that changes while the file is being made."""
    total = export.rows_total
    context = {
        "export": export,
        "color": COLORS[export.status],
        "is_unfinished": export.status in UNFINISHED,
        "percent": min(100, export.rows_done * 100 // total) if total else None,
        "amount": _amount(export),
        "url": _download_url(export) if name == "buttons" else None,
    }
    return render_to_string(f"exchange/export_{name}.html", context)


def _amount(export: Export) -> str:
    """Return in words how many rows the file has, or has so far; "" where that is not known."""
    amount = kinds.KINDS[export.kind].amount
    if export.status == Export.Status.RUNNING:
        return amount(export.rows_done, export.rows_total)
    return "" if export.row_count is None else amount(export.row_count, None)


def _download_url(export: OwnExport) -> str | None:
    """Return the link to the file, or None when it is not for who looks, over, or not there."""
    if not export.is_own or export.status != Export.Status.READY:
        return None
    person = export.requested_by
    if not rights.may_fetch(person, export) or not files.path_of(export).is_file():
        return None
    return exports.download_url(export, person)


def _uuids(texts: Iterable[str]) -> Iterator[uuid.UUID]:
    for text in texts:
        with suppress(ValueError):
            yield uuid.UUID(text)


def _back(request: HttpRequest) -> str:
    """Return the page where the button was pressed, or the list of exports."""
    page = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return page
    return reverse("admin:exchange_export_changelist")
