"""Discounts: what plans take off, for whom."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.base import AmountField, TenantForeignKey, TenantModel, default, sort_name
from finance.models import fields


class Discount(TenantModel):
    """A percentage or an amount that invoices of plans ask less, as a line of its own.

    For siblings and children of staff the school's own data say who gets it; anybody else, and
    further children of staff, get it by `StudentDiscount`.
    """

    class Kind(models.TextChoices):
        PERCENT = "percent", _("Percentage")
        FIXED = "fixed", _("Fixed amount")
        SIBLING = "sibling", _("Siblings")
        STAFF = "staff", _("Staff")

    name = models.CharField(_("name"), max_length=255, help_text=_("As the invoice says it."))
    sort_name = sort_name()
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    percent = models.DecimalField(
        _("percent"),
        max_digits=7,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("Of the plan's full price."),
    )
    amount = AmountField(
        _("amount"),
        null=True,
        blank=True,
        help_text=_("Of the whole plan; its installments share it."),
    )
    currency = fields.currency()
    from_child = models.IntegerField(
        _("from which child on"),
        help_text=_("For siblings: 2 is the second oldest child of a family and all younger ones."),
        **default(2),
    )
    is_active = models.BooleanField(_("is given"), **default(True))

    class Meta(TenantModel.Meta):
        db_table = "discounts"
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="discounts_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "name"], name="idx_discounts_name"),
            models.CheckConstraint(
                condition=Q(kind__in=["percent", "fixed", "sibling", "staff"]),
                name="check_discount_kind",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gt=0, percent__lte=100),
                name="check_discount_percent",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0, amount__lt=100_000_000_000),
                name="check_discount_amount",
            ),
            models.CheckConstraint(
                condition=(
                    Q(percent__isnull=False, amount__isnull=True) & ~Q(kind="fixed")
                    | Q(percent__isnull=True, amount__isnull=False) & ~Q(kind="percent")
                ),
                name="check_discount_value",
            ),
            models.CheckConstraint(condition=Q(from_child__gte=1), name="check_discount_child"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class StudentDiscount(TenantModel):
    """A discount that a student gets, for good or until a day."""

    student = TenantForeignKey(
        "core.User",
        related_name="+",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    discount = TenantForeignKey(
        Discount, on_delete=models.CASCADE, related_name="students", verbose_name=_("discount")
    )
    last_day = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day on which invoices have it.")
    )

    class Meta(TenantModel.Meta):
        db_table = "student_discounts"
        verbose_name = _("discount of a student")
        verbose_name_plural = _("discounts of students")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "student", "discount"], name="idx_student_discounts_pair"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "discount"], name="idx_student_discounts_discount")
        ]

    def __str__(self) -> str:
        return str(self.student_id)
