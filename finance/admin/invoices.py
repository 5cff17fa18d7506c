"""Invoices: written as drafts with their lines, issued, and then kept as they are."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import action, display

from core import numbers
from core.admin.base import SchoolModelAdmin
from core.admin.bulk_edit import BulkEditMixin
from core.admin.confirm import confirmed
from core.admin.filters import DayRangeFilter
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label
from core.defaults import today
from finance.admin import remind as reminders
from finance.admin.inlines import CreditNoteInline, LineInline, PaymentsOfInvoiceInline
from finance.admin.papers import PapersMixin
from finance.admin.sums import SumsMixin, still_to_pay
from finance.models import Invoice
from finance.papers import details, export
from finance.selectors import entries
from finance.services import invoices


class InvoiceForm(forms.ModelForm):
    """A draft; its amount may be left empty and is then the sum of its lines."""

    class Meta:
        model = Invoice
        fields = ["student"]  # the fieldsets name the others

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "amount" in self.fields:
            self.fields["amount"].required = False
            self.fields["amount"].help_text = _("With lines below it is their sum.")
        if "due_date" in self.fields:
            self.fields["due_date"].required = False
            days = invoices.payment_days()
            self.fields["due_date"].help_text = (
                ngettext(
                    "Empty: %d day after it is issued.", "Empty: %d days after it is issued.", days
                )
                % days
            )

    def clean(self):
        cleaned = super().clean()
        if (
            "amount" in self.fields
            and cleaned.get("amount") is None
            and "amount" not in self.errors
        ):
            cleaned["amount"] = self.instance.amount = 0
        issued_on = cleaned.get("issue_date")
        if "due_date" in self.fields and not cleaned.get("due_date") and issued_on:
            cleaned["due_date"] = self.instance.due_date = invoices.due_date(issued_on)
        return cleaned


def _not_issued_because(invoice):
    return "" if invoice.is_draft else _("It is issued already.")


def _not_cancelled_because(invoice):
    if invoice.is_draft:
        return _("It is a draft: delete it instead.")
    if invoice.status == Invoice.Status.CANCELLED:
        return _("It is cancelled already.")
    if invoice.paid:
        values = {"amount": invoice.paid, "currency": invoice.currency}
        return _("%(amount)s %(currency)s were paid of it: cancel it on its own page.") % values
    return ""


class StateFilter(ChoicesDropdownFilter):
    """Filters by the status that the list shows, which depends on the date."""

    def queryset(self, request, queryset):
        value = self.value()
        return queryset.in_state(value) if value else queryset


class DraftFilter(admin.SimpleListFilter):
    """Drafts, or what is issued."""

    title = gettext_lazy("draft")
    parameter_name = "draft"

    def lookups(self, request, model_admin):
        return [("yes", _("Drafts")), ("no", _("Issued"))]

    def queryset(self, request, queryset):
        chosen = {"yes": queryset.drafts, "no": queryset.issued}.get(self.value())
        return chosen() if chosen else queryset


@admin.register(Invoice)
class InvoiceAdmin(BulkEditMixin, SumsMixin, PapersMixin, ImportMixin, SchoolModelAdmin):
    """Invoices; the database keeps their status in step with the payments."""

    form = InvoiceForm
    list_display = [
        "invoice_number",
        "student",
        "shown_amount",
        "shown_balance",
        "issue_date",
        "due_date",
        "shown_status",
    ]
    list_filter = [
        ("status", StateFilter),
        DraftFilter,
        ("student", AutocompleteSelectFilter),
        ("due_date", DayRangeFilter),
    ]
    list_select_related = ["student"]
    more_columns = [
        "payer_guardian",
        "payer_sponsor",
        "description",
        "issued_at",
        "cancelled_on",
        "cancel_reason",
        "created_at",
    ]
    date_hierarchy = "issue_date"
    ordering = ["-issue_date", "-id"]
    sortable_by = ["invoice_number", "issue_date"]
    search_fields = ["invoice_number"]
    search_invoices = ["pk"]
    search_people = ["student"]
    search_help_text = gettext_lazy("Number or student")
    autocomplete_fields = ["student", "payer_guardian", "payer_sponsor"]
    papers = export.INVOICES
    sums_title = gettext_lazy("Still to pay")
    sums_of = staticmethod(still_to_pay)
    bulk_fields = ["due_date", "description"]
    actions = ["bulk_edit", "issue_selected", *PapersMixin.paper_actions, "remind", "cancel"]
    actions_detail = [
        "on_paper",
        *PapersMixin.paper_actions_detail,
        "remind_one",
        "issue_one",
        "cancel_one",
        "credit_one",
    ]
    actions_submit_line = ["save_and_issue"]
    inlines = [LineInline, PaymentsOfInvoiceInline, CreditNoteInline]
    readonly_fields = ["invoice_number", "state_word", "paid", "balance", "cancel_reason"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("invoice_number", "state_word"),
                    "student",
                    ("payer_guardian", "payer_sponsor"),
                    ("amount", "currency"),
                    ("paid", "balance"),
                    ("issue_date", "due_date"),
                    "description",
                    "cancel_reason",
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

    add_fieldsets = [
        (
            None,
            {
                "fields": [
                    "student",
                    ("payer_guardian", "payer_sponsor"),
                    ("amount", "currency"),
                    ("issue_date", "due_date"),
                    "description",
                ]
            },
        )
    ]

    def get_inlines(self, request, obj):
        return self.inlines if obj is not None and not obj.is_draft else [LineInline]

    @display(description=gettext_lazy("status"))
    def state_word(self, obj):
        return obj.get_state_display()

    def response_post_save_add(self, request, obj):
        # To look at, and to issue.
        return redirect("admin:finance_invoice_change", obj.pk)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        frozen = [] if obj is None or obj.is_draft else self.shown_fields(request, obj)
        return list(dict.fromkeys([*fields, *frozen]))

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and not obj.is_draft:  # nothing of it can be saved
            buttons = ("show_save", "show_save_and_continue", "show_save_and_add_another")
            context |= dict.fromkeys(buttons, False)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def has_delete_permission(self, request, obj=None):
        is_kept = obj is not None and not obj.is_draft
        return not is_kept and super().has_delete_permission(request, obj)

    def deletion_refusal(self, request, row):
        if not row.is_draft:
            return _("It is issued: cancel it instead.")
        return super().deletion_refusal(request, row)

    @display(description=gettext_lazy("amount"))
    def shown_amount(self, obj):
        return f"{numbers.money(obj.amount, obj.currency)} {obj.currency}"

    @display(description=gettext_lazy("still to pay"))
    def shown_balance(self, obj):
        if obj.is_draft:
            return "–"
        return f"{numbers.money(obj.balance, obj.currency)} {obj.currency}"

    def autocomplete_rows(self, request):
        return super().autocomplete_rows(request).issued()

    def autocomplete_label(self, obj):
        return f"{obj.invoice_number} – {obj.student} – {self.shown_balance(obj)}"

    # --- one invoice ------------------------------------------------------------------------------
    def of_page(self, request, object_id):
        """Return the invoice of a page; Http404 if it is missing or not this school's."""
        invoice = self.get_object(request, object_id)
        if invoice is None:
            raise Http404(_("There is no such invoice."))
        return invoice

    @action(description=gettext_lazy("Print"), icon="print", url_path="paper", permissions=["view"])
    def on_paper(self, request, object_id):
        """Show the invoice with its payments as a page to print."""
        invoice = self.of_page(request, object_id)
        school = details.of_school()
        context = {
            "invoice": invoice,
            "details": school,
            "tax_amount": school.tax_in(invoice.amount, invoice.currency),
            "lines": invoice.lines.all(),
            "entries": entries.of_invoice(invoice),
        }
        return render(request, "finance/invoice.html", context)

    @action(
        description=gettext_lazy("Issue"),
        icon="check",
        url_path="issue",
        permissions=["change", "issue_one"],
    )
    def issue_one(self, request, object_id):
        """Issue a draft."""
        invoice = self.of_page(request, object_id)
        if invoice.is_draft:
            self._issue(request, [invoice])
        return redirect("admin:finance_invoice_change", invoice.pk)

    def has_issue_one_permission(self, request, object_id):
        return self._is_one_of(request, Invoice.objects.drafts(), object_id)

    @action(
        description=gettext_lazy("Cancel…"),
        icon="block",
        url_path="to-cancel",
        permissions=["change", "cancel_one"],
    )
    def cancel_one(self, request, object_id):
        """Ask why an invoice is cancelled."""
        return redirect("admin:invoice_cancel", self.of_page(request, object_id).pk)

    @action(
        description=gettext_lazy("Credit note…"),
        icon="undo",
        url_path="to-credit",
        permissions=["change", "cancel_one"],
    )
    def credit_one(self, request, object_id):
        """Ask how much of an invoice is taken back, and why."""
        return redirect("admin:invoice_credit", self.of_page(request, object_id).pk)

    @action(
        description=gettext_lazy("Remind…"),
        icon="schedule_send",
        url_path="to-remind",
        permissions=["remind"],
    )
    def remind_one(self, request, object_id):
        """Show the next reminder of an overdue invoice."""
        return self._to_remind([self.of_page(request, object_id).pk])

    @admin.action(description=gettext_lazy("Remind of selected…"), permissions=["remind"])
    def remind(self, request, queryset):
        """Show the next reminders of the chosen invoices that are overdue."""
        chosen = queryset.overdue().values_list("pk", flat=True)[: reminders.SHOWN]
        if not chosen:
            self.message_user(request, _("None of them is overdue."), messages.WARNING)
            return None
        return self._to_remind(chosen)

    @staticmethod
    def _to_remind(ids):
        query = urlencode([(reminders.CHOSEN, str(pk)) for pk in ids])
        return redirect(f"{reverse('admin:reminders')}?{query}")

    def has_remind_permission(self, request, object_id=None):
        if not request.user.has_perm("finance.change_invoice"):
            return False
        return object_id is None or Invoice.objects.overdue().filter(pk=object_id).exists()

    def has_cancel_one_permission(self, request, object_id):
        rows = Invoice.objects.issued().exclude(status=Invoice.Status.CANCELLED)
        return self._is_one_of(request, rows, object_id)

    @action(description=gettext_lazy("Save and issue"), permissions=["change"])
    def save_and_issue(self, request, obj):
        """Issue the invoice once its lines are saved as well."""
        vars(request)["issues"] = True

    def get_actions_submit_line(self, request, object_id):
        actions = super().get_actions_submit_line(request, object_id)
        drafts = Invoice.objects.drafts()
        is_draft = object_id is None or self._is_one_of(request, drafts, object_id)
        return actions if is_draft else []

    def _is_one_of(self, request, rows, object_id):
        # Asked before the row is: the database refuses a table that is no business of the role.
        return self.has_change_permission(request) and rows.filter(pk=object_id).exists()

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if getattr(request, "issues", False):
            self._issue(request, [form.instance])

    # --- the list ---------------------------------------------------------------------------------
    def _issue(self, request, rows):
        invoices.issue(rows)
        text = ngettext("%d invoice was issued.", "%d invoices were issued.", len(rows))
        self.message_user(request, text % len(rows), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Issue selected drafts"), permissions=["change"])
    @confirmed(
        question=ngettext_lazy("Issue %(count)d invoice?", "Issue %(count)d invoices?", "count"),
        explanation=gettext_lazy("They get their numbers, and stay as they are from then on."),
        refusal=_not_issued_because,
        submit=gettext_lazy("Issue them"),
    )
    def issue_selected(self, request, rows):
        self._issue(request, sorted(rows, key=lambda row: (row.issue_date, row.created_at)))

    @admin.action(description=gettext_lazy("Cancel selected invoices"), permissions=["change"])
    @confirmed(
        question=ngettext_lazy("Cancel %(count)d invoice?", "Cancel %(count)d invoices?", "count"),
        explanation=gettext_lazy("Nothing is to be paid of them any more."),
        refusal=_not_cancelled_because,
        submit=gettext_lazy("Cancel them"),
    )
    def cancel(self, request, rows):
        reason = _("Cancelled in the list on %(day)s") % {"day": today().isoformat()}
        for row in rows:
            invoices.cancel(invoice=row, reason=reason)
        text = ngettext("%d invoice was cancelled.", "%d invoices were cancelled.", len(rows))
        self.message_user(request, text % len(rows), messages.SUCCESS)
