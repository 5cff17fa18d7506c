"""Reminders of overdue invoices, and who gets none."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.defaults import today
from core.models.base import TenantForeignKey, TenantModel, shown
from finance.models import fields
from finance.models.invoice import Invoice


class PaymentReminder(TenantModel):
    """One reminder of an invoice, of one stage: what it said, and to whom; never sent twice."""

    invoice = TenantForeignKey(Invoice, related_name="reminders", verbose_name=_("invoice"))
    stage = models.IntegerField(_("stage"), help_text=_("1 is the first reminder."))
    reminder_date = models.DateField(_("on"), default=today)
    sent_to = models.TextField(_("sent to"))
    subject = models.CharField(_("subject"), max_length=255)
    message = models.TextField(_("message"))
    # The invoice that asks a fee for being late, where the stage has one.
    late_fee_invoice = TenantForeignKey(
        Invoice, null=True, blank=True, related_name="late_fee_of", verbose_name=_("late fee")
    )
    recorded_by = fields.recorded_by()

    class Meta(TenantModel.Meta):
        db_table = "payment_reminders"
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-reminder_date", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "invoice", "stage"], name="idx_payment_reminders_stage"
            ),
            models.CheckConstraint(
                condition=Q(stage__gte=1, stage__lte=9), name="check_reminder_stage"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-reminder_date", "-id"], name="idx_payment_reminders_date"
            ),
            models.Index(fields=["tenant", "late_fee_invoice"], name="idx_payment_reminders_fee"),
        ]

    def __str__(self) -> str:
        return f"{shown(self, 'invoice')}, {self.stage}"


class ReminderOptOut(TenantModel):
    """Why nobody is reminded about a student, or a guardian not at all or not about a student."""

    student = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reminder_opt_outs",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    guardian = TenantForeignKey(
        "core.Guardian",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reminder_opt_outs",
        verbose_name=_("guardian"),
    )
    reason = models.TextField(_("reason"))
    recorded_by = fields.recorded_by()

    class Meta(TenantModel.Meta):
        db_table = "reminder_opt_outs"
        verbose_name = _("exception from reminders")
        verbose_name_plural = _("exceptions from reminders")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "guardian", "student"],
                name="idx_opt_outs_person",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(student__isnull=False) | Q(guardian__isnull=False),
                name="check_opt_out_person",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="check_opt_out_reason"),
        ]
        indexes = [models.Index(fields=["tenant", "student"], name="idx_opt_outs_student")]

    def __str__(self) -> str:
        names = [("guardian", self.guardian_id), ("student", self.student_id)]
        return ", ".join(shown(self, name) for name, pk in names if pk)
