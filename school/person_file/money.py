"""Tables of the person's invoices and payments."""

from django.utils.translation import gettext_lazy as _

from finance.models import Invoice, Payment
from school.person_file.table import Listed

INVOICES = Listed(
    "invoices",
    _("Invoices"),
    Invoice,
    key="student",
    order=("issue_date",),
    columns=[
        "invoice_number",
        "issue_date",
        "due_date",
        "amount",
        "currency",
        "status",
        "description",
        "line_items",
    ],
)
PAYMENTS = Listed(
    "payments",
    _("Payments"),
    Payment,
    key="student",
    order=("payment_date",),
    columns=[
        "payment_date",
        "amount",
        "currency",
        "payment_method",
        ("invoice__invoice_number", _("Invoice")),
        "transaction_id",
        "receipt_url",
        "notes",
    ],
)
