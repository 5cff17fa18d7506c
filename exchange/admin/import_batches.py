"""The history of imports, and the page of each: what it would do, did, and how it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
)
from unfold.decorators import display

from core.admin import pages
from core.admin.base import RecordAdmin
from core.admin.kinds import Fieldsets
from core.http import PersonRequest
from exchange import imports
from exchange.admin import import_targets
from exchange.admin.import_columns import ColumnsForm
from exchange.admin.import_page import VARIANTS, BatchPage, progress, status_text, status_variant
from exchange.admin.importing import FORMATS, handed_over
from exchange.models import ImportBatch

Status = ImportBatch.Status


class TargetFilter(DropdownFilter):
    """The table that was filled."""

    title = gettext_lazy("table")
    parameter_name = "target"

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        return import_targets.choices()

    def queryset(self, request: PersonRequest, queryset: QuerySet[ImportBatch]) -> QuerySet[Any]:
        return queryset.filter(target=self.value()) if self.value() else queryset


@admin.register(ImportBatch)
class ImportBatchAdmin(RecordAdmin):
    """Imports. Whoever may import into the table may go on with one; the policies say whose."""

    list_display = [
        "uploaded",
        "filename",
        "table",
        "state",
        "row_count",
        "created_count",
        "changed_count",
        "rejected_count",
        "requested_by",
    ]
    list_display_links = ["uploaded", "filename"]
    list_filter = [
        TargetFilter,
        ("status", ChoicesDropdownFilter),
    ]
    list_select_related = ["requested_by"]
    date_hierarchy = "created_at"
    search_fields = ["filename"]
    search_help_text = gettext_lazy("File")
    sortable_by = ["uploaded"]
    list_before_template = "exchange/import_start.html"
    change_form_template = "exchange/import_batch.html"
    empty_hint = gettext_lazy(
        "Choose above what to import. You see what a file would change before anything is changed."
    )

    own_pages = [
        ("<uuid:batch_id>/apply/", "apply", pages.POST),
        ("<uuid:batch_id>/discard/", "discard", pages.POST),
        ("<uuid:batch_id>/columns/", "columns", pages.FORM),
        ("<uuid:batch_id>/undo/", "undo", pages.FORM),
        ("<uuid:batch_id>/progress/", "progress", pages.READ),
        ("<uuid:batch_id>/rejected.<str:file_format>", "rejected", pages.READ),
    ]

    # --- the list -------------------------------------------------------------------------------

    def changelist_view(
        self, request: PersonRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        starts = import_targets.starts(self.admin_site, request)
        return super().changelist_view(request, {"starts": starts, **(extra_context or {})})

    @display(description=gettext_lazy("table"))
    def table(self, batch: ImportBatch) -> str:
        return capfirst(import_targets.get(batch.target).title)

    @display(description=gettext_lazy("uploaded"), ordering="created_at")
    def uploaded(self, batch: ImportBatch) -> datetime:
        return batch.created_at

    @display(description=gettext_lazy("status"), label={v: v for v in VARIANTS.values()})
    def state(self, batch: ImportBatch) -> tuple[str, str]:
        return status_variant(batch), status_text(batch)

    # --- the page of one ------------------------------------------------------------------------

    def get_fieldsets(self, request: PersonRequest, obj: Any = None) -> Fieldsets:
        return [(None, {"fields": []})]

    def render_change_form(
        self, request: PersonRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        batch = context["original"]
        if import_targets.has_own_pages(batch):
            return HttpResponseRedirect(import_targets.get(batch.target).page_url(batch))
        context["page"] = BatchPage(batch, request)
        return super().render_change_form(request, context, **kwargs)

    # --- throwing away --------------------------------------------------------------------------

    def get_deleted_objects(
        self, objs: Iterable[Any], request: PersonRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Say as well that an import is not undone by that, and can no longer be."""
        shown, counts, needed, protected = super().get_deleted_objects(objs, request)
        if any(batch.status == Status.APPLIED for batch in objs):
            shown.append(_("What was imported stays as it is; it can no longer be undone."))
        return shown, counts, needed, protected

    def delete_view(
        self, request: PersonRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except imports.ImportRefused as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:exchange_importbatch_changelist"))

    def delete_model(self, request: PersonRequest, obj: Any) -> None:
        imports.delete(obj)

    def deletion_refusal(self, request: PersonRequest, row: ImportBatch) -> str:
        if imports.is_busy(row):
            return _("It is being worked on; delete it afterwards.")
        return super().deletion_refusal(request, row)

    def delete_queryset(self, request: PersonRequest, queryset: QuerySet[ImportBatch]) -> None:
        """Delete them; one that somebody began to work on just now stays and is reported."""
        for batch in queryset:
            try:
                imports.delete(batch)
            except imports.ImportRefused as refusal:
                messages.warning(request, str(refusal))

    # --- going on with one ----------------------------------------------------------------------

    def _visible(self, request: PersonRequest, batch_id: UUID) -> ImportBatch:
        """Return the batch; 404 for nobody's, another's or another school's."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = self.get_queryset(request).filter(pk=batch_id).first()
        if batch is None:
            raise Http404(_("There is no such import."))
        return batch

    def _batch(self, request: PersonRequest, batch_id: UUID) -> ImportBatch:
        """Return the batch of a table; 403 without the right to import."""
        batch = self._visible(request, batch_id)
        if import_targets.has_own_pages(batch):
            raise Http404(_("There is no such import."))
        if not import_targets.get(batch.target).may_import(request):
            raise PermissionDenied
        return batch

    def _back(self, batch: ImportBatch) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:exchange_importbatch_change", args=[batch.pk]))

    def apply_view(self, request: PersonRequest, batch_id: UUID) -> HttpResponse:
        """Apply what was previewed; what is applied already stays as it is."""
        batch = self._batch(request, batch_id)
        try:
            imports.start_apply(batch, request.user)
        except imports.ImportRefused as refusal:
            self._tell_refused(request, batch, refusal)
        else:
            if batch.status == Status.APPLIED:
                messages.success(request, _("The import was applied."))
        return self._back(batch)

    def _tell_refused(self, request: PersonRequest, batch: ImportBatch, refusal: Exception) -> None:
        """Say why a batch was not applied; a second click is no mistake."""
        batch.refresh_from_db()
        if batch.status in (Status.APPLIED, Status.RUNNING):
            messages.info(request, _("This import was already applied."))
        else:
            messages.error(request, str(refusal))

    def discard_view(self, request: PersonRequest, batch_id: UUID) -> HttpResponse:
        """Forget an import that was not applied, its file too."""
        batch = self._batch(request, batch_id)
        name, target = batch.filename, import_targets.get(batch.target)
        try:
            imports.discard(batch)
        except imports.ImportRefused as refusal:
            messages.error(request, str(refusal))
            return self._back(batch)
        messages.success(
            request, _("“%(file)s” was discarded. Nothing was changed.") % {"file": name}
        )
        return HttpResponseRedirect(target.upload_url)

    def columns_view(self, request: PersonRequest, batch_id: UUID) -> HttpResponse:
        """Ask which column of the file means what; then check the file so."""
        batch = self._batch(request, batch_id)
        page = BatchPage(batch, request)
        if not page.columns_url:
            return self._back(batch)
        try:
            is_sent = request.method == "POST"
            form = ColumnsForm(request.POST if is_sent else None, batch=batch)
            if is_sent and form.is_valid():
                return self._columns_chosen(form, batch)
            samples = form.lines
        except (imports.UploadRefused, imports.ImportRefused) as refusal:
            messages.error(request, str(refusal))
            return self._back(batch)
        return self._page(
            request,
            "exchange/import_columns.html",
            batch,
            _("What the columns of the file mean"),
            form=form,
            lines=samples,
            again=page.target.upload_url,
            status=400 if form.errors else 200,
        )

    def _columns_chosen(self, form: ColumnsForm, batch: ImportBatch) -> HttpResponse:
        if form.save():
            imports.start_check(batch)
            return self._back(batch)
        return HttpResponseRedirect(reverse("admin:exchange_importbatch_columns", args=[batch.pk]))

    def undo_view(self, request: PersonRequest, batch_id: UUID) -> HttpResponse:
        """Say what undoing will do, and do it; what stands in the way is reported."""
        batch = self._batch(request, batch_id)
        page = BatchPage(batch, request)
        if batch.status == Status.UNDOING:
            return self._back(batch)
        if not page.undo_url:
            messages.info(request, _("There is nothing to undo."))
            return self._back(batch)
        reasons: Sequence[str] = []
        if request.method == "POST":
            try:
                imports.start_undo(batch, request.user)
            except imports.UndoRefused as refusal:
                reasons = refusal.reasons
            except imports.ImportRefused as refusal:
                messages.info(request, str(refusal))
                return self._back(batch)
            else:
                if batch.status == Status.UNDONE:
                    messages.success(request, _("The import was undone."))
                return self._back(batch)
        return self._page(
            request,
            "exchange/import_undo.html",
            batch,
            _("Undo the import of %(name)s") % {"name": page.target.title},
            reasons=reasons,
            effects=effects(batch),
            back=reverse("admin:exchange_importbatch_change", args=[batch.pk]),
            status=409 if reasons else 200,
        )

    def progress_view(self, request: PersonRequest, batch_id: UUID) -> HttpResponse:
        """How far the work in the background is, as JSON; of targets that are no table, too."""
        return JsonResponse(progress(self._visible(request, batch_id)))

    def rejected_view(
        self, request: PersonRequest, batch_id: UUID, file_format: str
    ) -> HttpResponseBase:
        """The rows that were rejected and why, as a file."""
        batch = self._batch(request, batch_id)
        if not batch.rejected_count or file_format not in FORMATS:
            raise Http404(_("There is no such file."))
        try:
            return handed_over(imports.rejected_file(batch, file_format))
        except imports.UploadRefused as refusal:
            messages.error(request, str(refusal))
            return self._back(batch)

    def _page(
        self,
        request: PersonRequest,
        template: str,
        batch: ImportBatch,
        title: str,
        *,
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        context |= {"opts": self.opts, "media": self.media, "batch": batch, "original": batch}
        return pages.show(request, template, title, context, status)


def effects(batch: ImportBatch) -> list[str]:
    """Return the sentences that say what undoing a batch does."""
    sentences = []
    if batch.created_count:
        sentences.append(
            ngettext(
                "One row that it added is removed.",
                "%(count)s rows that it added are removed.",
                batch.created_count,
            )
            % {"count": f"{batch.created_count:,}"}
        )
    if batch.changed_count:
        sentences.append(
            ngettext(
                "One row that it changed gets its earlier values back.",
                "%(count)s rows that it changed get their earlier values back.",
                batch.changed_count,
            )
            % {"count": f"{batch.changed_count:,}"}
        )
    return sentences
