"""What is owed by age, as a file: the rows of the page, in its order."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import User
from exchange.columns import Date, Integer, Number, Text
from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import register_source
from exchange.exports.source import Source, SourceColumn
from finance.selectors import aging, balances

KIND = "aging"  # of an export
TEMPLATE = "aging_v1"
BY = {
    aging.STUDENT: gettext_lazy("Student"),
    aging.PAYER: gettext_lazy("Family or payer"),
    aging.CLASS: gettext_lazy("Class"),
    aging.INVOICE: gettext_lazy("Invoice"),
}
BUCKETS = dict(
    zip(
        balances.BUCKETS,
        (
            gettext_lazy("Not due yet"),
            gettext_lazy("1–30 days"),
            gettext_lazy("31–60 days"),
            gettext_lazy("61–90 days"),
            gettext_lazy("Over 90 days"),
        ),
        strict=True,
    )
)


def values_of(question: aging.Question) -> dict[str, str]:
    """Return what an export keeps of a question, as text."""
    values = vars(question) | {"day": question.day.isoformat()}
    return {name: value for name, value in values.items() if value}


def _question(export: Any) -> aging.Question:
    values = dict(export.filters or {})
    return aging.Question(**values | {"day": date.fromisoformat(values["day"])})


def _filters(export: Any) -> list[tuple[str, str]]:
    question = _question(export)
    chosen = [
        (_("End of"), date_format(question.day, "DATE_FORMAT")),
        (_("By"), str(BY[question.by])),
    ]
    if question.currency:
        chosen.append((_("Currency"), question.currency))
    if question.bucket:
        chosen.append((_("Age"), str(BUCKETS[question.bucket])))
    return chosen


def _may_fetch(user: User, export: Any) -> bool:
    return user.has_perm("finance.view_invoice")


@register_source(KIND, gettext_lazy("Aging"), may_fetch=_may_fetch, filters=_filters)
def aging_source(export: Any) -> Source:
    """Return the rows of the page; on paper a last row of each currency has its sums."""
    if not export.requested_by.has_perm("finance.view_invoice"):
        raise ExportRefused(_("This is the business of those whose work money is."))
    question = _question(export)
    if question.by == aging.INVOICE:
        columns, sql, params = _of_invoices(question)
    else:
        columns, sql, params = _of_groups(question, with_totals=export.file_format == "pdf")
    return Source(
        title=_("Aging"),
        columns=columns,
        sql=sql,
        params=tuple(params),
        filters=tuple(_filters(export)),
    )


def _of_invoices(question: aging.Question) -> tuple[Any, str, list[Any]]:
    columns = (
        SourceColumn(_("Invoice"), Text()),
        SourceColumn(_("Student"), Text()),
        SourceColumn(_("Issued on"), Date()),
        SourceColumn(_("Due on"), Date()),
        SourceColumn(_("Days overdue"), Integer()),
        SourceColumn(_("Age"), Text()),
        SourceColumn(_("Currency"), Text()),
        SourceColumn(_("Still to pay"), Number()),
    )
    sql, params = aging.invoice_rows(question)
    cases = " ".join("WHEN %s THEN %s" for _bucket in BUCKETS)
    names = [str(text) for pair in BUCKETS.items() for text in pair]
    return (
        columns,
        "SELECT invoice_number, student, issue_date, due_date, days,"  # noqa: S608
        f" CASE bucket {cases} END, currency, balance FROM ({sql}) listed",
        [*names, *params],
    )


def _of_groups(question: aging.Question, *, with_totals: bool) -> tuple[Any, str, list[Any]]:
    columns = (
        SourceColumn(str(BY[question.by]), Text()),
        *([SourceColumn(_("Students"), Text())] if question.by == aging.PAYER else []),
        SourceColumn(_("Currency"), Text()),
        *(SourceColumn(str(name), Number()) for name in BUCKETS.values()),
        SourceColumn(_("Total"), Number()),
        SourceColumn(_("Invoices"), Integer()),
    )
    rows, params = aging.group_rows(question)
    unnamed = _("No class") if question.by == aging.CLASS else "–"
    listed, params = f"SELECT 0 AS place, * FROM ({rows}) groups", [*params]  # noqa: S608
    if with_totals:
        owed, more = question.owed()
        sums = aging.TOTALS.format(rows=owed)
        listed += f" UNION ALL SELECT 1, '', %s, '', * FROM ({sums}) sums"  # noqa: S608
        params += [_("Total, each invoice once"), *more]
    students = "students, " if question.by == aging.PAYER else ""
    return (
        columns,
        f"SELECT coalesce(nullif(name, ''), %s), {students}currency, not_due, days_30,"  # noqa: S608
        f" days_60, days_90, older, total, invoices FROM ({listed}) listed"
        f" ORDER BY currency, place, total DESC, name, key",
        [unnamed, *params],
    )
