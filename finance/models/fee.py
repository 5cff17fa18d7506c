"""Fees."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import AmountField, TenantModel, default, sort_name
from finance.models import fields


class Fee(TenantModel):
    """Something the school charges for, with its usual price: tuition, lunch, a bus ticket."""

    name = models.CharField(_("name"), max_length=255)
    sort_name = sort_name()
    code = models.CharField(
        _("code"),
        max_length=50,
        null=True,
        blank=True,
        help_text=_("Its account in bookkeeping, for example 4010."),
    )
    amount = AmountField(_("usual price"))
    currency = fields.currency()
    is_active = models.BooleanField(_("is charged"), **default(True))

    class Meta(TenantModel.Meta):
        db_table = "fees"
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="fees_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "name"], name="idx_fees_name"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="check_fee_amount"),
        ]

    def __str__(self) -> str:
        return self.name
