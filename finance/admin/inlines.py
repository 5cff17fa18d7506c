"""Inlines: rows shown on the page of their parent."""

from django.utils.translation import gettext_lazy
from unfold.decorators import display

from core.admin.base import SchoolTabularInline
from finance.models import Invoice, Payment


class PaymentInline(SchoolTabularInline):
    """The payments of an invoice."""

    model = Payment
    fields = ["payment_date", "amount", "currency", "payment_method", "transaction_id", "notes"]
    ordering = ["payment_date", "id"]

    def derive(self, request, obj):
        obj.student_id = obj.invoice.student_id
        obj.recorded_by = request.user

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        if obj is not None and "currency" in formset.form.base_fields:
            formset.form.base_fields["currency"].initial = obj.currency
        return formset


class InvoiceOfPersonInline(SchoolTabularInline):
    """The invoices of a student."""

    model = Invoice
    person_roles = ["student"]
    fields = readonly_fields = [
        "invoice_number",
        "amount",
        "currency",
        "issue_date",
        "due_date",
        "shown_state",
        "row_link",
    ]
    ordering = ["-issue_date", "-id"]
    tab = True
    can_delete = False

    @display(description=gettext_lazy("status"))
    def shown_state(self, obj):
        return obj.get_state_display()

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False
