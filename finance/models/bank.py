"""What the bank reports: statements as they were imported, and their lines."""

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.models.base import AmountField, TenantForeignKey, TenantModel, default
from finance.models import fields
from finance.models.payment import Payment


class BankStatement(TenantModel):
    """A file of the bank that was imported, once."""

    class Format(models.TextChoices):
        CSV = "csv", _("Table (CSV, XLSX)")
        CAMT = "camt", _("CAMT.053")
        MT940 = "mt940", _("MT940")

    filename = models.CharField(_("file"), max_length=255)
    file_format = models.CharField(_("format"), max_length=10, choices=Format)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    accounts = models.TextField(_("account"), blank=True, **default(""))
    first_date = models.DateField(_("from"))
    last_date = models.DateField(_("to"))
    # Lines of the file; those that no statement before it had are its transactions.
    line_count = models.IntegerField(_("lines in the file"))
    # Of a table: {header: what it was said to mean}, which the next one is read by.
    columns = models.JSONField(_("columns"), null=True, blank=True, editable=False)
    recorded_by = fields.recorded_by()

    class Meta(TenantModel.Meta):
        db_table = "bank_statements"
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="bank_statements_tenant_key"),
            models.UniqueConstraint(fields=["tenant", "digest"], name="idx_bank_statements_digest"),
            models.CheckConstraint(
                condition=Q(file_format__in=["csv", "camt", "mt940"]),
                name="check_bank_statement_format",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="idx_bank_statements_date"),
        ]

    def __str__(self) -> str:
        return self.filename


class BankTransaction(TenantModel):
    """A line of a bank statement: money that came in (above zero) or went out (below)."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        POSTED = "posted", _("Posted")
        IGNORED = "ignored", _("Ignored")

    statement = TenantForeignKey(
        BankStatement,
        on_delete=models.DO_NOTHING,  # the database deletes them, where none is posted
        related_name="transactions",
        verbose_name=_("statement"),
    )
    line_number = models.IntegerField(_("line"))
    account = models.CharField(_("account"), max_length=70, blank=True, **default(""))
    booking_date = models.DateField(_("booked on"))
    amount = AmountField(_("amount"))
    currency = fields.currency()
    # Who paid, or was paid.
    party = models.TextField(_("name"), blank=True, **default(""))
    party_account = models.CharField(_("their account"), max_length=70, blank=True, **default(""))
    message = models.TextField(_("text"), blank=True, **default(""))
    bank_reference = models.CharField(
        _("bank's reference"), max_length=200, blank=True, **default("")
    )
    # The how-many-th it is of lines that are otherwise the same, in its file.
    occurrence = models.IntegerField(_("occurrence"), editable=False, **default(1))
    # What it is known by when another file has it, too; the database writes it.
    fingerprint = models.CharField(_("fingerprint"), max_length=64, editable=False, **default(""))
    payment = TenantForeignKey(
        Payment, null=True, blank=True, related_name="bank_transactions", verbose_name=_("payment")
    )
    ignore_reason = models.TextField(_("why it is ignored"), null=True, blank=True)
    status = models.GeneratedField(
        expression=Case(
            When(payment__isnull=False, then=Value("posted")),
            When(ignore_reason__isnull=False, then=Value("ignored")),
            default=Value("open"),
        ),
        output_field=models.CharField(_("status"), max_length=10, choices=Status),
        db_persist=True,
    )

    class Meta(TenantModel.Meta):
        db_table = "bank_transactions"
        verbose_name = _("line of a bank statement")
        verbose_name_plural = _("lines of bank statements")
        ordering = ["-booking_date", "line_number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "account", "fingerprint"], name="idx_bank_transactions_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "payment"], name="idx_bank_transactions_payment"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="check_bank_transaction_amount"),
            models.CheckConstraint(
                condition=Q(payment__isnull=True) | Q(ignore_reason__isnull=True),
                name="check_bank_transaction_state",
            ),
            models.CheckConstraint(
                condition=Q(ignore_reason__isnull=True) | ~Q(ignore_reason=""),
                name="check_bank_transaction_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "statement", "line_number"],
                name="idx_bank_transactions_lines",
            ),
            models.Index(
                fields=["tenant", "bank_reference"],
                name="idx_bank_transactions_ref",
                condition=~Q(bank_reference=""),
            ),
            models.Index(fields=["tenant", "booking_date"], name="idx_bank_transactions_day"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
