"""A statement of account: of a student or a family, for any period, with opening and closing."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.models import User

KINDS = {
    "invoice": _("Invoice"),
    "cancellation": _("Invoice cancelled"),
    "credit_note": _("Credit note"),
    "payment": _("Payment"),
    "reversal": _("Payment reversed"),
    "refund": _("Refund"),
    "transfer": _("Paid for, or by, a brother or sister"),
}
ENTRIES = """
    SELECT e.entry_date, e.kind, e.reference, u.name, e.currency, e.amount
      FROM app.account({students}) e
      LEFT JOIN users u ON u.tenant_id = app.tenant_id() AND u.id = e.student_id
     WHERE e.entry_date <= %s
     ORDER BY e.currency, e.entry_date, e.entered_at, e.entry_id
"""
OF_STUDENT, OF_FAMILY = "ARRAY[%s::uuid]", "app.family(%s)"


@dataclass
class Line:
    """One entry: `amount` is added to what is owed, and `balance` is what is owed after it."""

    day: date
    kind: str
    reference: str | None
    student: str | None
    amount: Decimal
    balance: Decimal

    @property
    def title(self) -> str:
        return str(KINDS[self.kind])


@dataclass
class Account:
    """The entries of a period in one currency; a balance below zero is credit."""

    currency: str
    opening: Decimal = Decimal(0)
    lines: list[Line] = field(default_factory=list)

    @property
    def closing(self) -> Decimal:
        return self.lines[-1].balance if self.lines else self.opening


def accounts(student: User, first: date, last: date, *, of_family: bool) -> list[Account]:
    """Return an `Account` for each currency that had an entry by the last day, in one query."""
    query = ENTRIES.format(students=OF_FAMILY if of_family else OF_STUDENT)
    by_currency: dict[str, Account] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, [student.pk, last])
        for day, kind, reference, name, currency, amount in cursor.fetchall():
            account = by_currency.setdefault(currency, Account(currency))
            if day < first:
                account.opening += amount
            else:
                balance = account.closing + amount
                account.lines.append(Line(day, kind, reference, name, amount, balance))
    return list(by_currency.values())


def family(student: User) -> list[User]:
    """Return the student and the siblings, as the reader may see them, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.family(%s)", [student.pk])
        [ids] = cursor.fetchone()
    return list(User.objects.filter(pk__in=ids).order_by("sort_name", "id"))
