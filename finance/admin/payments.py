"""Payments."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import display

from core.admin.base import SchoolModelAdmin
from core.admin.filters import DayRangeFilter
from core.admin.imports import ImportMixin
from finance.models import Payment


@admin.register(Payment)
class PaymentAdmin(ImportMixin, SchoolModelAdmin):
    """Payments; the student follows from the invoice."""

    list_display = [
        "payment_date",
        "student",
        "invoice",
        "shown_amount",
        "payment_method",
        "recorded_by",
    ]
    list_filter = [
        ("payment_method", ChoicesDropdownFilter),
        ("student", AutocompleteSelectFilter),
        ("payment_date", DayRangeFilter),
    ]
    list_select_related = ["student", "invoice", "recorded_by"]
    date_hierarchy = "payment_date"
    ordering = ["-payment_date", "-id"]
    sortable_by = ["payment_date"]
    search_people = ["student"]
    search_invoices = ["invoice"]
    search_help_text = _("Student or invoice number")
    autocomplete_fields = ["invoice"]
    fixed_fields = ["invoice"]
    readonly_fields = ["student", "recorded_by"]
    fields = [
        "invoice",
        "student",
        ("amount", "currency"),
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
                    "receipt_url",
                    "notes",
                ]
            },
        )
    ]

    @display(description=_("amount"))
    def shown_amount(self, obj):
        return f"{obj.amount} {obj.currency}"

    def derive(self, request, obj):
        obj.student_id = obj.invoice.student_id
        obj.recorded_by = request.user
