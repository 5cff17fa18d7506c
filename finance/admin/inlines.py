"""Inlines: rows shown on the page of their parent."""

from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.admin.base import SchoolTabularInline
from finance.models import CreditNote, Invoice, InvoiceLine, PaymentAllocation, PaymentReversal


class LineInline(SchoolTabularInline):
    """The lines of an invoice; of an issued one they stay."""

    model = InvoiceLine
    fields = [
        "fee",
        "description",
        "quantity",
        "unit_price",
        "amount",
        "discount_kind",
        "school_class",
        "term",
    ]
    readonly_fields = ["amount"]
    autocomplete_fields = ["fee", "school_class"]
    select_related = ["fee", "school_class", "term"]
    ordering = ["position", "created_at", "id"]

    def has_add_permission(self, request, obj=None):
        return _is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return _is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return _is_draft(obj) and super().has_delete_permission(request, obj)


def _is_draft(invoice):
    return invoice is None or invoice.is_draft


class EntryInline(SchoolTabularInline):
    """Entries of money, which are only looked at."""

    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class PaymentsOfInvoiceInline(EntryInline):
    """What was paid of an invoice."""

    model = PaymentAllocation
    fields = readonly_fields = ["allocation_date", "amount", "payment", "recorded_by"]
    select_related = ["payment", "recorded_by"]
    verbose_name_plural = gettext_lazy("payments")


class CreditNoteInline(EntryInline):
    """The credit notes of an invoice."""

    model = CreditNote
    fields = readonly_fields = ["credit_note_number", "credit_date", "amount", "reason"]


class AllocationInline(EntryInline):
    """What a payment was for."""

    model = PaymentAllocation
    fields = readonly_fields = ["allocation_date", "amount", "invoice", "recorded_by"]
    select_related = ["invoice", "recorded_by"]


class ReversalInline(EntryInline):
    """What of a payment was taken back."""

    model = PaymentReversal
    fields = readonly_fields = ["reversal_date", "kind", "amount", "reason", "recorded_by"]
    select_related = ["recorded_by"]


class InvoiceOfPersonInline(EntryInline):
    """The invoices of a student."""

    model = Invoice
    keeps_forms = True
    fk_name = "student"
    person_roles = ["student"]
    fields = readonly_fields = [
        "invoice_number",
        "amount",
        "balance",
        "currency",
        "issue_date",
        "due_date",
        "shown_state",
        "row_link",
    ]
    ordering = ["-issue_date", "-id"]
    tab = True

    @display(description=gettext_lazy("status"))
    def shown_state(self, obj):
        return obj.get_state_display()
