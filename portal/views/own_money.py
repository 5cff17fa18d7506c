"""A student's invoices and the receipts of what was paid: to read, to print, and as PDF."""

import logging

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from finance.models import CreditNote, Invoice, Payment
from finance.online import accounts
from finance.papers import details, documents
from finance.selectors import balances, entries
from finance.services import checkouts
from portal.selectors import own_money
from portal.views.own import own_page, own_url
from portal.views.own_documents import pdf_file
from portal.views.own_lists import page_of

INVOICES = 25
PAID = "paid"  # in the address that the provider sends people back to
logger = logging.getLogger(__name__)


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
        "can_pay": _is_open(row) and bool(accounts.provider()),
        "is_back": PAID in request.GET and _is_open(row),
    }
    return render(request, "portal/invoice.html", context)


@require_POST
@own_page
def pay(request, invoice_id):
    """Send the person to the provider's page to pay what is open of an invoice."""
    row = _invoice(request, invoice_id)
    back = own_url(request, "invoice", row.pk)
    try:
        with explained():
            page = checkouts.start(
                invoice=row,
                by=request.user,
                address=lambda how: request.build_absolute_uri(f"{back}?{how}" if how else back),
            )
    except RefusedByDatabase as error:
        messages.error(request, error.refusal.message)
    except checkouts.Refused as error:
        messages.error(request, _("It cannot be paid online: %(why)s") % {"why": error})
    except checkouts.Unavailable as error:
        logger.warning("Online payment is not available: %s", error)
        messages.error(
            request,
            _("Online payment does not work at the moment. Try again later, or pay another way."),
        )
    else:
        return HttpResponseRedirect(page)
    return redirect(back)


def _is_open(invoice):
    return invoice.balance > 0 and invoice.status != Invoice.Status.CANCELLED


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
