"""A student's own report card and transcript, also for their guardians, straight as PDF."""

import uuid

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from academics.models import Term
from core.defaults import today
from portal.views.own import own_page
from reporting.cards import documents


@require_safe
@own_page
def report_card(request):
    """Return the report card of the requested or the current term."""
    pdf, _count = documents.report_cards([request.student.pk], _term(request.GET.get("term")))
    return pdf_file(pdf, _("report card %(name)s") % {"name": request.student.name})


@require_safe
@own_page
def transcript(request):
    """Return the transcript of all terms."""
    pdf = documents.transcript(request.student)
    return pdf_file(pdf, _("transcript %(name)s") % {"name": request.student.name})


def _term(asked):
    terms = Term.objects.select_related("academic_year")
    if not asked:
        return terms.current(today())
    try:
        term = terms.filter(pk=uuid.UUID(asked)).first()
    except ValueError:
        term = None
    if term is None:
        raise Http404(_("There is no such term."))
    return term


def pdf_file(pdf, title):
    """Return the response that hands over a PDF, named by its title."""
    name = slugify(title, allow_unicode=True)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.pdf")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
