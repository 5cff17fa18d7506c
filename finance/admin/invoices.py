"""Invoices, with their payments."""

from django import forms
from django.contrib import admin, messages
from django.db.models import DecimalField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display

from core.admin.base import SchoolModelAdmin
from core.admin.fields import LineItemsField
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label
from finance.admin.inlines import PaymentInline
from finance.models import Invoice, Payment

MONEY = DecimalField(max_digits=10, decimal_places=2)


class InvoiceForm(forms.ModelForm):
    """An invoice; with line items the amount may be left empty and is their sum."""

    line_items = LineItemsField(label=gettext_lazy("Line items"), required=False)

    class Meta:
        model = Invoice
        fields = ["invoice_number", "student"]  # the fieldsets name the others

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "amount" in self.fields:
            self.fields["amount"].required = False
            self.fields["amount"].help_text = _("Empty: the sum of the line items.")

    def clean(self):
        cleaned = super().clean()
        if "amount" not in self.fields or "amount" in self.errors or "line_items" in self.errors:
            return cleaned
        items = cleaned.get("line_items")
        if cleaned.get("amount") is None and items:
            cleaned["amount"] = self.instance.amount = LineItemsField.total(items)
            self.also_changed = {"amount"}
        elif cleaned.get("amount") is None:
            self.add_error("amount", _("Enter the amount, or line items."))
        return cleaned


@admin.register(Invoice)
class InvoiceAdmin(ImportMixin, SchoolModelAdmin):
    """Invoices; the database keeps their status in step with the payments."""

    form = InvoiceForm
    list_display = [
        "invoice_number",
        "student",
        "shown_amount",
        "shown_paid",
        "issue_date",
        "due_date",
        "shown_status",
    ]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("student", AutocompleteSelectFilter),
        ("due_date", RangeDateFilter),
    ]
    list_select_related = ["student"]
    date_hierarchy = "issue_date"
    ordering = ["-issue_date", "-id"]
    sortable_by = ["issue_date"]
    search_fields = ["invoice_number"]
    search_invoices = ["pk"]
    search_people = ["student"]
    search_help_text = gettext_lazy("Number or student")
    autocomplete_fields = ["student"]
    actions = ["cancel"]
    inlines = [PaymentInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("invoice_number", "status"),
                    "student",
                    ("amount", "currency"),
                    ("issue_date", "due_date"),
                    "description",
                    "line_items",
                ]
            },
        ),
    ]

    shown_status = choice_label(
        "status", pending="info", paid="success", overdue="danger", cancelled="default"
    )

    def get_queryset(self, request):
        paid = Payment.objects.filter(invoice=OuterRef("pk")).order_by().values("invoice")
        total = Subquery(paid.annotate(total=Sum("amount")).values("total"))
        return (
            super()
            .get_queryset(request)
            .annotate(paid_amount=Coalesce(total, Value(0), output_field=MONEY))
        )

    @display(description=gettext_lazy("amount"))
    def shown_amount(self, obj):
        return f"{obj.amount} {obj.currency}"

    @display(description=gettext_lazy("paid"))
    def shown_paid(self, obj):
        return f"{obj.paid_amount:.2f}"

    def autocomplete_label(self, obj):
        return f"{obj.invoice_number} – {obj.student} – {obj.amount} {obj.currency}"

    @admin.action(description=gettext_lazy("Cancel selected invoices"), permissions=["change"])
    def cancel(self, request, queryset):
        count = queryset.update(status=Invoice.Status.CANCELLED)
        text = ngettext("%d invoice was cancelled.", "%d invoices were cancelled.", count)
        self.message_user(request, text % count, messages.SUCCESS)
