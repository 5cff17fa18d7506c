"""Tables of the person's invoices and payments, and of what belongs to them."""

from django.utils.translation import gettext_lazy as _

from finance.models import (
    BankTransaction,
    CreditNote,
    Invoice,
    InvoiceLine,
    OnlineCheckout,
    Payment,
    PaymentAllocation,
    PaymentReminder,
    PaymentReversal,
    PlanCharge,
    ReminderOptOut,
    StudentDiscount,
)
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
LINES = Listed(
    "invoice-lines",
    _("Invoice lines"),
    InvoiceLine,
    key="invoice__student",
    order=("invoice__issue_date", "invoice", "position"),
    columns=[
        ("invoice__invoice_number", _("Invoice")),
        "description",
        "quantity",
        "unit_price",
        "amount",
        "discount_kind",
    ],
)
CREDIT_NOTES = Listed(
    "credit-notes",
    _("Credit notes"),
    CreditNote,
    key="invoice__student",
    order=("credit_date",),
    columns=[
        "credit_note_number",
        ("invoice__invoice_number", _("Invoice")),
        "credit_date",
        "amount",
        "reason",
    ],
)
ALLOCATIONS = Listed(
    "payments-for-invoices",
    _("What payments were for"),
    PaymentAllocation,
    key="invoice__student",
    order=("allocation_date", "created_at"),
    columns=[
        "allocation_date",
        ("invoice__invoice_number", _("Invoice")),
        "amount",
        ("payment__payment_date", _("Paid on")),
    ],
)
REVERSALS = Listed(
    "payments-taken-back",
    _("Payments taken back"),
    PaymentReversal,
    key="payment__student",
    order=("reversal_date",),
    columns=[
        "reversal_date",
        "kind",
        "amount",
        "reason",
        ("payment__payment_date", _("Paid on")),
    ],
)
REMINDERS = Listed(
    "reminders",
    _("Reminders"),
    PaymentReminder,
    key="invoice__student",
    order=("reminder_date",),
    columns=[
        "reminder_date",
        ("invoice__invoice_number", _("Invoice")),
        "stage",
        "sent_to",
        "subject",
        "message",
    ],
)
EXCEPTIONS = Listed(
    "exceptions-from-reminders",
    _("Exceptions from reminders"),
    ReminderOptOut,
    key="student",
    order=("created_at",),
    columns=["created_at", "reason"],
)
DISCOUNTS = Listed(
    "discounts",
    _("Discounts"),
    StudentDiscount,
    key="student",
    order=("created_at",),
    columns=[("discount__name", _("Discount")), "last_day"],
)
CHARGES = Listed(
    "charges-of-plans",
    _("Charges of plans"),
    PlanCharge,
    key="student",
    order=("created_at",),
    columns=[
        ("plan__name", _("Plan")),
        "period",
        ("invoice__invoice_number", _("Invoice")),
        "is_undone",
    ],
)
CHECKOUTS = Listed(
    "online-payments-begun",
    _("Online payments begun"),
    OnlineCheckout,
    key="invoice__student",
    order=("created_at",),
    columns=[
        "created_at",
        ("invoice__invoice_number", _("Invoice")),
        "provider",
        "amount",
        "currency",
    ],
)
BANK_LINES = Listed(
    "lines-of-bank-statements",
    _("Lines of bank statements"),
    BankTransaction,
    key="payment__student",
    order=("booking_date", "line_number"),
    columns=[
        "booking_date",
        "amount",
        "currency",
        "party",
        "party_account",
        "message",
        "status",
    ],
)
TABLES = (
    INVOICES,
    LINES,
    CREDIT_NOTES,
    PAYMENTS,
    ALLOCATIONS,
    REVERSALS,
    REMINDERS,
    EXCEPTIONS,
    DISCOUNTS,
    CHARGES,
    CHECKOUTS,
    BANK_LINES,
)
