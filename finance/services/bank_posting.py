"""What becomes of the bank's lines: posted as payments, ignored, opened again."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from finance.methods import Method
from finance.models import BankTransaction, Invoice, Payment
from finance.services import payments

Status = BankTransaction.Status
NOTES = 2000


class Refused(Exception):
    """A line cannot be posted like this; the message says why, `line` is the id of which."""

    def __init__(self, message: str, line: UUID) -> None:
        super().__init__(message)
        self.line = line


@transaction.atomic
def post(*, choices: Mapping[UUID, UUID], token: UUID) -> list[Payment]:
    """Record a payment for each open line of {line: invoice}; all or none.

    What is above an invoice's balance becomes credit. Lines that are no longer open are left out,
    and those that a form with this token posted before. Raises `Refused`, or IntegrityError by a
    rule.
    """
    lines = _locked(choices, token)
    wanted = {choices[line.pk] for line in lines}
    rows = Invoice.objects.filter(pk__in=wanted).order_by("pk")
    invoices = {row.pk: row for row in rows.select_for_update(no_key=True)}
    for line in lines:
        _check(line, invoices.get(choices[line.pk]))
    shared = _shared_references(lines)
    received = [_payment(line, token, shared) for line in lines]
    payments.record_all(received, [invoices[choices[line.pk]] for line in lines])
    for line, payment in zip(lines, received, strict=True):
        line.payment = payment
    BankTransaction.objects.bulk_update(lines, ["payment"])
    return received


def _locked(choices: Mapping[UUID, UUID], token: UUID) -> list[BankTransaction]:
    """Return the lines that are open, locked; a form that comes again has none."""
    rows = BankTransaction.objects.filter(pk__in=choices, status=Status.OPEN, amount__gt=0)
    lines = list(rows.select_for_update(no_key=True).order_by("pk"))
    tokens = {_token(token, line): line for line in lines}
    sent_before = set(Payment.objects.filter(token__in=tokens).values_list("token", flat=True))
    kept = [line for key, line in tokens.items() if key not in sent_before]
    return sorted(kept, key=lambda line: (line.booking_date, line.line_number, line.pk))


def _token(token: UUID, line: BankTransaction) -> UUID:
    return uuid5(token, str(line.pk))


def _check(line: BankTransaction, invoice: Invoice | None) -> None:
    if invoice is None:
        raise Refused(_("There is no such invoice."), line.pk)
    values = {"number": invoice.invoice_number, "currency": invoice.currency}
    if invoice.issued_at is None or invoice.status not in Invoice.OPEN:
        raise Refused(_("Nothing is to pay of invoice %(number)s.") % values, line.pk)
    if invoice.currency != line.currency:
        values["paid"] = line.currency
        message = _("Invoice %(number)s is in %(currency)s, and %(paid)s came in.")
        raise Refused(message % values, line.pk)


def _shared_references(lines: list[BankTransaction]) -> set[str]:
    """Return the bank's references that several lines have: a batch, or a bank without own ones."""
    references = {line.bank_reference for line in lines} - {""}
    rows = BankTransaction.objects.filter(bank_reference__in=references).order_by()
    counted = rows.values("bank_reference").annotate(count=Count("pk")).filter(count__gt=1)
    return set(counted.values_list("bank_reference", flat=True))


def _payment(line: BankTransaction, token: UUID, shared: set[str]) -> Payment:
    reference = line.bank_reference
    if reference in shared:
        reference = f"{reference}/{line.fingerprint[:8]}"
    notes = ": ".join(filter(None, (line.party, line.message)))
    return Payment(
        amount=line.amount,
        currency=line.currency,
        payment_method=Method.BANK_TRANSFER,
        payment_date=line.booking_date,
        transaction_id=reference or None,
        notes=notes[:NOTES] or None,
        token=_token(token, line),
    )


def ignore(*, line: BankTransaction, reason: str) -> bool:
    """Leave an open line alone, with the reason; returns whether it was open."""
    rows = BankTransaction.objects.filter(pk=line.pk, status=Status.OPEN)
    return bool(rows.update(ignore_reason=reason))


def reopen(*, line: BankTransaction) -> bool:
    """Make a line that was ignored open again; returns whether it was ignored."""
    rows = BankTransaction.objects.filter(pk=line.pk, status=Status.IGNORED)
    return bool(rows.update(ignore_reason=None))
