"""A student's invoices and the receipts of what was paid, to read and to print."""

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.defaults import today
from finance.models import Payment
from portal.selectors import own_money
from portal.views.own import own_page
from portal.views.own_lists import page_of

INVOICES = 25


@require_safe
@own_page
def invoices(request):
    """Show all invoices, and the sum that is still to pay."""
    day = today()
    context = {
        "today": day,
        "owed": own_money.still_to_pay(request.student, day),
        "page": page_of(request, own_money.invoices(request.student), INVOICES),
    }
    return render(request, "portal/invoices.html", context)


@require_safe
@own_page
def invoice(request, invoice_id):
    """Show an invoice with its payments."""
    row = _invoice(request, invoice_id)
    payments = own_money.payments(row)
    for payment in payments:
        payment.number = own_money.receipt_number(payment)
    context = {"invoice": row, "payments": payments, "today": today()}
    return render(request, "portal/invoice.html", context)


@require_safe
@own_page
def receipt(request, payment_id):
    """Show the receipt of a payment."""
    invoice_id = (
        Payment.objects.filter(pk=payment_id, student=request.student)
        .values_list("invoice", flat=True)
        .first()
    )
    if invoice_id is None:
        raise Http404(_("There is no such payment."))
    paid_invoice = _invoice(request, invoice_id)
    paid = next(row for row in own_money.payments(paid_invoice) if row.pk == payment_id)
    context = {"invoice": paid_invoice, "payment": paid, "number": own_money.receipt_number(paid)}
    return render(request, "portal/receipt.html", context)


def _invoice(request, invoice_id):
    row = own_money.invoices(request.student).filter(pk=invoice_id).first()
    if row is None:
        raise Http404(_("There is no such invoice."))
    return row
