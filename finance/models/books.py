"""Bookkeeping: months that are closed, and numbers that were given out."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.base import TenantForeignKey, TenantModel, default


class ClosedMonth(TenantModel):
    """A month whose books are closed: nothing is dated in it any more, until it is reopened."""

    month = models.DateField(_("month"), help_text=_("Its first day."))
    closed_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        editable=False,
        db_column="closed_by",
        related_name="+",
        verbose_name=_("closed by"),
    )
    reopened_at = models.DateTimeField(_("reopened at"), null=True, blank=True, editable=False)
    reopened_by = TenantForeignKey(
        "core.User",
        null=True,
        blank=True,
        editable=False,
        db_column="reopened_by",
        related_name="+",
        verbose_name=_("reopened by"),
    )
    reopen_reason = models.TextField(_("why it was reopened"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "closed_months"
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        ordering = ["-month", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "month"],
                condition=Q(reopened_at__isnull=True),
                name="idx_closed_months",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="check_closed_month"),
            models.CheckConstraint(
                condition=Q(reopened_at__isnull=True) | ~Q(reopen_reason=""),
                name="check_reopen_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class NumberSeries(TenantModel):
    """The last number given out of a kind in a year; kept and locked by the database alone."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoices")
        CREDIT_NOTE = "credit_note", _("Credit notes")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    year = models.IntegerField(_("year"), help_text=_("0 where numbers do not begin anew."))
    last_number = models.IntegerField(_("last number"), **default(0))

    class Meta(TenantModel.Meta):
        db_table = "number_series"
        verbose_name = _("series of numbers")
        verbose_name_plural = _("series of numbers")
        ordering = ["kind", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "year"], name="idx_number_series"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.year}"
