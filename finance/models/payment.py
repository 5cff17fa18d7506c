"""Payments."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.defaults import today
from core.models.base import AmountField, TenantForeignKey, TenantModel, default
from finance import methods
from finance.models import fields
from finance.models.invoice import Invoice


class Payment(TenantModel):
    """Money received. Never edited or deleted: a mistake is reversed (`PaymentReversal`)."""

    Method = methods.Method

    # The whole amount is for this invoice; without one the money is on account, and what of it
    # is for which invoice stands in `PaymentAllocation`.
    invoice = TenantForeignKey(
        Invoice, null=True, blank=True, related_name="payments", verbose_name=_("invoice")
    )
    student = TenantForeignKey("core.User", related_name="payments", verbose_name=_("student"))
    payer_guardian = fields.guardian_who_pays()
    payer_sponsor = fields.sponsor_who_pays()
    amount = AmountField(_("amount"))
    currency = fields.currency()
    payment_method = methods.MethodField(_("method"), max_length=50)
    transaction_id = models.CharField(_("payment reference"), max_length=255, null=True, blank=True)
    receipt_url = models.URLField(_("receipt (URL)"), max_length=500, null=True, blank=True)
    payment_date = models.DateField(_("paid on"), default=today)
    notes = models.TextField(_("notes"), null=True, blank=True)
    recorded_by = fields.recorded_by()
    # Of the form it was written in: sent again, it is the same payment.
    token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)
    # Kept by the database: the sums of its payment_allocations and payment_reversals.
    allocated = AmountField(_("allocated"), editable=False, **default(0))
    reversed = AmountField(_("taken back"), editable=False, **default(0))
    # Credit: what is left for other invoices.
    unallocated = models.GeneratedField(
        expression=F("amount") - F("reversed") - F("allocated"),
        output_field=AmountField(),
        verbose_name=_("credit"),
        db_persist=True,
    )

    # Of an instance that was returned for a form sent again (finance.services.payments.record).
    was_sent_before = False

    class Meta(TenantModel.Meta):
        db_table = "payments"
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-payment_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="payments_tenant_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="check_amount_positive"),
            models.CheckConstraint(
                condition=Q(allocated__gte=0, reversed__gte=0)
                & Q(allocated__lte=F("amount") - F("reversed")),
                name="check_payment_sums",
            ),
            models.UniqueConstraint(fields=["tenant", "token"], name="idx_payments_token"),
            # What was taken back entirely may be recorded again, rightly this time.
            models.UniqueConstraint(
                fields=["tenant", "payment_method", "transaction_id"],
                condition=Q(reversed__lt=F("amount")) & ~Q(transaction_id=""),
                name="idx_payments_transaction",
            ),
            fields.one_payer("check_payment_payer"),
        ]
        indexes = [
            models.Index(fields=["tenant", "invoice"], name="idx_payments_invoice"),
            models.Index(fields=["tenant", "student"], name="idx_payments_student"),
            models.Index(fields=["tenant", "-payment_date", "-id"], name="idx_payments_date"),
            models.Index(
                fields=["tenant", "student", "currency"],
                name="idx_payments_credit",
                condition=Q(unallocated__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class PaymentAllocation(TenantModel):
    """How much of a payment is for which invoice; below zero where it was taken back again."""

    payment = TenantForeignKey(Payment, related_name="allocations", verbose_name=_("payment"))
    invoice = TenantForeignKey(Invoice, related_name="allocations", verbose_name=_("invoice"))
    amount = AmountField(_("amount"))
    allocation_date = models.DateField(_("on"), default=today)
    # Why it was taken back, if the database did that.
    reversal = TenantForeignKey(
        "finance.PaymentReversal", null=True, blank=True, editable=False,
        related_name="allocations", verbose_name=_("reversal"),
    )  # fmt: skip
    credit_note = TenantForeignKey(
        "finance.CreditNote", null=True, blank=True, editable=False,
        related_name="allocations", verbose_name=_("credit note"),
    )  # fmt: skip
    recorded_by = fields.recorded_by()

    class Meta(TenantModel.Meta):
        db_table = "payment_allocations"
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["allocation_date", "created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="check_allocation_amount"),
        ]
        indexes = [
            models.Index(fields=["tenant", "payment"], name="idx_allocations_payment"),
            models.Index(fields=["tenant", "invoice"], name="idx_allocations_invoice"),
            models.Index(
                fields=["tenant", "allocation_date"],
                name="idx_allocations_date",
                include=["invoice", "amount"],
            ),
        ]

    def __str__(self) -> str:
        return str(self.amount)


class PaymentReversal(TenantModel):
    """A payment, or part of it, that was a mistake or went back to who paid."""

    class Kind(models.TextChoices):
        REVERSAL = "reversal", _("Reversal")
        REFUND = "refund", _("Refund")

    payment = TenantForeignKey(Payment, related_name="reversals", verbose_name=_("payment"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    amount = AmountField(_("amount"))
    reason = models.TextField(_("reason"))
    reversal_date = models.DateField(_("on"), default=today)
    recorded_by = fields.recorded_by()

    class Meta(TenantModel.Meta):
        db_table = "payment_reversals"
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        ordering = ["-reversal_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="payment_reversals_tenant_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="check_reversal_amount"),
            models.CheckConstraint(
                condition=Q(kind__in=["reversal", "refund"]), name="check_reversal_kind"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="check_reversal_reason"),
        ]
        indexes = [
            models.Index(fields=["tenant", "payment"], name="idx_reversals_payment"),
            models.Index(fields=["tenant", "reversal_date"], name="idx_reversals_date"),
        ]

    def __str__(self) -> str:
        return str(self.amount)
