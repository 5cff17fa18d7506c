"""What the desk sees of a family that pays: what is open, what credit there is, who may pay."""

from decimal import Decimal

from django.db.models import Q, prefetch_related_objects
from django.utils.functional import cached_property

from core import search
from core.defaults import school_currency
from core.models import Guardian, User
from core.models.base import TenantQuerySet
from finance.models import Invoice, Payment, Sponsor
from finance.selectors import balances

MATCHES = 30  # students that a search shows


class Family:
    """A student's family in one currency: open invoices oldest first, credit, who may pay.

    Each part is one query (payers two), when it is asked for.
    """

    def __init__(self, student: User, currency: str) -> None:
        """`currency` is one of ISO 4217, or "": that of the oldest open invoice or credit."""
        self.student, self._asked = student, currency

    @cached_property
    def _open(self) -> list[Invoice]:
        return list(balances.open_invoices(self.student))

    @cached_property
    def _credit(self) -> list[Payment]:
        return list(balances.credit(self.student))

    @cached_property
    def currency(self) -> str:
        if self._asked:
            return self._asked
        first = next(iter(self._open or self._credit), None)
        return first.currency if first is not None else school_currency()

    @cached_property
    def invoices(self) -> list[Invoice]:
        return [row for row in self._open if row.currency == self.currency]

    @cached_property
    def credit(self) -> list[Payment]:
        return [row for row in self._credit if row.currency == self.currency]

    @property
    def other_currencies(self) -> list[str]:
        currencies = {row.currency for row in (*self._open, *self._credit)}
        return sorted(currencies - {self.currency})

    @property
    def owed(self) -> Decimal:
        return sum((invoice.balance for invoice in self.invoices), Decimal(0))

    @property
    def credit_left(self) -> Decimal:
        return sum((payment.unallocated for payment in self.credit), Decimal(0))

    def name_students(self) -> None:
        """Read the invoices' students, for a page that names them."""
        prefetch_related_objects(self.invoices, "student")

    def payers(self) -> list[tuple[str, str]]:
        """Return [(key, name)] of who may pay beside the family as a whole.

        A key is "guardian:<id>" or "sponsor:<id>".
        """
        guardians = Guardian.objects.filter(
            links__student__in={self.student.pk, *(row.student_id for row in self._open)}
        ).distinct()
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
    return matches[:MATCHES]
