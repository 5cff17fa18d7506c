"""Who would like to come: the list by status, one application, and the form of the office."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from academics import admission_settings
from academics.absence_form import ACCEPT
from academics.application_form import (
    USUAL_DOCUMENTS,
    ApplicationForm,
    NewApplicationForm,
    student_fields,
)
from academics.models import Application
from academics.selectors import applications as selectors
from academics.services import applications as service
from core import offices, records
from core.admin import pages
from core.constraints import RefusedByDatabase, explained

PAGE = 50
ROUTE = "admission/<uuid:application_id>/"
Status = Application.Status


@pages.page("admission/", "applications", roles=offices.PEOPLE_OFFICE)
def applications(request):
    """Show the applications of a status (`status`), with the number of each."""
    tabs = selectors.tabs()
    keys = [tab.key for tab in tabs]
    key = request.GET.get("status")
    key = key if key in keys else selectors.OPEN_ONES
    words = request.GET.get("q", "").strip()[:100]
    page = Paginator(selectors.listed(key, words), PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs,
        "chosen": key,
        "words": words,
        "page": page,
        "is_open": admission_settings.is_open(),
    }
    return pages.show(request, "academics/applications/list.html", _("Admission"), context)


@pages.page(ROUTE, "application", roles=offices.PEOPLE_OFFICE)
def application(request, application_id):
    """Show one application with what may come next."""
    return show(request, the_application(application_id))


@pages.page("admission/add/", "application_add", pages.FORM, roles=offices.PEOPLE_OFFICE)
def add(request):
    """Enter an application by hand: somebody has called, or stands at the counter."""
    form = NewApplicationForm(request.POST or None, asked=student_fields())
    if request.method == "POST" and form.is_valid() and _save(form):
        messages.success(request, _("The application of %s was entered.") % form.instance)
        return redirect("admin:application", form.instance.pk)
    return _show_form(request, form, _("New application"))


@pages.page(ROUTE + "edit/", "application_edit", pages.FORM, roles=offices.PEOPLE_OFFICE)
def edit(request, application_id):
    """Put an application right."""
    row = the_application(application_id)
    form = ApplicationForm(request.POST or None, instance=row, asked=student_fields())
    if request.method == "POST" and form.is_valid() and _save(form):
        messages.success(request, _("The application was saved."))
        return redirect("admin:application", row.pk)
    return _show_form(request, form, _("Edit the application"))


def the_application(application_id):
    """Return the application; Http404 if there is none, or it is another school's."""
    rows = Application.objects.select_related("student", "entered_by", "decided_by")
    return get_object_or_404(rows, pk=application_id)


def show(request, row, *, errors=None, status=200):
    """Answer with the page of an application; `errors` are {field of a step: sentences}."""
    context = {
        "application": row,
        "documents": row.documents.all(),
        "record": _lines(row),
        "steps": service.NEXT.get(row.status, ()),
        "usual_documents": USUAL_DOCUMENTS,
        "accept": ACCEPT,
        "errors": errors or {},
    }
    return pages.show(
        request, "academics/applications/application.html", row.name, context, status=status
    )


def _lines(row):
    """Return [(label, text, whether only the office reads it)] of what it has for the record."""
    kept = row.record or {}
    return [
        (field.label, records.text_of(field.kind, kept[field.key]), field.is_private)
        for field in student_fields()
        if field.key in kept
    ]


def _save(form):
    """Save; return whether the database took it, with its reason in the form's errors."""
    try:
        with explained(), transaction.atomic():
            form.save()
    except RefusedByDatabase as error:
        form.complain(error.refusal.field, error.refusal.message)
        return False
    return True


def _show_form(request, form, title):
    status = 400 if form.errors else 200
    template = "academics/applications/form.html"
    return pages.show(request, template, title, {"form": form}, status=status)
