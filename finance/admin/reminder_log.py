"""The reminders that were sent, and who gets none."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin.base import SchoolModelAdmin
from core.admin.filters import AutocompleteFilter, DayRangeFilter
from finance.models import PaymentReminder, ReminderOptOut


@admin.register(PaymentReminder)
class PaymentReminderAdmin(SchoolModelAdmin):
    """The log of reminders; they are sent from the page of overdue invoices."""

    list_display = ["reminder_date", "invoice", "stage", "sent_to", "late_fee_invoice"]
    list_filter = [("reminder_date", DayRangeFilter)]
    list_select_related = ["invoice", "late_fee_invoice"]
    search_invoices = ["invoice"]
    search_help_text = _("Invoice number")
    date_hierarchy = "reminder_date"
    ordering = ["-reminder_date", "-id"]
    sortable_by = ["reminder_date"]
    fields = readonly_fields = [
        "invoice",
        "stage",
        "reminder_date",
        "sent_to",
        "subject",
        "message",
        "late_fee_invoice",
        "recorded_by",
    ]
    empty_hint = _("Reminders are sent from the page “Overdue invoices”.")

    def has_add_permission(self, request):
        return False


@admin.register(ReminderOptOut)
class ReminderOptOutAdmin(SchoolModelAdmin):
    """Students about whom there are no reminders, and guardians who get none."""

    list_display = ["created_at", "student", "guardian", "reason", "recorded_by"]
    list_filter = [("student", AutocompleteFilter)]
    list_select_related = ["student", "guardian", "recorded_by"]
    search_people = ["student"]
    ordering = ["-created_at", "-id"]
    sortable_by = ["created_at"]
    autocomplete_fields = ["student", "guardian"]
    readonly_fields = ["recorded_by"]
    fields = [("student", "guardian"), "reason", "recorded_by"]
    add_fieldsets = [(None, {"fields": [("student", "guardian"), "reason"]})]
    empty_hint = _(
        "With a student alone nobody is reminded of their invoices, for instance because the family"
        " pays in parts; with a guardian only the others are reminded."
    )
