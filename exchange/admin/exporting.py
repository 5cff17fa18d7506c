"""Exporting from any list: actions for chosen rows, and a page for all filtered ones."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget

from core.admin import pages
from core.http import PersonRequest
from exchange import exports
from exchange.admin.downloads import file_response
from exchange.exports import kept, lists
from exchange.models import Export


class FormatForm(forms.Form):
    """Which kind of file."""

    file_format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[
            ("xlsx", gettext_lazy("XLSX – for Excel and other spreadsheets")),
            ("csv", gettext_lazy("CSV – for other programs")),
            ("pdf", gettext_lazy("PDF – for reading and printing, up to 5,000 rows")),
        ],
        initial="xlsx",
        widget=UnfoldAdminRadioSelectWidget(radio_style=admin.VERTICAL),
    )


def answer(request: PersonRequest, back: str, **wanted: Any) -> HttpResponseBase:
    """Ask for a file (`exports.request`) for who asks; return the download, or the way `back`.

    A large file is made in the background, and one that is refused not at all: both are said in a
    message on the page that follows.
    """
    try:
        export = exports.request(by=request.user, **wanted)
    except exports.ExportRefused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(back)
    if export.status == Export.Status.READY:
        return file_response(export)
    messages.info(request, queued_message(export))
    return HttpResponseRedirect(back)


def queued_message(export: Export) -> str:
    """Return the sentence, with a link, for a file that is being made in the background."""
    return format_html(
        '{} <a class="underline" href="{}">{}</a>',
        _("“%(file)s” is made in the background. You are told when it is ready.")
        % {"file": export.filename},
        reverse("admin:exchange_export_changelist"),
        _("See how far it is"),
    )


def _list_export(
    modeladmin: Any,
    request: PersonRequest,
    back: str,
    *,
    file_format: str,
    selection: list[str] | None = None,
) -> HttpResponseBase:
    return answer(
        request,
        back,
        kind=lists.KIND,
        template_id=lists.template_id(modeladmin),
        title=modeladmin.opts.verbose_name_plural,
        file_format=file_format,
        filters=lists.filters_of(request),
        sort=request.GET.get("o"),
        selection=selection,
    )


def _chosen(
    modeladmin: Any, request: PersonRequest, queryset: QuerySet[Any], *, file_format: str
) -> HttpResponseBase:
    selection = None
    if request.POST.get("select_across") != "1":
        selection = request.POST.getlist(admin.helpers.ACTION_CHECKBOX_NAME)
    back = request.get_full_path()
    return _list_export(modeladmin, request, back, file_format=file_format, selection=selection)


@admin.action(description=gettext_lazy("Export to XLSX"), permissions=["view"])
def export_xlsx(
    modeladmin: Any, request: PersonRequest, queryset: QuerySet[Any]
) -> HttpResponseBase:
    return _chosen(modeladmin, request, queryset, file_format="xlsx")


@admin.action(description=gettext_lazy("Export to CSV"), permissions=["view"])
def export_csv(
    modeladmin: Any, request: PersonRequest, queryset: QuerySet[Any]
) -> HttpResponseBase:
    return _chosen(modeladmin, request, queryset, file_format="csv")


@admin.action(description=gettext_lazy("Export to PDF"), permissions=["view"])
def export_pdf(
    modeladmin: Any, request: PersonRequest, queryset: QuerySet[Any]
) -> HttpResponseBase:
    return _chosen(modeladmin, request, queryset, file_format="pdf")


ACTIONS = (export_xlsx, export_csv, export_pdf)


@pages.list_page("export/", "export", pages.FORM)
def export_view(modeladmin: Any, request: PersonRequest) -> HttpResponseBase:
    """Ask for the format and export every row that the list shows with the same parameters."""
    if not modeladmin.has_view_permission(request):
        raise PermissionDenied
    form = FormatForm(request.POST or None)
    back = f"../?{request.GET.urlencode()}" if request.GET else "../"
    if request.method == "POST" and form.is_valid():
        return _list_export(modeladmin, request, back, file_format=form.cleaned_data["file_format"])
    try:
        changelist = modeladmin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect("../?e=1")
    context = {
        "opts": modeladmin.opts,
        "media": modeladmin.media,
        "form": form,
        "row_count": changelist.result_count,
        "rows": f"{changelist.result_count:,}",
        "background_rows": f"{settings.EXPORT_BACKGROUND_ROWS:,}",
        "kept_days": kept.FILES.chosen(),
        "is_capped": getattr(changelist.paginator, "is_capped", False),
        "filters": lists.filters_of(request),
        "back": back,
    }
    title = _("Export %(name)s") % {"name": modeladmin.opts.verbose_name_plural}
    return pages.show(request, "exchange/export.html", title, context)
