"""Exporting from any list: two actions for chosen rows, and a page for all filtered ones."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget

from reporting import exports
from reporting.exports import files
from reporting.exports.writers import FORMATS

# Parameters of a list that choose no rows.
NOT_FILTERS = {"p", "o", "all", "_popup", "_to_field", "_changelist_filters", "e"}


class FormatForm(forms.Form):
    """Which kind of file."""

    file_format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[
            ("xlsx", gettext_lazy("XLSX – for Excel and other spreadsheets")),
            ("csv", gettext_lazy("CSV – for other programs")),
        ],
        initial="xlsx",
        widget=UnfoldAdminRadioSelectWidget(radio_style=admin.VERTICAL),
    )


def download(export):
    """Return the response that hands over an export's file."""
    _writer, content_type = FORMATS[export.filename.rpartition(".")[2]]
    response = FileResponse(
        files.path_of(export).open("rb"),
        as_attachment=True,
        filename=export.filename,
        content_type=content_type,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _export(modeladmin, request, queryset, *, file_format, filters):
    """Return the download, or None when the export was refused (the person was told)."""
    try:
        with transaction.atomic():
            export = exports.run(
                queryset=queryset, file_format=file_format, by=request.user, filters=filters
            )
    except exports.ExportRefused as refusal:
        modeladmin.message_user(request, str(refusal), messages.ERROR)
        return None
    return download(export)


def _filters(request):
    """Return the list's parameters that choose rows, as they are kept with the export."""
    return {
        key: values if len(values) > 1 else values[0]
        for key, values in request.GET.lists()
        if key not in NOT_FILTERS and any(values)
    }


def _export_chosen(modeladmin, request, queryset, *, file_format):
    filters = _filters(request)
    if request.POST.get("select_across") != "1":
        filters["selected"] = len(request.POST.getlist(admin.helpers.ACTION_CHECKBOX_NAME))
    return _export(modeladmin, request, queryset, file_format=file_format, filters=filters)


@admin.action(description=gettext_lazy("Export to XLSX"), permissions=["view"])
def export_xlsx(modeladmin, request, queryset):
    return _export_chosen(modeladmin, request, queryset, file_format="xlsx")


@admin.action(description=gettext_lazy("Export to CSV"), permissions=["view"])
def export_csv(modeladmin, request, queryset):
    return _export_chosen(modeladmin, request, queryset, file_format="csv")


ACTIONS = (export_xlsx, export_csv)


def export_view(modeladmin, request):
    """Ask for the format and export every row that the list shows with the same parameters."""
    if not modeladmin.has_view_permission(request):
        raise PermissionDenied
    form = FormatForm(request.POST or None)
    back = f"../?{request.GET.urlencode()}" if request.GET else "../"
    try:
        changelist = modeladmin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect("../?e=1")
    if request.method == "POST" and form.is_valid():
        queryset = changelist.get_queryset(request)
        response = _export(
            modeladmin,
            request,
            queryset,
            file_format=form.cleaned_data["file_format"],
            filters=_filters(request),
        )
        return response or HttpResponseRedirect(back)
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": _("Export %(name)s") % {"name": modeladmin.opts.verbose_name_plural},
        "opts": modeladmin.opts,
        "media": modeladmin.media,
        "form": form,
        "row_count": changelist.result_count,
        "is_capped": getattr(changelist.paginator, "is_capped", False),
        "filters": _filters(request),
        "back": back,
    }
    request.current_app = modeladmin.admin_site.name
    return TemplateResponse(request, "exchange/export.html", context)


def urls(site):
    """Return the URL of the export page of every list of an admin site."""
    return [
        path(
            f"{model._meta.app_label}/{model._meta.model_name}/export/",
            site.admin_view(partial(export_view, modeladmin)),
            name=f"{model._meta.app_label}_{model._meta.model_name}_export",
        )
        for model, modeladmin in site._registry.items()
    ]
