"""Lines of invoices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.base import AmountField, TenantForeignKey, TenantModel, default
from finance.models.fee import Fee
from finance.models.invoice import Invoice


class InvoiceLine(TenantModel):
    """One line of an invoice: a fee for a class or a term, something else, or a discount."""

    class Discount(models.TextChoices):
        PERCENT = "percent", _("Percentage")
        FIXED = "fixed", _("Fixed amount")
        SIBLING = "sibling", _("Siblings")
        STAFF = "staff", _("Staff")

    invoice = TenantForeignKey(
        Invoice, on_delete=models.CASCADE, related_name="lines", verbose_name=_("invoice")
    )
    position = models.IntegerField(_("position"), **default(1))
    fee = TenantForeignKey(Fee, null=True, blank=True, related_name="lines", verbose_name=_("fee"))
    description = models.TextField(_("description"))
    quantity = AmountField(_("quantity"), **default(1))
    unit_price = AmountField(_("unit price"))
    # Quantity x unit price in the currency's decimals: the database works it out.
    amount = AmountField(_("amount"), null=True, editable=False)
    school_class = TenantForeignKey(
        "academics.SchoolClass",
        null=True,
        blank=True,
        db_column="class_id",
        related_name="+",
        verbose_name=_("class"),
    )
    term = TenantForeignKey(
        "academics.Term", null=True, blank=True, related_name="+", verbose_name=_("term")
    )
    discount_kind = models.CharField(
        _("discount"), max_length=20, choices=Discount, null=True, blank=True
    )

    class Meta(TenantModel.Meta):
        db_table = "invoice_lines"
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["position", "created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(discount_kind__isnull=True)
                | models.Q(discount_kind__in=["percent", "fixed", "sibling", "staff"]),
                name="check_line_discount",
            ),
            models.CheckConstraint(
                condition=models.Q(discount_kind__isnull=True) | models.Q(amount__lte=0),
                name="check_line_discount_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "invoice", "position"], name="idx_invoice_lines_invoice"
            ),
            models.Index(fields=["tenant", "fee"], name="idx_invoice_lines_fee"),
        ]

    def __str__(self) -> str:
        return self.description
