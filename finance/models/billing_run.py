"""Billing: a plan becomes invoices."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.defaults import today
from core.models.base import AmountField, TenantForeignKey, TenantModel, default
from finance.models.fee_plan import FeePlan, Installment
from finance.models.invoice import Invoice


class BillingRun(TenantModel):
    """One time that a plan is billed: looked at, issued as a whole, and perhaps undone."""

    class Status(models.TextChoices):
        PREVIEWED = "previewed", _("Not issued yet")
        RUNNING = "running", _("Being issued")
        DONE = "done", _("Issued")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")

    plan = TenantForeignKey(FeePlan, related_name="runs", verbose_name=_("plan"))
    installment = TenantForeignKey(
        Installment, null=True, blank=True, related_name="+", verbose_name=_("installment")
    )
    # A student is billed once for a plan and period: the installment's name, or what was typed.
    period = models.CharField(_("period"), max_length=50)
    issue_date = models.DateField(_("issued on"), default=today)
    due_date = models.DateField(_("due on"))
    status = models.CharField(
        _("status"), max_length=20, choices=Status, **default(Status.PREVIEWED.value)
    )
    student_count = models.IntegerField(_("students"), **default(0))
    students_done = models.IntegerField(_("students done"), **default(0))
    invoice_count = models.IntegerField(_("invoices"), **default(0))
    amount = AmountField(_("sum"), **default(0))
    error = models.TextField(_("what went wrong"), null=True, blank=True)
    requested_by = TenantForeignKey(
        "core.User", null=True, blank=True, db_column="requested_by", related_name="+",
        verbose_name=_("billed by"),
    )  # fmt: skip
    finished_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = TenantForeignKey(
        "core.User", null=True, blank=True, db_column="undone_by", related_name="+",
        verbose_name=_("undone by"),
    )  # fmt: skip

    class Meta(TenantModel.Meta):
        db_table = "billing_runs"
        verbose_name = _("billing")
        verbose_name_plural = _("billings")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="billing_runs_tenant_key"),
            models.CheckConstraint(
                condition=Q(
                    status__in=["previewed", "running", "done", "undoing", "undone", "failed"]
                ),
                name="check_billing_status",
            ),
            models.CheckConstraint(
                condition=Q(due_date__gte=models.F("issue_date")), name="check_billing_dates"
            ),
            models.CheckConstraint(condition=~Q(period=""), name="check_billing_period"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="idx_billing_runs_date"),
            models.Index(fields=["tenant", "plan"], name="idx_billing_runs_plan"),
        ]

    def __str__(self) -> str:
        return self.period


class PlanCharge(TenantModel):
    """That a student was billed for a plan and period, by which invoice; the database writes it."""

    run = TenantForeignKey(BillingRun, related_name="charges", verbose_name=_("billing"))
    plan = TenantForeignKey(FeePlan, related_name="+", verbose_name=_("plan"))
    period = models.CharField(_("period"), max_length=50)
    student = TenantForeignKey("core.User", related_name="+", verbose_name=_("student"))
    invoice = TenantForeignKey(Invoice, related_name="plan_charges", verbose_name=_("invoice"))
    is_undone = models.BooleanField(_("undone"), **default(False))

    class Meta(TenantModel.Meta):
        db_table = "plan_charges"
        verbose_name = _("charge of a plan")
        verbose_name_plural = _("charges of plans")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "plan", "period", "student"],
                condition=Q(is_undone=False),
                name="idx_plan_charges_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "run", "invoice"], name="idx_plan_charges_run"),
            models.Index(fields=["tenant", "invoice"], name="idx_plan_charges_invoice"),
            models.Index(fields=["tenant", "student"], name="idx_plan_charges_student"),
        ]

    def __str__(self) -> str:
        return self.period
