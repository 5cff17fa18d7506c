"""Invoices and payments as files."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.admin.resources.shared import STATUS_HEADERS, STUDENT_HEADERS, check_student, person
from core.defaults import today
from exchange.admin.resources import people
from exchange.columns import Choice, Column, Date, Json, Number, Reference, Text
from exchange.imports.resource import ImportResource
from exchange.resources import register
from finance import methods
from finance.currencies import validate_currency
from finance.models import Invoice, Payment
from finance.models.invoice import state_on

NUMBER_HEADERS = ["Number", "Invoice", "Invoice no", "Rechnungsnummer", "Número de factura"]
AMOUNT_HEADERS = ["Total", "Betrag", "Importe", "Montant"]


class Currency(Text):
    """Three letters, in any case."""

    def clean(self, value, row=None, **kwargs):
        text = (super().clean(value, row, **kwargs) or "").upper()
        if text:
            try:
                validate_currency(text)
            except ValidationError as error:
                raise ValueError(error.message) from None
        return text or None


def invoices(numbers):
    """Return the invoices of the school with these numbers (lower case)."""
    return Invoice.objects.annotate(lower_number=Lower("invoice_number")).filter(
        lower_number__in=numbers
    )


@register(Invoice)
class InvoiceResource(ImportResource):
    """Invoices, identified by their number."""

    invoice_number = Column(
        "invoice_number",
        gettext_lazy("Invoice number"),
        Text(50),
        required=True,
        key=True,
        synonyms=NUMBER_HEADERS,
        example="2026-0001",
    )
    student = Column(
        "student",
        gettext_lazy("Student e-mail"),
        person(),
        needed=True,
        synonyms=STUDENT_HEADERS,
    )
    student_name = Column("student__name", gettext_lazy("Student"), readonly=True)
    amount = Column(
        "amount", gettext_lazy("Amount"), Number(), needed=True, synonyms=AMOUNT_HEADERS
    )
    currency = Column(
        "currency", gettext_lazy("Currency"), Currency(), synonyms=["Währung", "Moneda", "Devise"]
    )
    description = Column(
        "description", gettext_lazy("Description"), synonyms=["Beschreibung", "Descripción"]
    )
    issue_date = Column(
        "issue_date",
        gettext_lazy("Issued on"),
        Date(),
        synonyms=["Invoice date", "Issue date", "Rechnungsdatum", "Fecha de emisión"],
    )
    due_date = Column(
        "due_date",
        gettext_lazy("Due on"),
        Date(),
        needed=True,
        synonyms=["Due date", "Fällig am", "Fälligkeit", "Vencimiento", "Échéance"],
    )
    status = Column(
        "status",
        gettext_lazy("Status"),
        Choice(Invoice.Status),
        synonyms=STATUS_HEADERS,
        expression=lambda: state_on(today()),
    )
    line_items = Column("line_items", gettext_lazy("Line items"), Json())

    # The date makes a pending invoice overdue.
    drifts = {"status": [Invoice.Status.PENDING.value, Invoice.Status.OVERDUE.value]}

    class Meta:
        model = Invoice

    def prepare(self, piece):
        self.known("student", people(piece.texts("student")))
        rows = invoices(piece.texts("invoice_number"))
        self.existing = defaultdict(list)
        for invoice in rows.prefetch_related(*self.references()):
            self.existing[invoice.invoice_number.casefold()].append(invoice)

    def find(self, values):
        number = values["invoice_number"]
        matches = self.existing.get(number.casefold(), [])
        exact = [invoice for invoice in matches if invoice.invoice_number == number]
        return next(iter(exact or matches), None)

    def key(self, values, instance):
        return values["invoice_number"].casefold()

    def check(self, instance, values, is_new):
        if "student" in values and (is_new or values["student"] is not None):
            check_student(values)
        if instance.due_date < instance.issue_date:
            raise ValidationError({"due_date": _("It is due before it is issued.")})
        if instance.amount < 0:
            raise ValidationError({"amount": _("The amount cannot be negative.")})


@register(Payment)
class PaymentResource(ImportResource):
    """Payments, identified by invoice and payment reference, or invoice, date and amount."""

    invoice = Column(
        "invoice",
        gettext_lazy("Invoice number"),
        Reference(
            "invoice_number",
            gettext_lazy("There is no invoice with the number “%(text)s”."),
            gettext_lazy("%(count)d invoices have the number “%(text)s”, in different case."),
            example="2026-0001",
        ),
        required=True,
        key=True,
        synonyms=NUMBER_HEADERS,
    )
    student = Column(
        "student",
        gettext_lazy("Student e-mail"),
        person(),
        key=True,
        readonly=True,
        synonyms=STUDENT_HEADERS,
    )
    student_name = Column("student__name", gettext_lazy("Student"), readonly=True)
    amount = Column(
        "amount", gettext_lazy("Amount"), Number(), required=True, synonyms=AMOUNT_HEADERS
    )
    currency = Column(
        "currency", gettext_lazy("Currency"), Currency(), synonyms=["Währung", "Moneda", "Devise"]
    )
    payment_method = Column(
        "payment_method",
        gettext_lazy("Method"),
        Choice(methods.TAKEN),
        needed=True,
        synonyms=["Zahlungsart", "Método de pago", "Mode de paiement"],
    )
    transaction_id = Column(
        "transaction_id",
        gettext_lazy("Payment reference"),
        Text(255),
        key=True,
        synonyms=["Transaction", "Transaction ID", "Reference", "Referenz", "Referencia"],
    )
    payment_date = Column(
        "payment_date",
        gettext_lazy("Paid on"),
        Date(),
        required=True,
        synonyms=["Date", "Zahlungsdatum", "Fecha de pago", "Date de paiement"],
    )
    receipt_url = Column("receipt_url", gettext_lazy("Receipt (URL)"), Text(500))
    notes = Column("notes", gettext_lazy("Notes"))
    recorded_by = Column("recorded_by", gettext_lazy("Recorded by"), person(), readonly=True)

    import_actions = ("add",)  # what was recorded is not changed
    completes = ("student", "recorded_by", "currency")

    class Meta:
        model = Payment

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.taken = set()

    def prepare(self, piece):
        known_invoices = invoices(piece.texts("invoice")).prefetch_related("student")
        known_invoices = list(known_invoices)
        self.known("invoice", known_invoices)
        self.known("student", people(piece.texts("student")))
        by_id = {invoice.pk: invoice for invoice in known_invoices}
        rows = Payment.objects.filter(invoice__in=known_invoices).order_by("created_at", "id")
        self.existing = defaultdict(list)
        for payment in rows.prefetch_related("student", "recorded_by"):
            payment.invoice = by_id[payment.invoice_id]
            self.existing[payment.invoice_id].append(payment)

    def find(self, values):
        """Return the payment of a row; repeated equal rows match further equal payments."""
        rows = self.existing.get(values["invoice"].pk, [])
        rows = [payment for payment in rows if payment.pk not in self.taken]
        transaction = values.get("transaction_id")
        if transaction is not None:
            rows = [payment for payment in rows if payment.transaction_id == transaction]
        else:
            wanted = values["payment_date"], values["amount"]
            rows = [p for p in rows if (p.payment_date, p.amount) == wanted]
            rows.sort(key=lambda payment: payment.transaction_id is not None)
        if not rows:
            return None
        self.taken.add(rows[0].pk)
        return rows[0]

    def key(self, values, instance):
        if instance is not None:
            return instance.pk
        invoice, transaction = values["invoice"].pk, values.get("transaction_id")
        if transaction is not None:
            return invoice, transaction
        return invoice, values["payment_date"], values["amount"]

    def complete(self, instance, values, is_new, changed):
        if not is_new and changed:
            raise ValidationError(
                _(
                    "This payment was recorded already, otherwise. What was recorded stays:"
                    " reverse it and record it anew."
                )
            )
        invoice = values["invoice"]
        instance.student = invoice.student
        if is_new:
            instance.recorded_by = self.by
            if values.get("currency") is None:
                instance.currency = invoice.currency

    def check(self, instance, values, is_new):
        named = values.get("student")
        if named is not None and named.pk != values["invoice"].student_id:
            raise ValidationError({"student": _("The invoice is of another student.")})
        if instance.amount <= 0:
            raise ValidationError({"amount": _("The amount must be above zero.")})
