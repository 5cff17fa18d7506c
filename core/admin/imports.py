"""The pages on which people import: upload, preview, confirm."""

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminFileFieldWidget

from core.exchange import uploads
from core.exchange.resources import resource_for

SALT = "core.admin.imports"
# What one page shows; the numbers above it count everything.
SHOWN_ROWS = 200


class UploadForm(forms.Form):
    """One CSV or XLSX file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV (UTF-8) or XLSX, at most 10 MB and 20,000 rows."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
        allow_empty_file=True,  # its sentence comes from reading it
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > uploads.MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB; please split it."))
        if not file.name.lower().endswith(uploads.SUFFIXES):
            raise forms.ValidationError(
                _("Only .csv and .xlsx files can be imported; “%(name)s” is neither.")
                % {"name": file.name}
            )
        return file


class ImportMixin:
    """A ModelAdmin whose table can be imported from a file, all of it or nothing.

    Who may add and change rows may import them; the database decides about each row.
    """

    def has_import_permission(self, request):
        return self.has_add_permission(request) and self.has_change_permission(request)

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_view), name=f"{name}_import"),
            path("import/confirm/", view(self.confirm_import_view), name=f"{name}_import_confirm"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        extra = {"has_import_permission": self.has_import_permission(request)}
        return super().changelist_view(request, extra | (extra_context or {}))

    def import_view(self, request):
        """Ask for a file; show what it would change, or why it cannot be imported."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._import_page(request, UploadForm())
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._import_page(request, form)
        file = form.cleaned_data["file"]
        data = file.read()
        try:
            resource, result, note = self._import(request, file.name, data, dry_run=True)
        except uploads.UploadRefused as refusal:
            form.add_error("file", str(refusal))
            return self._import_page(request, form)
        context = {"note": note}
        if not result.has_validation_errors():
            context["ticket"] = self._keep(request, file.name, data)
        return self._import_page(request, UploadForm(), resource, result, **context)

    def confirm_import_view(self, request):
        return require_POST(self._confirm_import)(request)

    def _confirm_import(self, request):
        """Import the file that was previewed; show the preview again if it is refused by now."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = UploadForm()
        try:
            upload, ticket = self._kept(request)
            data = upload.load(ticket["digest"])
            resource, result, note = self._import(request, ticket["name"], data, dry_run=False)
        except uploads.UploadRefused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse(self._url_name("import")))
        upload.remove()
        if result.has_validation_errors():
            return self._import_page(request, form, resource, result, note=note, was_confirmed=True)
        messages.success(request, self._summary(result))
        return HttpResponseRedirect(reverse(self._url_name("changelist")))

    # --- steps ----------------------------------------------------------------------------------

    def _import(self, request, name, data, *, dry_run):
        """Return (resource, result, note); raises `UploadRefused`."""
        sheet = uploads.read(name, data)
        resource = resource_for(self.model)(by=request.user)
        result = resource.import_data(
            resource.dataset(sheet), dry_run=dry_run, raise_errors=False, use_transactions=True
        )
        for error in result.base_errors:
            raise error.error  # a fault of ours, not of the file
        for _number, errors in result.row_errors():
            raise errors[0].error
        return resource, result, sheet.note

    def _keep(self, request, name, data):
        """Keep the upload until it is confirmed; returns what the page sends back, signed."""
        upload = uploads.Upload(request.tenant, request.user)
        upload.save(data)
        return signing.dumps(
            {
                "token": upload.token,
                "digest": uploads.digest_of(data),
                "name": name,
                "model": self.opts.label_lower,
            },
            salt=SALT,
        )

    def _kept(self, request):
        gone = uploads.UploadRefused(
            _("The uploaded file is no longer there. Please upload it again.")
        )
        try:
            ticket = signing.loads(
                request.POST.get("ticket", ""), salt=SALT, max_age=uploads.KEPT_SECONDS
            )
        except signing.BadSignature:
            raise gone from None
        if ticket["model"] != self.opts.label_lower:
            raise gone
        return uploads.Upload(request.tenant, request.user, ticket["token"]), ticket

    def _url_name(self, page):
        return f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _summary(self, result):
        return _("Imported: %(new)d new, %(update)d changed, %(skip)d unchanged.") % result.totals

    def _import_page(self, request, form, resource=None, result=None, **context):
        columns = resource_for(self.model)().columns()
        context |= {
            **self.admin_site.each_context(request),
            "title": _("Import %(name)s") % {"name": self.opts.verbose_name_plural},
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "columns": [c for c in columns if c.key or not c.readonly],
            "resource": resource,
            "result": result,
        }
        if result is not None:
            context |= self._result_context(result, resource)
        request.current_app = self.admin_site.name
        status = 400 if form.errors else 200
        return TemplateResponse(request, "exchange/import.html", context, status=status)

    @staticmethod
    def _result_context(result, resource):
        wrong = [row for row in result.rows if row.is_wrong]
        shown = wrong or [row for row in result.rows if not row.is_skip()] or result.rows
        return {
            "totals": result.totals,
            "wrong": wrong[:SHOWN_ROWS],
            "wrong_count": len(wrong),
            "shown": shown[:SHOWN_ROWS],
            "hidden_count": max(len(shown) - SHOWN_ROWS, 0),
            "labels": [str(column.label) for column in resource.present],
        }
