"""A student's invoices and the receipts of what was paid: to read, to print, and as PDF."""

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.defaults import today
from finance.models import CreditNote, Payment
from finance.papers import details, documents
from finance.selectors import balances, entries
from portal.selectors import own_money
from portal.views.own import own_page
from portal.views.own_documents import pdf_file
from portal.views.own_lists import page_of

INVOICES = 25


@require_safe
@own_page
def invoices(request):
    """Show all invoices, and the sum that is still to pay."""
    day = today()
    rows = own_money.invoices(request.student)
    context = {
        "today": day,
        "owed": balances.still_to_pay(rows, day),
        "page": page_of(request, rows, INVOICES),
    }
    return render(request, "portal/invoices.html", context)


@require_safe
@own_page
def invoice(request, invoice_id):
    """Show an invoice with its payments and credit notes."""
    row = _invoice(request, invoice_id)
    rows = entries.of_invoice(row)
    for entry in rows:
        if entry.payment is not None:
            entry.payment.number = entries.receipt_number(entry.payment)
    school = details.of_school()
    context = {
        "invoice": row,
        "lines": row.lines.all(),
        "entries": rows,
        "today": today(),
        "details": school,
        "tax_amount": school.tax_in(row.amount, row.currency),
    }
    return render(request, "portal/invoice.html", context)


@require_safe
@own_page
def invoice_pdf(request, invoice_id):
    """Return an invoice as PDF."""
    row = _invoice(request, invoice_id)
    pdf, _count = documents.invoices([row.pk])
    return pdf_file(pdf, _("invoice %(number)s") % {"number": row.invoice_number})


@require_safe
@own_page
def receipt(request, payment_id):
    """Show the receipt of a payment."""
    payment = _payment(request, payment_id)
    context = {
        "payment": payment,
        "number": entries.receipt_number(payment),
        "shares": entries.shares(payment),
    }
    return render(request, "portal/receipt.html", context)


@require_safe
@own_page
def receipt_pdf(request, payment_id):
    """Return the receipt of a payment as PDF."""
    payment = _payment(request, payment_id)
    pdf, _count = documents.receipts([payment.pk])
    return pdf_file(pdf, _("receipt %(number)s") % {"number": entries.receipt_number(payment)})


@require_safe
@own_page
def credit_note_pdf(request, note_id):
    """Return a credit note of one of the student's invoices as PDF."""
    note = CreditNote.objects.filter(pk=note_id, invoice__student=request.student).first()
    if note is None:
        raise Http404(_("There is no such credit note."))
    pdf, _count = documents.credit_notes([note.pk])
    return pdf_file(pdf, _("credit note %(number)s") % {"number": note})


def _payment(request, payment_id):
    payment = Payment.objects.filter(pk=payment_id, student=request.student).first()
    if payment is None:
        raise Http404(_("There is no such payment."))
    return payment


def _invoice(request, invoice_id):
    row = own_money.invoices(request.student).filter(pk=invoice_id).first()
    if row is None:
        raise Http404(_("There is no such invoice."))
    return row
