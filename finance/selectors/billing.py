"""What the pages of a billing show: who is billed for how much, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db import connection

from finance.models import BillingRun

STUDENTS = "SELECT student_id, name, invoice_id FROM app.billing_students(%s) ORDER BY sort_name, 1"
LINES = (
    "SELECT student_id, description, amount, discount_kind"
    " FROM app.billing_lines(%s, %s::uuid[]) ORDER BY student_id, place"
)
SUMS = (
    "SELECT coalesce(sum(amount) FILTER (WHERE discount_kind IS NULL), 0),"
    " coalesce(sum(amount) FILTER (WHERE discount_kind IS NOT NULL), 0)"
    " FROM app.billing_lines(%s, %s::uuid[])"
)


@dataclass(frozen=True)
class Student:
    """Somebody whom a billing is for; `invoice_id` is that of an earlier billing of the period."""

    id: UUID
    name: str
    invoice_id: UUID | None


@dataclass
class Bill:
    """What a student would be billed: (description, amount) of each line, and the sums of them."""

    fees: list[tuple[str, Decimal]] = field(default_factory=list)
    discounts: list[tuple[str, Decimal]] = field(default_factory=list)

    @property
    def full_price(self) -> Decimal:
        return sum((amount for _text, amount in self.fees), Decimal(0))

    @property
    def amount(self) -> Decimal:
        return self.full_price + sum((amount for _text, amount in self.discounts), Decimal(0))


def students(run: BillingRun) -> list[Student]:
    """Return everybody whom a run is for, by name."""
    with connection.cursor() as cursor:
        cursor.execute(STUDENTS, [run.pk])
        return [Student(*row) for row in cursor.fetchall()]


def bills(run: BillingRun, of: Iterable[Student]) -> dict[UUID, Bill]:
    """Return {student's id: Bill}, as a run would issue them now."""
    made = {student.id: Bill() for student in of}
    with connection.cursor() as cursor:
        cursor.execute(LINES, [run.pk, [*made]])
        for student_id, text, amount, discount in cursor.fetchall():
            bill = made[student_id]
            (bill.discounts if discount else bill.fees).append((text, amount))
    return made


def sums(run: BillingRun, of: Sequence[Student]) -> tuple[Decimal, Decimal]:
    """Return what students would be billed together: full price, and discounts (below zero)."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [run.pk, [student.id for student in of]])
        return cursor.fetchone()
