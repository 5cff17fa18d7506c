"""What the database's refusals mean to people: name of a constraint -> form field, sentence."""

from django.utils.translation import gettext_lazy

from core import constraints

constraints.register(
    {
        "idx_invoices_number": (
            "invoice_number",
            gettext_lazy("Another invoice already has this number."),
        ),
        "check_invoice_status": (
            "status",
            gettext_lazy("The status must be pending, paid, overdue or cancelled."),
        ),
        "check_invoice_amount": ("amount", gettext_lazy("The amount cannot be negative.")),
        "check_invoice_amount_number": ("amount", gettext_lazy("The amount must be a number.")),
        "check_invoice_dates": ("due_date", gettext_lazy("It is due before it is issued.")),
        "check_line_items": (
            "line_items",
            gettext_lazy(
                "Each item needs a description, a quantity and a unit price,"
                " and together they must make the amount."
            ),
        ),
        "invoice_has_payments": (
            "status",
            gettext_lazy("This invoice already has payments; remove them first."),
        ),
        "invoice_below_paid": (
            "amount",
            gettext_lazy("More than this was already paid."),
        ),
        "invoice_not_covered": (
            "status",
            gettext_lazy(
                "An invoice is paid when its payments cover it; record the payment instead."
            ),
        ),
        "payments_invoice_fk": (
            "student",
            gettext_lazy("The invoice is of another student."),
        ),
        "check_amount_positive": ("amount", gettext_lazy("The amount must be above zero.")),
        "check_amount_number": ("amount", gettext_lazy("The amount must be a number.")),
        "check_payment_method": (
            "payment_method",
            gettext_lazy("The method must be stripe, cash or bank_transfer."),
        ),
        "payment_of_cancelled_invoice": (
            "invoice",
            gettext_lazy("This invoice is cancelled and takes no payments."),
        ),
        "payment_currency": (
            "currency",
            gettext_lazy("The payment must be in the invoice's currency."),
        ),
        "payment_overpays": (
            "amount",
            gettext_lazy("With this payment, more than the invoice's amount would be paid."),
        ),
    },
    by_column={"invoice_has_payments"},
)
