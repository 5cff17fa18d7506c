"""Reports about money."""

from django.utils.translation import gettext_lazy as _

from exchange.columns import Date, Number
from finance import methods
from finance.models import Invoice
from reporting.catalog import filters
from reporting.catalog.report import OFFICE, Column, Report
from reporting.catalog.shared import MONEY, STUDENT

REPORTS = [
    Report(
        name="payment_ledger",
        title=_("Payment ledger"),
        description=_("Every payment with its invoice."),
        subject=MONEY,
        view="view_payment_ledger_keyed",
        columns=(
            Column("payment_date", _("Paid on"), Date()),
            Column("student_name", _("Student"), nullable=True),
            Column("student_email", _("Student e-mail"), nullable=True),
            Column("amount", _("Amount"), Number()),
            Column("currency", _("Currency")),
            Column("payment_method", _("Method"), choices=methods.TAKEN),
            Column("invoice_number", _("Invoice number"), nullable=True),
            Column("invoice_status", _("Invoice status"), choices=Invoice.Status),
            Column("transaction_id", _("Payment reference"), nullable=True),
        ),
        filters=(
            STUDENT,
            filters.Invoice(
                name="invoice",
                column="invoice_id",
                label=_("Invoice"),
                help_text=_("Part of the invoice number."),
            ),
            filters.Choice(
                name="method",
                column="payment_method",
                label=_("Method"),
                choices=methods.TAKEN,
            ),
            filters.Choice(
                name="status",
                column="invoice_status",
                label=_("Invoice status"),
                choices=Invoice.Status,
            ),
            filters.DateRange(column="payment_date", label=_("Paid")),
        ),
        roles=OFFICE,
        order="-payment_date",
        sorts={"payment_date": ()},
    ),
]
