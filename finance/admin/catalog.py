"""What is seldom changed: fees, sponsors, and the months whose books are closed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.base import SchoolModelAdmin
from finance.admin.papers import PapersMixin
from finance.models import ClosedMonth, CreditNote, Fee, Sponsor
from finance.papers import export


@admin.register(Fee)
class FeeAdmin(SchoolModelAdmin):
    """What the school charges for."""

    list_display = ["name", "code", "amount", "currency", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["sort_name", "id"]
    fields = ["name", "code", ("amount", "currency"), "is_active"]
    empty_hint = _("Fees are what invoices are made of: tuition, lunch, the bus.")

    def autocomplete_rows(self, request):
        return super().autocomplete_rows(request).filter(is_active=True)

    def autocomplete_label(self, obj):
        return f"{obj.name} – {obj.amount} {obj.currency}"


@admin.register(Sponsor)
class SponsorAdmin(SchoolModelAdmin):
    """Who pays for students without being their family."""

    list_display = ["name", "email"]
    search_fields = ["name"]
    ordering = ["sort_name", "id"]
    fields = ["name", "email", "address", "notes"]


@admin.register(CreditNote)
class CreditNoteAdmin(PapersMixin, SchoolModelAdmin):
    """Credit notes; one is written on the page of its invoice."""

    list_display = ["credit_note_number", "invoice", "amount", "credit_date", "reason"]
    list_select_related = ["invoice"]
    papers = export.CREDIT_NOTES
    actions = PapersMixin.paper_actions
    actions_detail = PapersMixin.paper_actions_detail
    search_invoices = ["invoice"]
    date_hierarchy = "credit_date"
    ordering = ["-credit_date", "-id"]
    fields = readonly_fields = [
        "credit_note_number",
        "invoice",
        "amount",
        "credit_date",
        "reason",
        "recorded_by",
    ]

    def has_add_permission(self, request):
        return False


@admin.register(ClosedMonth)
class ClosedMonthAdmin(SchoolModelAdmin):
    """Months whose books are closed; one is reopened by writing down why."""

    list_display = ["shown_month", "created_at", "closed_by", "reopened_at", "reopened_by"]
    list_select_related = ["closed_by", "reopened_by"]
    ordering = ["-month", "-created_at"]
    fixed_fields = ["month"]
    readonly_fields = ["closed_by", "created_at", "reopened_at", "reopened_by"]
    fields = [
        "month",
        ("closed_by", "created_at"),
        "reopen_reason",
        ("reopened_at", "reopened_by"),
    ]
    add_fieldsets = [(None, {"fields": ["month"]})]

    @display(description=_("month"), ordering="month")
    def shown_month(self, obj):
        return f"{obj.month:%Y-%m}"

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        is_over = obj is not None and obj.reopened_at is not None
        return [*fields, "reopen_reason"] if is_over else fields
