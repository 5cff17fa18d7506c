"""Plans: which fees who is charged, at once or in installments."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.base import AmountField, TenantForeignKey, TenantModel, default, sort_name
from finance.models import fields
from finance.models.fee import Fee


class FeePlan(TenantModel):
    """The fees that all students, a class or a year group are charged each time it is billed."""

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("All students")
        CLASS = "class", _("Students of a class")
        YEAR_GROUP = "year_group", _("Students of a year group")

    name = models.CharField(_("name"), max_length=255)
    sort_name = sort_name()
    audience = models.CharField(
        _("for"), max_length=20, choices=Audience, **default(Audience.EVERYBODY.value)
    )
    school_class = TenantForeignKey(
        "academics.SchoolClass",
        null=True,
        blank=True,
        db_column="class_id",
        related_name="+",
        verbose_name=_("class"),
    )
    year_group = TenantForeignKey(
        "core.YearGroup",
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("year group"),
    )
    currency = fields.currency()
    takes_discounts = models.BooleanField(_("discounts apply"), **default(True))
    on_enrollment = models.BooleanField(
        _("charged by enrolling"),
        help_text=_("Whoever is enrolled in the class gets the invoice at once."),
        **default(False),
    )
    is_active = models.BooleanField(_("is charged"), **default(True))

    class Meta(TenantModel.Meta):
        db_table = "fee_plans"
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="fee_plans_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "name"], name="idx_fee_plans_name"),
            models.CheckConstraint(
                condition=Q(
                    audience="everybody", school_class__isnull=True, year_group__isnull=True
                )
                | Q(audience="class", school_class__isnull=False, year_group__isnull=True)
                | Q(audience="year_group", school_class__isnull=True, year_group__isnull=False),
                name="check_plan_audience",
            ),
            models.CheckConstraint(
                condition=Q(on_enrollment=False) | Q(audience="class"),
                name="check_plan_on_enrollment",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "school_class"], name="idx_fee_plans_class"),
            models.Index(fields=["tenant", "year_group"], name="idx_fee_plans_year_group"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def whom(self) -> str:
        """The students whom it is for, in words."""
        return str(self.school_class or self.year_group or self.get_audience_display())


class FeePlanItem(TenantModel):
    """A fee of a plan; without a price of its own it has the fee's usual one."""

    plan = TenantForeignKey(
        FeePlan, on_delete=models.CASCADE, related_name="items", verbose_name=_("plan")
    )
    position = models.IntegerField(_("position"), **default(1))
    fee = TenantForeignKey(Fee, related_name="+", verbose_name=_("fee"))
    description = models.TextField(_("description"), blank=True, **default(""))
    quantity = AmountField(_("quantity"), **default(1))
    unit_price = AmountField(_("unit price"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "fee_plan_items"
        verbose_name = _("fee of a plan")
        verbose_name_plural = _("fees of plans")
        ordering = ["position", "created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__lt=1_000_000), name="check_plan_item_quantity"
            ),
            models.CheckConstraint(
                condition=Q(unit_price__isnull=True)
                | Q(unit_price__gte=0, unit_price__lt=100_000_000_000),
                name="check_plan_item_price",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "plan"], name="idx_fee_plan_items_plan")]

    def __str__(self) -> str:
        return self.description


class Installment(TenantModel):
    """A part of a plan that is billed by itself; those of a plan make 100%."""

    plan = TenantForeignKey(
        FeePlan, on_delete=models.CASCADE, related_name="installments", verbose_name=_("plan")
    )
    position = models.IntegerField(_("position"), **default(1))
    name = models.CharField(_("name"), max_length=50, help_text=_("For example: September."))
    percent = models.DecimalField(_("percent"), max_digits=7, decimal_places=4)
    due_date = models.DateField(_("due on"))

    class Meta(TenantModel.Meta):
        db_table = "installments"
        verbose_name = _("installment")
        verbose_name_plural = _("installments")
        ordering = ["due_date", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="installments_tenant_key"),
            models.UniqueConstraint(
                fields=["tenant", "plan", "name"], name="idx_installments_name"
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100), name="check_installment_percent"
            ),
        ]

    def __str__(self) -> str:
        return self.name
