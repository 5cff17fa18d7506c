"""Credit notes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.defaults import today
from core.models.base import AmountField, TenantForeignKey, TenantModel, default
from finance.models import fields
from finance.models.invoice import Invoice


class CreditNote(TenantModel):
    """Takes back some or all of what an invoice asks; what was paid above it becomes credit."""

    invoice = TenantForeignKey(Invoice, related_name="credit_notes", verbose_name=_("invoice"))
    # The next of the school's, unless it is given.
    credit_note_number = models.CharField(_("number"), max_length=50, blank=True, **default(""))
    amount = AmountField(_("amount"))
    reason = models.TextField(_("reason"))
    credit_date = models.DateField(_("on"), default=today)
    recorded_by = fields.recorded_by()

    class Meta(TenantModel.Meta):
        db_table = "credit_notes"
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        ordering = ["-credit_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="credit_notes_tenant_key"),
            models.UniqueConstraint(
                fields=["tenant", "credit_note_number"], name="idx_credit_notes_number"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="check_credit_note_amount"),
            models.CheckConstraint(condition=~Q(reason=""), name="check_credit_note_reason"),
        ]
        indexes = [
            models.Index(fields=["tenant", "invoice"], name="idx_credit_notes_invoice"),
            models.Index(fields=["tenant", "credit_date"], name="idx_credit_notes_date"),
        ]

    def __str__(self) -> str:
        return self.credit_note_number
