"""The catalog of reports in the admin: a list of them, a page for each, and its chart."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.generic import RedirectView

from core.admin import pages
from core.admin.dialogs import is_fragment
from core.models.base import Folded
from exchange.admin.exporting import answer
from reporting import catalog
from reporting.admin import report_charts, report_filters, report_tables, term_scope
from reporting.catalog import charts, paging
from reporting.models import SavedFilter

# Parameters of the page that choose no rows.
PAGE_KEYS = {"sort", "after", "before"}
FORMATS = [("xlsx", "XLSX"), ("csv", "CSV"), ("pdf", "PDF")]
# Former admin lists -> the reports that replaced them.
OLD_ADDRESSES = {
    "userroster": "user_roster_v1",
    "classenrollmentreport": "class_enrollment_v1",
    "attendancereport": "attendance_report_v1",
    "paymentledger": "payment_ledger_v1",
}


def get_report(request, report_id):
    """Return the report; Http404 if it is missing or the person may not run it."""
    try:
        report = catalog.get(report_id)
    except KeyError:
        report = None
    if report is None or request.user.role not in report.roles:
        raise Http404(_("There is no such report."))
    return report


def asked_for(request, report):
    """Return (values of the filters, sort) of the URL; raises ValidationError."""
    asked = {key: value for key, value in request.GET.items() if key not in PAGE_KEYS}
    sort = request.GET.get("sort") or None
    report.keys(sort)
    return report.parse(asked), sort


@pages.page("reports/", "reports")
def report_list(request):
    """Show the reports that the person may run as cards, by subject."""
    subjects = {}
    for report in catalog.reports_for(request.user.role):
        subjects.setdefault(str(report.subject), []).append(report)
    return pages.show(request, "reporting/reports/list.html", _("Reports"), {"subjects": subjects})


@pages.page("reports/<str:report_id>/", "report")
def report_page(request, report_id):
    """Show a page of the report's rows, or the errors of the filters."""
    report = get_report(request, report_id)
    saved = SavedFilter.objects.filter(user=request.user, report=report.name)
    saved = saved.order_by(Folded("name"), "id")
    context = {
        "report": report,
        "formats": FORMATS,
        "saved": [
            (saved_filter, report_tables.query(saved_filter.filters or {}, saved_filter.sort))
            for saved_filter in saved
        ],
        "query": request.GET.urlencode(),
    }
    try:
        values, sort = asked_for(request, report)
    except ValidationError as error:
        context["form"] = report_filters.form_for(report, request.GET, error)
    else:
        context |= _rows(request, report, values, sort)
    return pages.show(request, "reporting/reports/report.html", report.title, context)


def _rows(request, report, values, sort):
    page = paging.fetch(
        report, values, sort, after=request.GET.get("after"), before=request.GET.get("before")
    )
    here = report_tables.query(values, sort)
    return {
        "form": report_filters.form_for(report, values),
        "page": page,
        "count_limit": paging.COUNT_LIMIT,
        "headers": [
            (header, header.sort and report_tables.query(values, header.sort))
            for header in report_tables.headers(report, sort)
        ],
        "rows": report_tables.cells(report, page.rows),
        "described": report.describe(values),
        "is_filtered": bool(values),
        "scope": term_scope.of_report(request, report, values, sort),
        "here": here,
        "sort": sort,
        "first": here or "?" if page.before else None,
        "previous": page.before and report_tables.query(values, sort, before=page.before),
        "next": page.after and report_tables.query(values, sort, after=page.after),
        "export_url": reverse("admin:report_export", args=[report.id]) + here,
        "schedule_url": reverse("admin:reporting_reportschedule_add")
        + report_tables.query({"report": report.id} | values, sort),
        "chart_url": report.chart
        and reverse("admin:report_chart", args=[report.id]) + report_tables.query(values),
    }


@pages.page("reports/<str:report_id>/chart/", "report_chart")
def report_chart(request, report_id):
    """Return the chart as an HTML fragment, which the page loads after its rows.

    Opened directly it is a page of its own.
    """
    report = get_report(request, report_id)
    if report.chart is None:
        raise Http404(_("This report has no chart."))
    try:
        values, _sort = asked_for(request, report)
    except ValidationError as error:
        raise Http404(" ".join(error.messages)) from error
    drawing = charts.draw(report, values)
    context = {
        "drawing": drawing,
        "data": report_charts.chart_data(drawing),
        "cells": report_charts.cells(drawing),
    }
    if is_fragment(request):
        return render(request, "reporting/reports/chart.html", context)
    context |= {
        "report": report,
        "back": f"{reverse('admin:report', args=[report.id])}?{request.GET.urlencode()}",
    }
    return pages.show(request, "reporting/reports/chart_page.html", drawing.chart.title, context)


@pages.page("reports/<str:report_id>/export/", "report_export", pages.POST)
def report_export(request, report_id):
    """Request the report as a file, with the filters of the URL."""
    report = get_report(request, report_id)
    back = reverse("admin:report", args=[report.id])
    file_format = request.POST.get("file_format")
    try:
        values, sort = asked_for(request, report)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(back)
    back += report_tables.query(values, sort)
    if file_format not in dict(FORMATS):
        messages.error(request, _("Choose XLSX, CSV or PDF."))
        return HttpResponseRedirect(back)
    return answer(
        request,
        back,
        kind="report",
        template_id=report.id,
        title=str(report.title),
        file_format=file_format,
        filters=values,
        sort=sort,
    )


@pages.page("reports/<str:report_id>/saved/", "report_saved", pages.POST)
def report_saved(request, report_id):
    """Save the filters of the URL under a name; rename, replace or delete saved ones."""
    report = get_report(request, report_id)
    here = f"{reverse('admin:report', args=[report.id])}"
    try:
        values, sort = asked_for(request, report)
        here += report_tables.query(values, sort)
        message = report_filters.keep(request, report, values, sort)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, message)
    return HttpResponseRedirect(here)


pages.add(
    *(
        path(
            f"reporting/{old}/",
            RedirectView.as_view(pattern_name="admin:report", query_string=False),
            {"report_id": report_id},
        )
        for old, report_id in OLD_ADDRESSES.items()
    )
)
