"""What was owed at the end of a day, by age: added up by student, payer or class, or by invoice.

Every figure is a sum of rows of app.aging(day), so that the page, its files and the invoices behind
a figure agree to the cent (finance/sql/aging_groups.sql). A student of several classes counts in
each of them; `totals` counts every invoice once.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from finance.selectors.balances import BUCKETS

STUDENT, PAYER, CLASS, INVOICE = "student", "payer", "class", "invoice"
NO_CLASS = "none"  # the key of those in no class on that day

GROUPS = """
    SELECT key, coalesce(name, '') AS name, coalesce(students, '') AS students, currency,
           not_due, days_30, days_60, days_90, older, total, invoices
      FROM app.aging_groups(%s, %s)"""
GROUP_ORDER = "currency, total DESC, name, key"
TOTALS = f"""
    SELECT currency, {
    ", ".join(
        f"sum(CASE bucket WHEN '{bucket}' THEN balance ELSE 0 * balance END)" for bucket in BUCKETS
    )
}, sum(balance), count(*)::int
      FROM ({{rows}}) owed GROUP BY currency ORDER BY currency"""  # noqa: S608 - names of ours
# What every figure is the sum of.
OWED = "SELECT * FROM app.aging_keys(%s, %s) WHERE true"
INVOICES = """
    SELECT i.id, i.invoice_number, u.name AS student, i.issue_date, i.due_date,
           greatest(%s::date - i.due_date, 0) AS days, o.bucket, o.currency, o.balance
      FROM ({rows}) o
      JOIN invoices i ON i.tenant_id = app.tenant_id() AND i.id = o.invoice_id
      LEFT JOIN users u ON u.tenant_id = app.tenant_id() AND u.id = o.student_id
     ORDER BY i.due_date, i.invoice_number, i.id"""


@dataclass(frozen=True)
class Question:
    """The day, how it is added up, and for `INVOICE` which rows only ("" for all).

    `key` is a group's, added up by `group`.
    """

    day: date
    by: str = STUDENT
    group: str = INVOICE
    key: str = ""
    currency: str = ""
    bucket: str = ""

    def owed(self) -> tuple[str, list[Any]]:
        """Return the query of the open invoices that are asked for."""
        if self.by != INVOICE:
            return OWED, [self.day, INVOICE]
        sql, params = OWED, [self.day, self.group if self.key else INVOICE]
        for column in ("key", "currency", "bucket"):
            if value := getattr(self, column):
                sql += f" AND {column} = %s"
                params.append(value)
        return sql, params


@dataclass(frozen=True)
class Amounts:
    """Sums in one currency: one for each of BUCKETS, all of them, and of how many invoices."""

    currency: str
    buckets: tuple[Decimal, ...]
    total: Decimal
    invoices: int


@dataclass(frozen=True)
class Group:
    """What a student, payer or class owes in one currency; `name` is "" without any class."""

    key: str
    name: str
    students: str
    amounts: Amounts


@dataclass(frozen=True)
class OpenInvoice:
    """What was still to pay of an invoice at the end of the day, so many `days` overdue."""

    pk: UUID
    number: str
    student: str
    issued_on: date
    due_on: date
    days: int
    bucket: str
    currency: str
    balance: Decimal


def totals(question: Question) -> list[Amounts]:
    """Return the sums of each currency, every invoice once. One query."""
    rows, params = question.owed()
    return [_amounts(*row) for row in _fetch(TOTALS.format(rows=rows), params)]


def groups(question: Question, first: int, count: int) -> list[Group]:
    """Return groups from the `first` on, in each currency who owes most first. One query."""
    sql = f"{GROUPS} ORDER BY {GROUP_ORDER} LIMIT %s OFFSET %s"
    rows = _fetch(sql, [question.day, question.by, count, first])
    return [Group(*row[:3], _amounts(*row[3:])) for row in rows]


def invoices(question: Question, first: int, count: int) -> list[OpenInvoice]:
    """Return invoices from the `first` on, the earliest due first. One query."""
    sql, params = invoice_rows(question)
    return [
        OpenInvoice(*row) for row in _fetch(f"{sql} LIMIT %s OFFSET %s", [*params, count, first])
    ]


def group_rows(question: Question) -> tuple[str, list[Any]]:
    """Return the query of all groups, without an order."""
    return GROUPS, [question.day, question.by]


def invoice_rows(question: Question) -> tuple[str, list[Any]]:
    """Return the query of all invoices that are asked for, in the order of the page."""
    rows, params = question.owed()
    return INVOICES.format(rows=rows), [question.day, *params]


def _amounts(currency: str, *sums: Any) -> Amounts:
    *buckets, total, invoices = sums
    return Amounts(currency, tuple(buckets), total, invoices)


def _fetch(sql: str, params: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
