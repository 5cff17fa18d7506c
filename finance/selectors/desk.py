"""What the desk sees of a family that pays: what is open, what credit there is, who may pay."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from core import search
from core.models import Guardian, User
from core.models.base import TenantQuerySet
from finance.models import Invoice, Payment, Sponsor
from finance.selectors import balances

FOUND = 30  # students that a search shows


@dataclass
class Family:
    """A student's family in one currency: invoices oldest first, and payments with credit left."""

    student: User
    students: set[UUID]
    currency: str
    invoices: list[Invoice]
    credit: list[Payment] = field(default_factory=list)
    other_currencies: list[str] = field(default_factory=list)

    @property
    def owed(self) -> Decimal:
        return sum((invoice.balance for invoice in self.invoices), Decimal(0))

    @property
    def credit_left(self) -> Decimal:
        return sum((payment.unallocated for payment in self.credit), Decimal(0))


def family(student: User, currency: str, *, with_credit: bool = True) -> Family:
    """Return the `Family` of a student, in a currency or that of the oldest open invoice.

    Three queries, or two. `currency` is "" or one of ISO 4217.
    """
    students = balances.family(student)
    invoices = list(balances.open_invoices(students))
    payments = list(balances.credit(students)) if with_credit else []
    found = [row.currency for row in (*invoices, *payments)]
    currency = currency or (found[0] if found else "")
    return Family(
        student=student,
        students=students,
        currency=currency,
        invoices=[row for row in invoices if row.currency == currency],
        credit=[row for row in payments if row.currency == currency],
        other_currencies=sorted(set(found) - {currency}),
    )


def payers(students: set[UUID]) -> list[tuple[str, str]]:
    """Return [(key, name)] of who may pay beside the family as a whole; two queries.

    A key is "guardian:<id>" or "sponsor:<id>".
    """
    guardians = Guardian.objects.filter(links__student__in=students).distinct()
    return [
        *((f"guardian:{row.pk}", row.name) for row in guardians),
        *((f"sponsor:{row.pk}", row.name) for row in Sponsor.objects.all()),
    ]


def invoice_by_number(text: str) -> Invoice | None:
    """Return the issued invoice whose number somebody typed or scanned, however it is written."""
    number = text.strip()
    if not number:
        return None
    exact = Invoice.objects.issued().filter(invoice_number__iexact=number)
    return exact.select_related("student").first()


def find(text: str) -> TenantQuerySet[User]:
    """Return the students of a name, or of part of an invoice's number, by name."""
    words = search.split(text)
    people = User.objects.students().order_by("sort_name", "id")
    if not words:
        return people.none()
    by_name = search.narrow(people, text, "search_people")
    invoices = search.narrow(Invoice.objects.issued(), text, "search_invoices")
    matches = people.filter(Q(pk__in=by_name.values("pk")) | Q(pk__in=invoices.values("student")))
    return matches[:FOUND]
