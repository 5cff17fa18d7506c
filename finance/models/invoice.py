"""Invoices."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, DecimalField, F, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.defaults import school_currency, today
from core.models.base import TenantForeignKey, TenantManager, TenantModel, TenantQuerySet, default

if TYPE_CHECKING:
    from core.models import User

MONEY = DecimalField(max_digits=12, decimal_places=2)

currency_validator = RegexValidator(
    r"^[A-Z]{3}$", _("Use the three capital letters of ISO 4217, for example USD.")
)


def state_on(day: date) -> Case:
    """Return the expression of what an invoice is on a date at the school: its status, and overdue
    from the day after its due date on, marked or not (app.invoice_state).
    """
    return Case(
        When(status="pending", due_date__lt=day, then=Value("overdue")),
        When(status="overdue", due_date__gte=day, then=Value("pending")),
        default="status",
    )


class InvoiceQuerySet(TenantQuerySet["Invoice"]):
    def open(self) -> Self:
        """Return the unpaid invoices, due or not."""
        return self.filter(status__in=Invoice.OPEN)

    def overdue(self, as_of: date | None = None) -> Self:
        """Return open invoices past their due date; overdue begins the day after it."""
        return self.open().filter(due_date__lt=as_of or today())

    def pending(self, as_of: date | None = None) -> Self:
        """Return open invoices that are not yet past their due date."""
        return self.open().filter(due_date__gte=as_of or today())

    def in_state(self, state: str, as_of: date | None = None) -> Self:
        """Return the invoices in a state (one of `Invoice.Status`) on a date at the school."""
        if state == Invoice.Status.OVERDUE:
            return self.overdue(as_of)
        return self.pending(as_of) if state == Invoice.Status.PENDING else self.filter(status=state)

    def for_student(self, student: User) -> Self:
        return self.filter(student=student)

    def with_balance(self) -> Self:
        """Add `paid`, the sum of an invoice's payments, and `balance`, the rest of its amount."""
        payments = apps.get_model("finance.Payment").objects.filter(invoice=OuterRef("pk"))
        total = payments.order_by().values("invoice").annotate(total=Sum("amount")).values("total")
        paid = Coalesce(Subquery(total), Value(0), output_field=MONEY)
        return self.annotate(paid=paid, balance=F("amount") - paid)


class Invoice(TenantModel):
    """What a student (or their family) owes the school."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        PAID = "paid", _("Paid")
        OVERDUE = "overdue", _("Overdue")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (Status.PENDING, Status.OVERDUE)

    invoice_number = models.CharField(_("number"), max_length=50)
    student = TenantForeignKey(
        "core.User",
        related_name="invoices",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default=school_currency,
        db_default="USD",
        validators=[currency_validator],
    )
    description = models.TextField(_("description"), null=True, blank=True)
    line_items = models.JSONField(
        _("line items"),
        null=True,
        blank=True,
        help_text=_("List of {description, quantity, unit_price}; their sum is the amount."),
    )
    issue_date = models.DateField(_("issued on"), default=today)
    due_date = models.DateField(_("due on"))
    status = models.CharField(
        _("status"), max_length=50, choices=Status, **default(Status.PENDING.value)
    )

    objects = TenantManager.from_queryset(InvoiceQuerySet)()

    class Meta(TenantModel.Meta):
        db_table = "invoices"
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issue_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="invoices_tenant_key"),
            # Payments refer to this key, so that a payment belongs to the invoice's own student.
            models.UniqueConstraint(
                fields=["tenant", "id", "student"], name="invoices_payment_key"
            ),
            models.UniqueConstraint(
                fields=["tenant", "invoice_number"], name="idx_invoices_number"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "paid", "overdue", "cancelled"]),
                name="check_invoice_status",
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="check_invoice_amount"),
            models.CheckConstraint(
                condition=models.Q(due_date__gte=models.F("issue_date")),
                name="check_invoice_dates",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "student"], name="idx_invoices_student"),
            models.Index(fields=["tenant", "status", "due_date"], name="idx_invoices_status"),
            models.Index(fields=["tenant", "-issue_date", "-id"], name="idx_invoices_date"),
        ]

    def __str__(self) -> str:
        return self.invoice_number

    @property
    def state(self) -> str:
        """The state today at the school: its status, overdue by the date (`state_on`).

        A new invoice without a due date has the state of its status.
        """
        if self.status not in self.OPEN or self.due_date is None:
            return self.status
        return self.Status.OVERDUE if self.due_date < today() else self.Status.PENDING

    def get_state_display(self) -> str:
        return self.Status(self.state).label
