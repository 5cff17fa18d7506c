"""Payments: recorded, looked at, taken back; never changed."""

from django.contrib import admin
from django.db.models import F
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import action, display

from core import numbers
from core.admin.base import SchoolModelAdmin
from core.admin.filters import DayRangeFilter
from core.admin.imports import ImportMixin
from finance.admin.inlines import AllocationInline, ReversalInline
from finance.admin.papers import PapersMixin
from finance.admin.sums import SumsMixin, received
from finance.models import Payment
from finance.papers import export


@admin.register(Payment)
class PaymentAdmin(SumsMixin, PapersMixin, ImportMixin, SchoolModelAdmin):
    """Payments; one of a single invoice is added here, its student follows from the invoice."""

    list_display = [
        "payment_date",
        "student",
        "invoice",
        "shown_amount",
        "shown_taken_back",
        "payment_method",
        "recorded_by",
    ]
    list_filter = [
        ("payment_method", ChoicesDropdownFilter),
        ("student", AutocompleteSelectFilter),
        ("payment_date", DayRangeFilter),
    ]
    list_select_related = ["student", "invoice", "recorded_by"]
    more_columns = ["payer_guardian", "payer_sponsor", "transaction_id", "notes", "created_at"]
    date_hierarchy = "payment_date"
    ordering = ["-payment_date", "-id"]
    sortable_by = ["payment_date"]
    search_people = ["student"]
    search_invoices = ["invoice"]
    search_help_text = _("Student or invoice number")
    autocomplete_fields = ["invoice", "payer_guardian", "payer_sponsor"]
    papers = export.RECEIPTS
    sums_title = _("Received, less what was taken back")
    sums_of = staticmethod(received)
    actions = PapersMixin.paper_actions
    actions_detail = [*PapersMixin.paper_actions_detail, "reverse_one", "refund_one"]
    inlines = [AllocationInline, ReversalInline]
    readonly_fields = ["student", "unallocated", "reversed", "recorded_by"]
    fields = [
        "invoice",
        "student",
        ("payer_guardian", "payer_sponsor"),
        ("amount", "currency"),
        ("unallocated", "reversed"),
        ("payment_method", "payment_date"),
        "transaction_id",
        "receipt_url",
        "notes",
        "recorded_by",
    ]
    add_fieldsets = [
        (
            None,
            {
                "fields": [
                    "invoice",
                    ("amount", "currency"),
                    ("payment_method", "payment_date"),
                    "transaction_id",
                    ("payer_guardian", "payer_sponsor"),
                    "receipt_url",
                    "notes",
                ]
            },
        )
    ]

    def has_import_permission(self, request):
        # Files only add: what was recorded is not changed (finance.admin.resources).
        return self.has_add_permission(request)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if "invoice" in form.base_fields:
            form.base_fields["invoice"].required = True
        return form

    def get_inlines(self, request, obj):
        return self.inlines if obj is not None else []

    @display(description=_("amount"))
    def shown_amount(self, obj):
        return f"{numbers.money(obj.amount, obj.currency)} {obj.currency}"

    @display(description=_("taken back"))
    def shown_taken_back(self, obj):
        if not obj.reversed:
            return ""
        return f"{numbers.money(obj.reversed, obj.currency)} {obj.currency}"

    def derive(self, request, obj):
        obj.student_id = obj.invoice.student_id

    @action(
        description=_("Reverse…"),
        icon="undo",
        url_path="to-reverse",
        permissions=["take_back"],
    )
    def reverse_one(self, request, object_id):
        """Ask why a payment is reversed."""
        return self._take_back(request, object_id, "reversal")

    @action(
        description=_("Refund…"),
        icon="redo",
        url_path="to-refund",
        permissions=["take_back"],
    )
    def refund_one(self, request, object_id):
        """Ask how much of a payment is refunded, and why."""
        return self._take_back(request, object_id, "refund")

    def _take_back(self, request, object_id, kind):
        payment = self.get_object(request, object_id)
        if payment is None:
            raise Http404(gettext("There is no such payment."))
        return redirect("admin:payment_take_back", payment.pk, kind)

    def has_take_back_permission(self, request, object_id):
        if not self.has_add_permission(request):
            return False
        return Payment.objects.filter(pk=object_id, reversed__lt=F("amount")).exists()
