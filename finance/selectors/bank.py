"""The lines of a bank statement as they are reviewed: which invoice each may be for, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from finance.methods import Method
from finance.models import BankStatement, BankTransaction, Invoice, Payment

SURE = 60  # points from which on a proposal is ticked, unless another has as many
MOST = 5  # proposals of a line
OPEN, POSTED, IGNORED, OUT = "open", "posted", "ignored", "out"
LISTS = {
    OPEN: Q(status="open", amount__gt=0),
    POSTED: Q(status="posted"),
    IGNORED: Q(status="ignored"),
    OUT: Q(status="open", amount__lt=0),
}


@dataclass(frozen=True)
class Proposal:
    """An invoice that a line may be for, with points of 100 and what they are for."""

    invoice: Invoice
    score: int
    by_number: int
    by_amount: int
    by_name: int

    @property
    def why(self) -> str:
        """Return what speaks for it, in words."""
        reasons = []
        if self.by_number:
            exact = self.by_number >= SURE
            reasons.append(
                _("its number is in the text") if exact else _("its number without zeros")
            )
        if self.by_amount:
            reasons.append(_("the amount is what is still to pay"))
        if self.by_name:
            reasons.append(_("a name of the family") if self.by_name > 8 else _("the family name"))
        return ", ".join(reasons)


@dataclass
class Review:
    """A line with its proposals, the likeliest first, and what to be careful about."""

    line: BankTransaction
    proposals: list[Proposal] = field(default_factory=list)
    warning: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether the first proposal is good enough to be ticked."""
        if not self.proposals or self.warning:
            return False
        best, *others = self.proposals
        return best.score >= SURE and not (others and others[0].score == best.score)


def with_counts(statements: QuerySet[BankStatement]) -> QuerySet[BankStatement]:
    """Return statements with `open_count`: lines of money that came in and wait."""
    return statements.annotate(
        open_count=Count("transactions", filter=_of("transactions__", LISTS[OPEN]))
    )


def _of(prefix: str, condition: Q) -> Q:
    return Q(*[(f"{prefix}{name}", value) for name, value in condition.children])


def counts(statement: BankStatement) -> dict[str, int]:
    """Return how many lines each list of a statement has. One query."""
    return statement.transactions.aggregate(
        **{name: Count("pk", filter=condition) for name, condition in LISTS.items()}
    )


def lines(statement: BankStatement, which: str) -> QuerySet[BankTransaction]:
    rows = statement.transactions.filter(LISTS[which]).order_by("booking_date", "line_number", "id")
    return rows.select_related("payment__student") if which == POSTED else rows


def review(rows: Sequence[BankTransaction]) -> list[Review]:
    """Return open lines with their proposals. Four queries, however many lines."""
    reviews = {row.pk: Review(row) for row in rows}
    for line_id, proposal in _proposals(reviews):
        reviews[line_id].proposals.append(proposal)
    recorded = _recorded(rows)
    doubles = _doubles(rows)
    for row in rows:
        if row.bank_reference in recorded:
            reviews[row.pk].warning = _("A payment with this reference was recorded by hand.")
        elif row.pk in doubles:
            reviews[row.pk].warning = _(
                "Another statement has a line of this day, name and amount. Is it the same?"
            )
    return list(reviews.values())


def _proposals(line_ids: Iterable[UUID]) -> list[tuple[UUID, Proposal]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT transaction_id, invoice_id, score, by_number, by_amount, by_name"
            " FROM app.bank_proposals(%s, %s)",
            [list(line_ids), MOST],
        )
        results = cursor.fetchall()
    wanted = {row[1] for row in results}
    invoices = Invoice.objects.select_related("student").in_bulk(wanted)
    return [(line, Proposal(invoices[key], *points)) for line, key, *points in results]


def _recorded(rows: Sequence[BankTransaction]) -> set[str]:
    """Return the references by which somebody recorded a bank transfer already."""
    references = {row.bank_reference for row in rows} - {""}
    payments = Payment.objects.filter(
        payment_method=Method.BANK_TRANSFER,
        transaction_id__in=references,
        reversed__lt=F("amount"),
        bank_transactions__isnull=True,
    )
    return set(payments.values_list("transaction_id", flat=True))


def _doubles(rows: Sequence[BankTransaction]) -> set[UUID]:
    """Return the lines that look like one of another statement, which another format writes."""
    others = BankTransaction.objects.filter(
        booking_date__in={row.booking_date for row in rows},
        amount__in={row.amount for row in rows},
    )
    known: dict[Any, set[UUID]] = {}
    for row in others.only("booking_date", "amount", "currency", "party", "statement_id"):
        known.setdefault(_likeness(row), set()).add(row.statement_id)
    return {row.pk for row in rows if row.party and len(known.get(_likeness(row), ())) > 1}


def _likeness(row: BankTransaction) -> tuple[Any, ...]:
    return row.booking_date, row.amount, row.currency, row.party.casefold()
