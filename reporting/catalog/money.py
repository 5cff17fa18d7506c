"""Reports about money."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import offices
from core.defaults import school_currency
from exchange.columns import Date, Money
from finance import methods
from finance.currencies import exponents
from finance.models import Invoice
from reporting.catalog import filters
from reporting.catalog.charts import Chart
from reporting.catalog.report import Column, Report
from reporting.catalog.shared import MONEY, STUDENT

MONTHS = 24  # of a chart, the last ones


class EntryKind(models.TextChoices):
    """What an entry of the payment ledger is."""

    PAYMENT = "payment", _("Payment")
    REVERSAL = "reversal", _("Reversed")
    REFUND = "refund", _("Refunded")


class Currencies:
    """The currencies that money can be in, as filters ask a `Choices` class: the school's first."""

    @property
    def values(self):
        own = school_currency()
        return [own, *sorted(exponents().keys() - {own})]

    @property
    def choices(self):
        return [(code, code) for code in self.values]

    @property
    def labels(self):
        return self.values


CURRENCY = filters.Choice(
    name="currency", column="currency", label=_("Currency"), choices=Currencies()
)


def monthly(title, *series):
    """Return a chart of sums by month, (column, label) each, in the currency of most rows."""
    columns = [column for column, _label in series]
    return Chart(
        title=title,
        kind="bar",
        heading=_("Month"),
        select=f"""
            with chosen as (select * {{rows}})
            select month || ' ' || currency, {", ".join(columns)}
              from (select month, currency,
                           {", ".join(f"sum({column}) as {column}" for column in columns)}
                      from chosen
                     where currency = (select currency from chosen group by 1
                                        order by count(*) desc, 1 limit 1)
                     group by 1, 2 order by 1 desc limit {MONTHS}) months
             order by month""",  # noqa: S608 - names of ours
        series=tuple((label, "") for _column, label in series),
    )


MONTH = Column("month", _("Month"))

REPORTS = [
    Report(
        name="payment_ledger",
        title=_("Payment ledger"),
        description=_(
            "Every payment with its invoice; what was reversed or refunded stands below zero, so"
            " that the sum is what the school has."
        ),
        subject=MONEY,
        view="view_payment_entries",
        columns=(
            Column("payment_date", _("Date"), Date()),
            Column("kind", _("Kind"), choices=EntryKind),
            Column("student_name", _("Student"), nullable=True),
            Column("student_email", _("Student e-mail"), nullable=True),
            Column("amount", _("Amount"), Money()),
            Column("currency", _("Currency")),
            Column("payment_method", _("Method"), choices=methods.TAKEN),
            Column("invoice_number", _("Invoice number"), nullable=True),
            Column("invoice_status", _("Invoice status"), choices=Invoice.Status, nullable=True),
            Column("transaction_id", _("Payment reference"), nullable=True),
            Column("reason", _("Reason"), nullable=True),
        ),
        filters=(
            STUDENT,
            filters.Invoice(
                name="invoice",
                column="invoice_id",
                label=_("Invoice"),
                help_text=_("Part of the invoice number."),
            ),
            filters.Choice(name="kind", column="kind", label=_("Kind"), choices=EntryKind),
            filters.Choice(
                name="method",
                column="payment_method",
                label=_("Method"),
                choices=methods.TAKEN,
            ),
            filters.Choice(
                name="status",
                column="invoice_status",
                label=_("Invoice status"),
                choices=Invoice.Status,
            ),
            filters.DateRange(column="payment_date", label=_("Paid")),
        ),
        roles=offices.MONEY_OFFICE,
        order="-payment_date",
        sorts={"payment_date": ()},
    ),
    Report(
        name="receivables",
        title=_("Receivables by month"),
        description=_(
            "What was still to pay at the beginning and the end of each month, and what changed it:"
            " invoices, credit notes and cancellations, payments."
        ),
        subject=MONEY,
        view="view_receivables_monthly",
        columns=(
            MONTH,
            Column("currency", _("Currency")),
            Column("opening", _("At the beginning"), Money()),
            Column("invoiced", _("Invoiced"), Money()),
            Column("credited", _("Credited or cancelled"), Money()),
            Column("paid", _("Paid"), Money()),
            Column("closing", _("At the end"), Money()),
        ),
        filters=(filters.Period(label=_("Period"), default="this_year"), CURRENCY),
        roles=offices.MONEY_OFFICE,
        order="-month",
        sorts={"month": ("currency",)},
        chart=monthly(_("Still to pay at the end of each month"), ("closing", _("At the end"))),
        summarizes=True,
    ),
    Report(
        name="collected",
        title=_("Collected by month"),
        description=_("What came in by each method, less what was reversed or refunded."),
        subject=MONEY,
        view="view_collected_monthly",
        columns=(
            MONTH,
            Column("currency", _("Currency")),
            Column("payment_method", _("Method"), choices=methods.TAKEN),
            Column("received", _("Received"), Money()),
            Column("taken_back", _("Reversed or refunded"), Money()),
            Column("collected", _("Collected"), Money()),
        ),
        filters=(
            filters.Period(label=_("Period"), default="this_year"),
            filters.Choice(
                name="method", column="payment_method", label=_("Method"), choices=methods.TAKEN
            ),
            CURRENCY,
        ),
        roles=offices.MONEY_OFFICE,
        order="-month",
        sorts={"month": ("currency", "payment_method")},
        chart=monthly(_("Collected by month"), ("collected", _("Collected"))),
        summarizes=True,
    ),
    Report(
        name="revenue",
        title=_("Revenue by fee and month"),
        description=_(
            "What was invoiced by each fee, less credit notes and cancellations; a credit note is"
            " spread over the lines of its invoice."
        ),
        subject=MONEY,
        view="view_revenue_monthly",
        columns=(
            MONTH,
            Column("currency", _("Currency")),
            Column("fee", _("Fee")),
            Column("invoiced", _("Invoiced"), Money()),
            Column("credited", _("Credited or cancelled"), Money()),
            Column("revenue", _("Revenue"), Money()),
        ),
        filters=(
            filters.Period(label=_("Period"), default="this_year"),
            filters.Text(
                name="fee", column="fee", label=_("Fee"), help_text=_("Part of the name.")
            ),
            CURRENCY,
        ),
        roles=offices.MONEY_OFFICE,
        order="-month",
        sorts={"month": ("currency", "fee")},
        chart=monthly(_("Revenue by month"), ("revenue", _("Revenue"))),
        summarizes=True,
    ),
]
