"""Invoices."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.defaults import today
from core.models.base import (
    AmountField,
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TenantQuerySet,
    default,
)
from finance.models import fields

if TYPE_CHECKING:
    from core.models import User

ISSUED = Q(issued_at__isnull=False)


def state_on(day: date) -> Case:
    """Return the expression of what an invoice is on a date at the school: its status, and overdue
    from the day after its due date on, marked or not (app.invoice_state).
    """
    return Case(
        When(Q(status="pending", due_date__lt=day) & ISSUED, then=Value("overdue")),
        When(status="overdue", due_date__gte=day, then=Value("pending")),
        default="status",
    )


class InvoiceQuerySet(TenantQuerySet["Invoice"]):
    def drafts(self) -> Self:
        """Return what is still being written."""
        return self.exclude(ISSUED)

    def issued(self) -> Self:
        """Return all but drafts."""
        return self.filter(ISSUED)

    def open(self) -> Self:
        """Return the issued, unpaid invoices, due or not."""
        return self.issued().filter(status__in=Invoice.OPEN)

    def overdue(self, as_of: date | None = None) -> Self:
        """Return open invoices past their due date; overdue begins the day after it."""
        return self.open().filter(due_date__lt=as_of or today())

    def pending(self, as_of: date | None = None) -> Self:
        """Return open invoices that are not yet past their due date."""
        return self.open().filter(due_date__gte=as_of or today())

    def in_state(self, state: str, as_of: date | None = None) -> Self:
        """Return the issued invoices in a state (`Invoice.Status`) on a date at the school."""
        if state == Invoice.Status.OVERDUE:
            return self.overdue(as_of)
        if state == Invoice.Status.PENDING:
            return self.pending(as_of)
        return self.issued().filter(status=state)

    def for_student(self, student: User) -> Self:
        return self.filter(student=student)

    def oldest_first(self) -> Self:
        """Order as money is spread over them: the earliest due first."""
        return self.order_by("due_date", "issue_date", "invoice_number", "id")


class Invoice(TenantModel):
    """What a student (or their family) owes the school: a draft until it is issued."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        PAID = "paid", _("Paid")
        OVERDUE = "overdue", _("Overdue")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (Status.PENDING, Status.OVERDUE)

    # Given when it is issued; a draft has none.
    invoice_number = models.CharField(_("number"), max_length=50, null=True, blank=True)
    student = TenantForeignKey(
        "core.User",
        related_name="invoices",
        verbose_name=_("student"),
        limit_choices_to={"role": "student"},
    )
    payer_guardian = fields.guardian_who_pays()
    payer_sponsor = fields.sponsor_who_pays()
    amount = AmountField(_("amount"))
    currency = fields.currency()
    description = models.TextField(_("description"), null=True, blank=True)
    # The lines (`InvoiceLine`) as the specification has them; the database keeps the two the same.
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
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True, editable=False)
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True, editable=False)
    cancel_reason = models.TextField(_("reason of the cancellation"), null=True, blank=True)
    # Kept by the database: the sums of its payment_allocations and credit_notes.
    paid = AmountField(_("paid"), editable=False, **default(0))
    credited = AmountField(_("credited"), editable=False, **default(0))
    # What is still to pay: the one place that works it out (view_invoice_balance shows it).
    balance = models.GeneratedField(
        expression=Case(
            When(Q(issued_at__isnull=True) | Q(status="cancelled"), then=Value(0)),
            default=F("amount") - F("credited") - F("paid"),
            output_field=AmountField(),
        ),
        output_field=AmountField(),
        db_persist=True,
        verbose_name=_("still to pay"),
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
                condition=Q(status__in=["pending", "paid", "overdue", "cancelled"]),
                name="check_invoice_status",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="check_invoice_amount"),
            models.CheckConstraint(
                condition=Q(due_date__gte=F("issue_date")), name="check_invoice_dates"
            ),
            models.CheckConstraint(
                condition=Q(invoice_number__isnull=False) | Q(issued_at__isnull=True),
                name="check_invoice_issued",
            ),
            models.CheckConstraint(
                condition=Q(credited__gte=0, paid__gte=0, credited__lte=F("amount") - F("paid")),
                name="check_invoice_sums",
            ),
            fields.one_payer("check_invoice_payer"),
        ]
        indexes = [
            models.Index(fields=["tenant", "student"], name="idx_invoices_student"),
            models.Index(fields=["tenant", "status", "due_date"], name="idx_invoices_status"),
            models.Index(fields=["tenant", "-issue_date", "-id"], name="idx_invoices_date"),
            # What is owed is read without the table.
            models.Index(
                fields=["tenant", "due_date", "id"],
                name="idx_invoices_open",
                include=["student", "currency", "balance", "issue_date"],
                condition=Q(status__in=["pending", "overdue"], issued_at__isnull=False),
            ),
            # The same of one who asks view_invoice_balance, whose status depends on the day.
            models.Index(
                fields=["tenant", "student"],
                name="idx_invoices_owed",
                include=["currency", "balance"],
                condition=Q(balance__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.invoice_number or gettext("Draft")

    @property
    def is_draft(self) -> bool:
        return self.issued_at is None

    @property
    def state(self) -> str:
        """The state today at the school: its status, overdue by the date (`state_on`).

        A new invoice without a due date, or a draft, has the state of its status.
        """
        if self.status not in self.OPEN or self.due_date is None or self.is_draft:
            return self.status
        return self.Status.OVERDUE if self.due_date < today() else self.Status.PENDING

    def get_state_display(self) -> str:
        return gettext("Draft") if self.is_draft else self.Status(self.state).label
