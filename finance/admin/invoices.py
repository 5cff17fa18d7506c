"""Invoices, with their payments."""

from django import forms
from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import action, display

from core.admin.base import SchoolModelAdmin
from core.admin.confirm import confirmed
from core.admin.filters import DayRangeFilter
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label
from finance.admin.inlines import PaymentInline
from finance.admin.line_items import LineItemsField
from finance.models import Invoice


class InvoiceForm(forms.ModelForm):
    """An invoice; with line items the amount may be left empty and is their sum."""

    line_items = LineItemsField(label=gettext_lazy("Line items"), required=False)

    class Meta:
        model = Invoice
        fields = ["invoice_number", "student"]  # the fieldsets name the others

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "line_items" in self.fields:
            self.fields["line_items"].currency = self.instance.currency
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


def _not_cancelled_because(invoice):
    if invoice.status == Invoice.Status.CANCELLED:
        return _("It is cancelled already.")
    if invoice.paid:
        values = {"amount": f"{invoice.paid:.2f}", "currency": invoice.currency}
        return _("%(amount)s %(currency)s were paid of it.") % values
    return ""


class StateFilter(ChoicesDropdownFilter):
    """Filters by the status that the list shows, which depends on the date."""

    def queryset(self, request, queryset):
        value = self.value()
        return queryset.in_state(value) if value else queryset


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
        ("status", StateFilter),
        ("student", AutocompleteSelectFilter),
        ("due_date", DayRangeFilter),
    ]
    list_select_related = ["student"]
    date_hierarchy = "issue_date"
    ordering = ["-issue_date", "-id"]
    sortable_by = ["invoice_number", "issue_date"]
    search_fields = ["invoice_number"]
    search_invoices = ["pk"]
    search_people = ["student"]
    search_help_text = gettext_lazy("Number or student")
    autocomplete_fields = ["student"]
    actions = ["cancel"]
    actions_detail = ["on_paper"]
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
        "state",
        ordering="status",
        pending="info",
        paid="success",
        overdue="danger",
        cancelled="default",
    )

    def get_queryset(self, request):
        return super().get_queryset(request).with_balance()

    @display(description=gettext_lazy("amount"))
    def shown_amount(self, obj):
        return f"{obj.amount} {obj.currency}"

    @display(description=gettext_lazy("paid"))
    def shown_paid(self, obj):
        return f"{obj.paid:.2f}"

    @action(description=gettext_lazy("Print"), icon="print", url_path="paper", permissions=["view"])
    def on_paper(self, request, object_id):
        """Show the invoice with its payments as a page to print."""
        invoice = self.get_object(request, object_id)
        if invoice is None:
            raise Http404(_("There is no such invoice."))
        payments = list(invoice.payments.order_by("payment_date", "id"))
        context = {"invoice": invoice, "payments": payments, "rest": invoice.balance}
        return render(request, "finance/invoice.html", context)

    def autocomplete_label(self, obj):
        return f"{obj.invoice_number} – {obj.student} – {obj.amount} {obj.currency}"

    @admin.action(description=gettext_lazy("Cancel selected invoices"), permissions=["change"])
    @confirmed(
        question=ngettext_lazy("Cancel %(count)d invoice?", "Cancel %(count)d invoices?", "count"),
        explanation=gettext_lazy("Nothing is to be paid of them any more."),
        refusal=_not_cancelled_because,
        submit=gettext_lazy("Cancel them"),
    )
    def cancel(self, request, rows):
        invoices = Invoice.objects.filter(pk__in=[row.pk for row in rows])
        count = invoices.update(status=Invoice.Status.CANCELLED)
        text = ngettext("%d invoice was cancelled.", "%d invoices were cancelled.", count)
        self.message_user(request, text % count, messages.SUCCESS)
