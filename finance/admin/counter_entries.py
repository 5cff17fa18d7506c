"""Pages that ask why: to cancel or credit an invoice, to reverse or refund a payment."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core import offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from core.forms import fields
from finance.models import Invoice, Payment, PaymentReversal
from finance.services import credit_notes, invoices, payments

WORDS = {
    "reversal": (
        gettext_lazy("Reverse the payment"),
        gettext_lazy(
            "For a payment that was a mistake: it never came, or is somebody else's. The invoices"
            " it paid are open again; then record it rightly."
        ),
    ),
    "refund": (
        gettext_lazy("Refund the payment"),
        gettext_lazy(
            "For money that goes back to who paid. Credit goes first, then what invoices got; these"
            " are open again."
        ),
    ),
}


class ReasonForm(forms.Form):
    """Why, and on which day."""

    day = fields.DateField(label=gettext_lazy("On"), widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class AmountForm(ReasonForm):
    """How much, too."""

    amount = fields.DecimalField(
        label=gettext_lazy("Amount"), widget=UnfoldAdminTextInputWidget(), min_value=0
    )
    field_order = ["amount", "day", "reason"]


# Columns of the rules -> fields of these forms.
FIELDS = {"reversal_date": "day", "credit_date": "day", "allocation_date": "day", "status": None}


@pages.page(
    "invoices/<uuid:invoice_id>/cancel/", "invoice_cancel", pages.FORM, roles=offices.MONEY_OFFICE
)
def cancel(request, invoice_id):
    """Ask why an invoice is cancelled, and cancel it."""
    invoice = _invoice(request, invoice_id)
    explanation = _("Nothing is to be paid of it any more.")
    if invoice.paid:
        explanation = _(
            "Nothing is to be paid of it any more. %(paid)s %(currency)s were paid: a credit note"
            " makes them credit of the family."
        ) % {"paid": invoice.paid, "currency": invoice.currency}

    def do(data):
        invoices.cancel(invoice=invoice, reason=data["reason"], on=data["day"])
        messages.success(request, _("The invoice is cancelled."))

    title = _("Cancel invoice %(number)s") % {"number": invoice}
    return _ask(request, ReasonForm, invoice, title, explanation, do)


@pages.page(
    "invoices/<uuid:invoice_id>/credit/", "invoice_credit", pages.FORM, roles=offices.MONEY_OFFICE
)
def credit(request, invoice_id):
    """Ask how much of an invoice is taken back, and write a credit note."""
    invoice = _invoice(request, invoice_id)

    def do(data):
        note = credit_notes.write(
            invoice=invoice, amount=data["amount"], reason=data["reason"], on=data["day"]
        )
        messages.success(request, _("Credit note %(number)s was written.") % {"number": note})

    title = _("Credit note for invoice %(number)s") % {"number": invoice}
    explanation = _(
        "The invoice asks %(rest)s %(currency)s. What was paid above what it asks afterwards"
        " becomes credit of the family."
    ) % {"rest": invoice.amount - invoice.credited, "currency": invoice.currency}
    return _ask(request, AmountForm, invoice, title, explanation, do)


@pages.page(
    "payments/<uuid:payment_id>/take-back/<slug:kind>/",
    "payment_take_back",
    pages.FORM,
    roles=offices.MONEY_OFFICE,
)
def take_back(request, payment_id, kind):
    """Ask how much of a payment is reversed or refunded, and do it."""
    if not request.user.has_perm("finance.add_payment"):
        raise PermissionDenied
    payment = Payment.objects.filter(pk=payment_id).select_related("student").first()
    if payment is None or kind not in WORDS:
        raise Http404(_("There is no such payment."))
    rest = payment.amount - payment.reversed

    def do(data):
        payments.take_back(
            payment=payment,
            kind=PaymentReversal.Kind(kind),
            amount=data["amount"],
            reason=data["reason"],
            on=data["day"],
        )
        messages.success(request, _("It was taken back."))

    title, explanation = WORDS[kind]
    return _ask(request, AmountForm, payment, title, explanation, do, amount=rest)


def _invoice(request, invoice_id):
    if not request.user.has_perm("finance.change_invoice"):
        raise PermissionDenied
    rows = Invoice.objects.issued().exclude(status=Invoice.Status.CANCELLED)
    invoice = rows.filter(pk=invoice_id).select_related("student").first()
    if invoice is None:
        raise Http404(_("There is no such invoice to change."))
    return invoice


def _ask(request, form_class, row, title, explanation, do, **initial):
    """Show the form, or do what it asks and go back to the page of the row."""
    back = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    form = form_class(request.POST or None, initial={"day": today(), **initial})
    if request.method == "POST" and form.is_valid():
        try:
            with explained():
                do(form.cleaned_data)
        except RefusedByDatabase as error:
            _add_refusal(form, error.refusal)
        else:
            return redirect(back, row.pk)
    context = {
        "form": form,
        "row": row,
        "explanation": explanation,
        "back": back,
    }
    return pages.show(request, "finance/counter_entry.html", title, context)


def _add_refusal(form, refusal):
    field = FIELDS.get(refusal.field, refusal.field)
    form.add_error(field if field in form.fields else None, refusal.message)
