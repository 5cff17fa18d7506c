"""The page on which a list is filled from a file: choose it, read what it has to hold."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin import pages
from core.http import PersonRequest
from exchange import imports
from exchange.admin import import_targets
from exchange.admin.import_columns import is_clear, wait_for_columns
from exchange.imports import uploads

FORMATS = ("xlsx", "csv")


class UploadForm(forms.Form):
    """One CSV or XLSX file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ",".join(uploads.SUFFIXES), "class": "imp__file"}),
        allow_empty_file=True,  # its sentence comes from reading it
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["data-max-bytes"] = settings.IMPORT_MAX_BYTES
        self.fields["file"].help_text = _(
            "XLSX or CSV, at most %(size)s and %(rows)s rows. A file can be dropped on the field."
        ) % {
            "size": _("%(count)d MB") % {"count": settings.IMPORT_MAX_BYTES // 2**20},
            "rows": f"{settings.IMPORT_MAX_ROWS:,}",
        }


@pages.list_page("import/", "import", pages.FORM, of=import_targets.is_importable)
def upload_view(modeladmin: Any, request: PersonRequest) -> HttpResponse:
    """Ask for a file; then check it, or ask what its columns mean."""
    _require_permission(modeladmin, request)
    is_sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
    if is_sent and form.is_valid():
        try:
            return _staged(modeladmin, request, form.cleaned_data["file"])
        except imports.UploadRefused as refusal:
            form.add_error("file", str(refusal))
    context = {
        "opts": modeladmin.opts,
        "media": modeladmin.media,
        "form": form,
        "columns": imports.columns_of(modeladmin.opts.label_lower),
    }
    title = _("Import %(name)s") % {"name": modeladmin.opts.verbose_name_plural}
    status = 400 if form.errors else 200
    return pages.show(request, "exchange/import_upload.html", title, context, status)


def _staged(modeladmin: Any, request: PersonRequest, file: UploadedFile) -> HttpResponse:
    """Keep the file and return the redirect to what comes next; raises `UploadRefused`."""
    batch = imports.stage(file, modeladmin.opts.label_lower, by=request.user)
    if is_clear(batch):
        imports.start_check(batch)
        return HttpResponseRedirect(reverse("admin:exchange_importbatch_change", args=[batch.pk]))
    wait_for_columns(batch)
    return HttpResponseRedirect(reverse("admin:exchange_importbatch_columns", args=[batch.pk]))


@pages.list_page(
    "import/template.<str:file_format>", "import_template", of=import_targets.is_importable
)
def template_view(modeladmin: Any, request: PersonRequest, file_format: str) -> HttpResponseBase:
    """Hand over a file with the headers, to be filled in."""
    _require_permission(modeladmin, request)
    if file_format not in FORMATS:
        raise Http404(_("There is no such template."))
    return handed_over(imports.template_file(modeladmin.opts.label_lower, file_format))


def handed_over(file: File) -> FileResponse:
    """Return the download of an open `File`, by its name."""
    return FileResponse(file, as_attachment=True, filename=file.name or "")


def _require_permission(modeladmin: Any, request: PersonRequest) -> None:
    if not modeladmin.has_import_permission(request):
        raise PermissionDenied
