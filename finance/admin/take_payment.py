"""Taking a payment: find the family, spread the money over what is open, and the receipt."""

import re
from decimal import Decimal
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core import numbers, offices
from core.admin import pages
from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from core.forms import fields
from core.models import User
from finance import methods
from finance.currencies import exponents
from finance.models import Payment
from finance.selectors import desk, entries
from finance.services import payments

SHARE = "share-"  # and the id of an invoice: how much of the payment is for it


class PayerField(forms.ChoiceField):
    """Nobody in particular, a guardian or a sponsor ("guardian:<id>")."""

    def valid_value(self, value):
        return re.fullmatch(r"(guardian|sponsor):[-0-9a-f]{36}", value) is not None


class TakePaymentForm(forms.Form):
    """A payment of a family. Without any share it is spread, the earliest due invoice first."""

    amount = fields.DecimalField(label=gettext_lazy("Amount received"))
    payment_method = forms.ChoiceField(
        label=gettext_lazy("Method"), widget=UnfoldAdminSelectWidget()
    )
    payment_date = fields.DateField(
        label=gettext_lazy("Received on"), widget=UnfoldAdminTextInputWidget
    )
    transaction_id = forms.CharField(
        label=gettext_lazy("Payment reference"),
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Of the bank, terminal or cheque; a payment with it is taken once."),
    )
    payer = PayerField(
        label=gettext_lazy("Paid by"), required=False, widget=UnfoldAdminSelectWidget()
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data, *, family, chosen="", **kwargs):
        """`chosen` is the id of the invoice that the payment is mostly for, as text."""
        super().__init__(data, **kwargs)
        self.family, self.chosen = family, chosen
        self.fields["payment_method"].choices = [("", _("Choose…")), *methods.choices()]
        # Asked where the field is shown; whether who is chosen exists, the database knows.
        self.fields["payer"].choices = lambda: [("", _("The family")), *family.payers()]
        for invoice in family.invoices:
            self.fields[SHARE + invoice.pk.hex] = fields.DecimalField(
                label=_("For invoice %(number)s") % {"number": invoice},
                required=False,
                min_value=0,
            )

    def in_turn(self):
        """Return the invoices as money is spread over them: the chosen one, then by due date."""
        return sorted(self.family.invoices, key=lambda invoice: str(invoice.pk) != self.chosen)

    def rows(self):
        """Return [(invoice, its field)]."""
        return [(invoice, self[SHARE + invoice.pk.hex]) for invoice in self.family.invoices]

    def about(self):
        """Return the fields that are not shares, in their order."""
        return [self[name] for name in self.fields if not name.startswith((SHARE, "token"))]

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        if amount <= 0:
            raise forms.ValidationError(_("The amount must be above zero."))
        return amount

    def clean(self):
        cleaned = super().clean()
        chosen = {
            invoice: share
            for invoice in self.family.invoices
            if (share := cleaned.get(SHARE + invoice.pk.hex))
        }
        for invoice, share in chosen.items():
            if share > invoice.balance:
                values = {"rest": numbers.money(invoice.balance, invoice.currency)}
                message = _("Only %(rest)s are still to pay of it.") % values
                self.add_error(SHARE + invoice.pk.hex, message)
        amount = cleaned.get("amount")
        if amount is not None and sum(chosen.values()) > amount:
            self.add_error("amount", _("More than this is written beside the invoices."))
        if amount is not None:
            cleaned["shares"] = chosen or payments.spread(amount, self.in_turn())
        return cleaned

    def columns(self):
        """Return the further columns of the payment."""
        kind, _colon, key = self.cleaned_data["payer"].partition(":")
        payer = {f"payer_{kind}_id": UUID(key)} if key else {}
        return payer | {
            "payment_date": self.cleaned_data["payment_date"],
            "transaction_id": self.cleaned_data["transaction_id"] or None,
            "notes": self.cleaned_data["notes"] or None,
        }


# Fields of the rules -> fields of this form.
RENAMED = {
    "invoice": None,
    "currency": None,
    "allocation_date": "payment_date",
    "payer_guardian": "payer",
    "payer_sponsor": "payer",
}


@pages.page("take-payment/", "take_payment", pages.READ, roles=offices.MONEY_OFFICE)
def find(request):
    """Find who pays: by a student's name, or an invoice's number, typed or scanned."""
    _require(request)
    term = request.GET.get("q", "").strip()
    invoice = desk.invoice_by_number(term)
    if invoice is not None:
        return redirect(_of(invoice.student_id, invoice=invoice.pk, currency=invoice.currency))
    students = list(desk.find(term))
    if len(students) == 1:
        return redirect(_of(students[0].pk))
    context = {"q": term, "students": students, "limit": desk.MATCHES}
    return pages.show(request, "finance/take_payment/find.html", _("Take a payment"), context)


@pages.page(
    "take-payment/<uuid:student_id>/", "take_payment_of", pages.FORM, roles=offices.MONEY_OFFICE
)
def take(request, student_id):
    """Take a payment of a student's family; the receipt is shown at once."""
    _require(request)
    student = User.objects.students().filter(pk=student_id).first()
    if student is None:
        raise Http404(_("There is no such student."))
    family = _family(request, student)
    chosen = request.GET.get("invoice", "")
    initial = _initial(chosen, family)
    form = TakePaymentForm(request.POST or None, family=family, chosen=chosen, initial=initial)
    if request.method == "POST" and form.is_valid():
        payment = _record(form, family)
        if payment is not None:
            if payment.was_sent_before:
                messages.info(request, _("This payment was recorded already, once."))
            return redirect("admin:payment_receipt", payment.pk)
    family.name_students()
    context = {
        "form": form,
        "family": family,
        "decimals": numbers.decimals(family.currency),
        "chosen": chosen,
    }
    title = _("Payment of %(name)s") % {"name": student.name}
    return pages.show(request, "finance/take_payment/take.html", title, context)


@pages.page(
    "take-payment/<uuid:student_id>/credit/", "take_credit", pages.POST, roles=offices.MONEY_OFFICE
)
def use_credit(request, student_id):
    """Pay what is open from the family's credit, the earliest due first."""
    _require(request)
    student = User.objects.students().filter(pk=student_id).first()
    if student is None:
        raise Http404(_("There is no such student."))
    family = _family(request, student)
    used = Decimal(0)
    try:
        with explained():
            used = payments.use_credit(invoices=family.invoices, payments=family.credit)
    except RefusedByDatabase as error:
        messages.error(request, str(error))
    if used:
        values = {"amount": numbers.money(used, family.currency), "currency": family.currency}
        messages.success(request, _("%(amount)s %(currency)s of credit were used.") % values)
    return redirect(_of(student.pk, currency=family.currency))


@pages.page("payments/<uuid:payment_id>/receipt/", "payment_receipt", roles=offices.MONEY_OFFICE)
def receipt(request, payment_id):
    """Show the receipt of a payment, to print."""
    if not request.user.has_perm("finance.view_payment"):
        raise PermissionDenied
    rows = Payment.objects.select_related("student", "payer_guardian", "payer_sponsor")
    payment = rows.filter(pk=payment_id).first()
    if payment is None:
        raise Http404(_("There is no such payment."))
    context = {
        "payment": payment,
        "number": entries.receipt_number(payment),
        "shares": entries.shares(payment),
    }
    title = _("Receipt %(number)s") % {"number": context["number"]}
    return pages.show(request, "finance/take_payment/receipt.html", title, context)


def _record(form, family):
    """Return the recorded payment, or None with the refusal in the form."""
    data = form.cleaned_data
    try:
        with explained():
            return payments.record(
                student=family.student,
                amount=data["amount"],
                currency=family.currency,
                payment_method=data["payment_method"],
                shares=data["shares"],
                token=data["token"],
                **form.columns(),
            )
    except RefusedByDatabase as error:
        field = RENAMED.get(error.refusal.field, error.refusal.field)
        form.add_error(field if field in form.fields else None, error.refusal.message)
        return None


def _family(request, student):
    asked = request.GET.get("currency", "")
    return desk.Family(student, asked if asked in exponents() else "")


def _initial(chosen, family):
    """A new form has a token of its own, and the balance of the invoice that it is about."""
    balances = {str(invoice.pk): invoice.balance for invoice in family.invoices}
    return {"payment_date": today(), "token": uuid4(), "amount": balances.get(chosen)}


def _of(student_id, **query):
    address = reverse("admin:take_payment_of", args=[student_id])
    return f"{address}?{urlencode(query)}" if query else address


def _require(request):
    if not request.user.has_perm("finance.add_payment"):
        raise PermissionDenied
