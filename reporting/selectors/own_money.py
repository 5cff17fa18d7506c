"""A student's invoices and what was paid of them."""

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from finance.models import Invoice, Payment
from reporting.selectors.student import NOTHING


def invoices(student):
    """Return the student's invoices, newest first, each with `paid` and `balance`."""
    paid = Coalesce(Sum("payments__amount"), NOTHING)
    return (
        Invoice.objects.for_student(student)
        .annotate(paid=paid, balance=F("amount") - paid)
        .order_by("-issue_date", "-invoice_number")
    )


def still_to_pay(student, today):
    """Return one row a currency: `rest`, and `late`, what of it is overdue."""
    open_ = Invoice.objects.open().for_student(student)
    owed = dict(open_.order_by().values_list("currency").annotate(Sum("amount")))
    late = Q(invoice__due_date__lt=today)
    paid = {
        row["currency"]: row
        for row in Payment.objects.filter(invoice__in=open_)
        .order_by()
        .values("currency")
        .annotate(all=Sum("amount"), late=Coalesce(Sum("amount", filter=late), NOTHING))
    }
    overdue = dict(
        Invoice.objects.overdue(today)
        .for_student(student)
        .order_by()
        .values_list("currency")
        .annotate(Sum("amount"))
    )
    none = {"all": NOTHING.value, "late": NOTHING.value}
    return [
        {
            "currency": currency,
            "rest": amount - paid.get(currency, none)["all"],
            "late": overdue.get(currency, NOTHING.value) - paid.get(currency, none)["late"],
        }
        for currency, amount in sorted(owed.items())
    ]


def payments(invoice):
    """Return an invoice's payments, oldest first, each with `rest`, what was still to pay then."""
    rest, found = invoice.amount, []
    for payment in invoice.payments.order_by("payment_date", "created_at", "id"):
        rest -= payment.amount
        payment.rest = rest
        found.append(payment)
    return found


def receipt_number(payment):
    """Return the number of a payment's receipt, which it keeps for good."""
    return f"R-{payment.pk.hex[:8].upper()}"
