"""Billing a plan: choose the period, look at every student's invoice, issue them, undo it."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core import offices
from core.admin import pages
from core.admin.base import RecordAdmin
from core.admin.labels import choice_label
from core.constraints import RefusedByDatabase, explained
from core.defaults import today
from core.forms import fields
from finance.models import BillingRun, FeePlan, Installment
from finance.selectors import billing as selectors
from finance.services import billing

PAGE = 50
Status = BillingRun.Status
WORKING = (Status.RUNNING, Status.UNDOING)
# Nobody was billed by these, so they may be thrown away.
UNISSUED = (Status.PREVIEWED, Status.FAILED)


@admin.register(BillingRun)
class BillingRunAdmin(RecordAdmin):
    """Billings; one begins on the page of its plan, and has a page of its own."""

    list_display = [
        "created_at",
        "plan",
        "period",
        "shown_status",
        "invoice_count",
        "shown_sum",
        "requested_by",
        "shown_students",
    ]
    actions_detail = ["students"]
    fields = [
        ("plan", "period"),
        ("issue_date", "due_date"),
        ("status", "error"),
        ("invoice_count", "amount"),
        ("requested_by", "finished_at"),
        ("undone_by", "undone_at"),
    ]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_select_related = ["plan", "requested_by"]
    date_hierarchy = "created_at"
    sortable_by = ["created_at"]
    search_fields = ["plan__sort_name"]
    search_help_text = gettext_lazy("Plan")
    empty_hint = gettext_lazy(
        "Open a plan and choose “Bill…” to make the invoices of its students."
    )

    shown_status = choice_label(
        "status",
        previewed="info",
        running="primary",
        done="success",
        undoing="primary",
        undone="warning",
        failed="danger",
    )

    @display(description=gettext_lazy("sum"))
    def shown_sum(self, obj):
        return f"{obj.amount} {obj.plan.currency}" if obj.invoice_count else ""

    @display(description=gettext_lazy("students"))
    def shown_students(self, obj):
        url = reverse("admin:billing", args=[obj.pk])
        return format_html('<a href="{}" class="underline">{}</a>', url, _("Students"))

    @action(description=gettext_lazy("Students and invoices"), icon="group", url_path="to-students")
    def students(self, request, object_id):
        """Go to the page that issues the billing, and undoes it."""
        return redirect("admin:billing", object_id)

    def deletion_refusal(self, request, row):
        if row.status not in UNISSUED:
            return _("It was issued; undo it instead.")
        return super().deletion_refusal(request, row)

    def has_delete_permission(self, request, obj=None):
        is_kept = obj is not None and obj.status not in UNISSUED
        return not is_kept and super().has_delete_permission(request, obj)


class BillForm(forms.Form):
    """Which period of a plan is billed, and by which days."""

    installment = forms.ModelChoiceField(
        label=gettext_lazy("Installment"),
        queryset=Installment.objects.none(),
        widget=UnfoldAdminSelectWidget,
        empty_label=None,
    )
    period = forms.CharField(
        label=gettext_lazy("Period"),
        max_length=50,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy(
            "For example 2026-09. Each student is billed once for a plan and period."
        ),
    )
    issue_date = fields.DateField(
        label=gettext_lazy("Issued on"), widget=UnfoldAdminTextInputWidget
    )
    due_date = fields.DateField(
        label=gettext_lazy("Due on"), required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args, plan, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Installment.objects.filter(plan=plan)
        if rows:
            del self.fields["period"]
            self.fields["installment"].queryset = rows
            self.fields["installment"].label_from_instance = _installment_label
            self.fields["due_date"].help_text = _("Empty: that of the installment.")
        else:
            del self.fields["installment"]
            self.fields["due_date"].help_text = _("Empty: by the school's days to pay.")


def _installment_label(row):
    return f"{row.name} – {row.percent.normalize():f}%"


@pages.page("fee-plans/<uuid:plan_id>/bill/", "bill_plan", pages.FORM, roles=offices.MONEY_OFFICE)
def bill_plan(request, plan_id):
    """Ask for the period of a plan that is billed; then show what would be billed."""
    _may_bill(request)
    plan = get_object_or_404(
        FeePlan.objects.select_related("school_class", "year_group"), pk=plan_id
    )
    form = BillForm(request.POST or None, plan=plan, initial={"issue_date": today()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with explained():
                run = billing.prepare(
                    plan=plan,
                    by=request.user,
                    period=data.get("period", ""),
                    installment=data.get("installment"),
                    issue_date=data["issue_date"],
                    due=data["due_date"],
                )
        except RefusedByDatabase as error:
            field = error.refusal.field
            form.add_error(field if field in form.fields else None, error.refusal.message)
        else:
            return redirect("admin:billing", run.pk)
    context = {"form": form, "plan": plan, "is_refused": bool(form.errors)}
    status = 400 if form.errors else 200
    title = _("Bill %(plan)s") % {"plan": plan}
    return pages.show(request, "finance/bill_plan.html", title, context, status)


def _may_bill(request):
    if not request.user.has_perm("finance.add_invoice"):
        raise PermissionDenied


def _run(request, run_id):
    _may_bill(request)
    rows = BillingRun.objects.select_related(
        "plan__school_class", "plan__year_group", "requested_by", "undone_by"
    )
    return get_object_or_404(rows, pk=run_id)


def _title(run):
    return _("%(plan)s, %(period)s") % {"plan": run.plan, "period": run.period}


@pages.page("billings/<uuid:run_id>/", "billing", roles=offices.MONEY_OFFICE)
def show_run(request, run_id):
    """Show what a billing would issue, or has issued, by student."""
    run = _run(request, run_id)
    context = {"run": run, "is_working": run.status in WORKING, "progress": progress(run)}
    if run.status in UNISSUED:
        context |= _preview(request, run)
    elif run.status not in WORKING:
        rows = run.charges.select_related("student", "invoice").order_by("student__sort_name", "id")
        context["issued"] = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return pages.show(request, "finance/billing.html", _title(run), context)


def _preview(request, run):
    students = selectors.students(run)
    new = [student for student in students if student.invoice_id is None]
    page = Paginator(new, PAGE).get_page(request.GET.get("page"))
    bills = selectors.bills(run, page.object_list)
    full_price, discounts = selectors.sums(run, new)
    return {
        "page": page,
        "bills": [(student, bills[student.id]) for student in page.object_list],
        "new_count": len(new),
        "billed_count": len(students) - len(new),
        "full_price": full_price,
        "discounts": discounts,
        "total": full_price + discounts,
    }


def progress(run):
    """Return how far a billing is, as its page asks for it every second."""
    count = run.invoice_count if run.status == Status.UNDOING else run.student_count
    if run.status == Status.UNDOING:
        sentence = _("The invoices are being cancelled …")
    elif not run.students_done:
        sentence = _("Waiting for its turn …")
    else:
        values = {"done": f"{run.students_done:,}", "total": f"{count:,}"}
        sentence = _("%(done)s of %(total)s students.") % values
    return {
        "working": run.status in WORKING,
        "done": run.students_done,
        "total": count,
        "sentence": sentence,
    }


@pages.page("billings/<uuid:run_id>/progress/", "billing_progress", roles=offices.MONEY_OFFICE)
def show_progress(request, run_id):
    """How far the work in the background is, as JSON."""
    return JsonResponse(progress(_run(request, run_id)))


@pages.page(
    "billings/<uuid:run_id>/issue/", "billing_issue", pages.POST, roles=offices.MONEY_OFFICE
)
def issue(request, run_id):
    """Issue what was previewed; a second click is no mistake."""
    run = _run(request, run_id)
    try:
        billing.start_issue(run, request.user)
    except (billing.Refused, RefusedByDatabase) as refusal:
        messages.error(request, str(refusal))
    else:
        if run.status == Status.DONE:
            text = ngettext("%d invoice was issued.", "%d invoices were issued.", run.invoice_count)
            messages.success(request, text % run.invoice_count)
    return redirect("admin:billing", run.pk)


@pages.page("billings/<uuid:run_id>/undo/", "billing_undo", pages.FORM, roles=offices.MONEY_OFFICE)
def undo(request, run_id):
    """Say what undoing does, and do it."""
    run = _run(request, run_id)
    if run.status != Status.DONE:
        messages.info(request, _("There is nothing to undo."))
        return redirect("admin:billing", run.pk)
    if request.method == "POST":
        try:
            billing.start_undo(run, request.user)
        except (billing.Refused, RefusedByDatabase) as refusal:
            messages.error(request, str(refusal))
        else:
            if run.status == Status.UNDONE:
                messages.success(request, _("The billing was undone."))
        return redirect("admin:billing", run.pk)
    return pages.show(request, "finance/billing_undo.html", _title(run), {"run": run})


@pages.page(
    "billings/<uuid:run_id>/discard/", "billing_discard", pages.POST, roles=offices.MONEY_OFFICE
)
def discard(request, run_id):
    """Forget a billing that was only looked at."""
    run = _run(request, run_id)
    if run.status not in UNISSUED:
        messages.error(request, _("It was issued; undo it instead."))
        return redirect("admin:billing", run.pk)
    run.delete()
    messages.success(request, _("It was discarded. Nobody was billed."))
    return redirect(reverse("admin:finance_feeplan_change", args=[run.plan_id]))
