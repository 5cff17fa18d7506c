"""Payments."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.defaults import school_currency, today
from core.models.base import TenantForeignKey, TenantModel
from finance.models.invoice import Invoice, currency_validator


class Payment(TenantModel):
    """Money received for an invoice; the database keeps the invoice's status in step."""

    class Method(models.TextChoices):
        STRIPE = "stripe", _("Stripe")
        CASH = "cash", _("Cash")
        BANK_TRANSFER = "bank_transfer", _("Bank transfer")

    invoice = TenantForeignKey(Invoice, related_name="payments", verbose_name=_("invoice"))
    student = TenantForeignKey("core.User", related_name="payments", verbose_name=_("student"))
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default=school_currency,
        db_default="USD",
        validators=[currency_validator],
    )
    payment_method = models.CharField(_("method"), max_length=50, choices=Method)
    transaction_id = models.CharField(_("payment reference"), max_length=255, null=True, blank=True)
    receipt_url = models.URLField(_("receipt (URL)"), max_length=500, null=True, blank=True)
    payment_date = models.DateField(_("paid on"), default=today)
    notes = models.TextField(_("notes"), null=True, blank=True)
    recorded_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        db_column="recorded_by",
        related_name="+",
        verbose_name=_("recorded by"),
    )

    class Meta(TenantModel.Meta):
        db_table = "payments"
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-payment_date", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="check_amount_positive"),
            models.CheckConstraint(
                condition=models.Q(payment_method__in=["stripe", "cash", "bank_transfer"]),
                name="check_payment_method",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "invoice"], name="idx_payments_invoice"),
            models.Index(fields=["tenant", "student"], name="idx_payments_student"),
            models.Index(fields=["tenant", "-payment_date", "-id"], name="idx_payments_date"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
