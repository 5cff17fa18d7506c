"""The list of exports: what left the school, when, by whom; and the file for a week."""

from django.contrib import admin
from django.http import Http404
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RangeDateTimeFilter

from core.admin.base import ReadOnlyAdmin
from reporting.admin.downloads import file_response
from reporting.exports import files
from reporting.models import Export


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = [
        "filename",
        "template_id",
        "row_count",
        "size",
        "requested_by",
        "created_at",
        "file_link",
    ]
    list_filter = [("created_at", RangeDateTimeFilter)]
    list_select_related = ["requested_by"]
    fields = [
        "filename",
        "template_id",
        "template_version",
        "filters",
        "row_count",
        "size",
        "requested_by",
        "created_at",
        "expires_at",
        "file_link",
    ]

    def get_urls(self):
        return [
            path(
                "<uuid:export_id>/download/",
                self.admin_site.admin_view(self.download_view),
                name="reporting_export_download",
            ),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("size"), ordering="file_size")
    def size(self, export):
        return "" if export.file_size is None else filesizeformat(export.file_size)

    @admin.display(description=gettext_lazy("download"))
    def file_link(self, export):
        if not self._is_there(export):
            return _("expired")
        url = reverse("admin:reporting_export_download", args=[export.pk])
        return format_html('<a href="{}">{}</a>', url, _("Download"))

    def download_view(self, request, export_id):
        """Hand over the file again; the policies say whose exports one may have."""
        export = self.get_queryset(request).filter(pk=export_id).first()
        if export is None or not self.has_view_permission(request) or not self._is_there(export):
            raise Http404(_("This file is no longer there."))
        return file_response(export)

    @staticmethod
    def _is_there(export):
        """Return whether the file waits to be fetched (another machine may not have it)."""
        expires = export.expires_at
        return expires is not None and expires > timezone.now() and files.path_of(export).is_file()
