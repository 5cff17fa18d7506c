"""Invoices, receipts and credit notes as PDF, one or many in a file, as the reader may see them.

Amounts are shown with thousands apart and in their currency's decimals. Whoever may not see who
pays (a sponsor is the office's business) gets the paper without that line.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import numbers, rls
from core.models import Guardian
from exchange.exports import letterhead
from exchange.exports.pdf_file import printable
from finance.models import CreditNote, Invoice, Payment, Sponsor
from finance.papers import details
from finance.selectors import entries

TEMPLATE = Path(__file__).with_name("paper.typ")
AT_A_TIME = 50  # papers between two reports of progress

# Roles without a right to the table of who pays (finance.access, core.access).
HIDDEN = {Guardian: {"student"}, Sponsor: {"student", "guardian"}}

Papers = tuple[bytes, int]
Progress = Callable[[int], None]


def _nothing(done: int) -> None:
    """Nobody asked how far it is."""


def invoices(ids: Iterable[UUID | str], on_progress: Progress = _nothing) -> Papers:
    """Return (PDF, number of invoices), by number; b"" without any that the reader may see."""
    rows = Invoice.objects.filter(pk__in=list(ids)).select_related("student")
    ordered = rows.order_by("invoice_number", "created_at", "id").prefetch_related(
        "lines", "allocations", "credit_notes"
    )
    return _file(_("Invoice"), ordered, _invoice, on_progress)


def receipts(ids: Iterable[UUID | str], on_progress: Progress = _nothing) -> Papers:
    """Return (PDF, number of receipts), by the day of payment; b"" without any."""
    rows = Payment.objects.filter(pk__in=list(ids)).select_related("student")
    return _file(
        _("Receipt"), rows.order_by("payment_date", "created_at", "id"), _receipt, on_progress
    )


def credit_notes(ids: Iterable[UUID | str], on_progress: Progress = _nothing) -> Papers:
    """Return (PDF, number of credit notes), by number; b"" without any."""
    rows = CreditNote.objects.filter(pk__in=list(ids)).select_related("invoice__student")
    return _file(
        _("Credit note"), rows.order_by("credit_note_number", "id"), _credit_note, on_progress
    )


def _file(
    title: str, rows: Iterable[Any], paper: Callable[..., dict[str, Any]], on_progress: Progress
) -> Papers:
    school = details.of_school()
    papers: list[dict[str, Any]] = []
    for row in rows:
        papers.append(paper(row, school))
        if len(papers) % AT_A_TIME == 0:
            on_progress(len(papers))
    return (typeset(title, papers, school), len(papers)) if papers else (b"", 0)


def typeset(title: str, papers: list[dict[str, Any]], school: details.Details) -> bytes:
    """Return the PDF of papers as the template reads them (paper.typ)."""
    data = letterhead.frame(title) | {
        "address": lines(f"{school.address}\n{school.phone}"),
        "tax_number": _labelled(_("Tax number"), school.tax_number),
        "papers": papers,
    }
    return letterhead.typeset(data, TEMPLATE)


def lines(text: str) -> list[str]:
    """Return the lines of a text as a paper takes them."""
    return [printable(line.strip()) for line in text.splitlines() if line.strip()]


def _labelled(label: str, text: str) -> str:
    return f"{label}: {printable(text)}" if text else ""


def _day(day: Any) -> str:
    return date_format(day, "DATE_FORMAT")


def _with_currency(amount: Decimal, currency: str) -> str:
    return f"{numbers.money(amount, currency)} {currency}"


def _payer(row: Invoice | Payment) -> list[str]:
    """Return the lines of who pays, where it is somebody beside the family whom one may see."""
    for model, pk in ((Guardian, row.payer_guardian_id), (Sponsor, row.payer_sponsor_id)):
        if pk and rls.current().role not in HIDDEN[model]:
            payer: Any = model._default_manager.filter(pk=pk).first()
            return [printable(payer.name), *lines(payer.address or "")] if payer else []
    return []


# --- invoices -------------------------------------------------------------------------------------
def _invoice(invoice: Invoice, school: details.Details) -> dict[str, Any]:
    number = invoice.invoice_number or ""
    facts = [(_("Number"), number)] if number else []
    facts += [(_("Issued"), _day(invoice.issue_date)), (_("Due"), _day(invoice.due_date))]
    is_open = not invoice.is_draft and invoice.balance > 0
    notes = []
    if is_open and school.bank_details:
        notes.append((_("How to pay"), [*lines(school.bank_details), _reference(number)]))
    if school.invoice_note:
        notes.append(("", lines(school.invoice_note)))
    return {
        "title": _("Invoice") if number else _("Draft of an invoice"),
        "name": number or _("Draft"),
        "stamp": _("Cancelled") if invoice.status == Invoice.Status.CANCELLED else "",
        "to": _payer(invoice),
        "facts": [(_("For"), printable(invoice.student.name)), *facts],
        "about": lines(invoice.description or ""),
        "labels": [_("Item"), _("Quantity"), _("Unit price"), _("Amount")],
        "rows": [_line(line, invoice.currency) for line in invoice.lines.all()],
        "sums": _sums(invoice, school),
        "notes": notes,
    }


def _reference(number: str) -> str:
    return _("Reference: %(number)s") % {"number": number}


def _line(line: Any, currency: str) -> list[str]:
    return [
        printable(line.description),
        numbers.plain(line.quantity),
        numbers.money(line.unit_price, currency),
        numbers.money(line.amount, currency),
    ]


def _sums(invoice: Invoice, school: details.Details) -> list[tuple[str, str]]:
    """Return [(label, amount)]; the last is what matters."""
    currency = invoice.currency
    sums = [(_("Amount"), _with_currency(invoice.amount, currency))]
    if school.tax_percent:
        sums.append(_tax(invoice.amount, currency, school))
    if invoice.status == Invoice.Status.CANCELLED and not invoice.paid and not invoice.credited:
        return [*sums, (_("Still to pay"), _("nothing"))]
    for entry in [] if invoice.is_draft else entries.of_invoice(invoice):
        sums.append((_entry(entry), _with_currency(-entry.amount, currency)))
    if not invoice.is_draft:
        sums.append((_("Still to pay"), _with_currency(invoice.balance, currency)))
    return sums


def _tax(amount: Decimal, currency: str, school: details.Details) -> tuple[str, str]:
    label = _("%(percent)s %% %(tax)s included") % {
        "percent": numbers.plain(school.tax_percent),
        "tax": printable(school.tax_name) or _("tax"),
    }
    return label, _with_currency(school.tax_in(amount, currency), currency)


def _entry(entry: entries.Entry) -> str:
    day = _day(entry.day)
    if entry.credit_note is not None:
        values = {"number": entry.credit_note.credit_note_number, "day": day}
        return _("Credit note %(number)s, %(day)s") % values
    if entry.is_taken_back:
        return _("Payment taken back on %(day)s") % {"day": day}
    return _("Paid on %(day)s") % {"day": day}


# --- receipts -------------------------------------------------------------------------------------
def _receipt(payment: Payment, school: details.Details) -> dict[str, Any]:
    number = entries.receipt_number(payment)
    currency = payment.currency
    method = payment.get_payment_method_display()
    by = f"{method}, {payment.transaction_id}" if payment.transaction_id else method
    sums = [(_("Received"), _with_currency(payment.amount, currency))]
    if payment.unallocated > 0:
        sums.append((_("Credit"), _with_currency(payment.unallocated, currency)))
    if payment.reversed > 0:
        sums.append((_("Taken back"), _with_currency(payment.reversed, currency)))
    return {
        "title": _("Receipt"),
        "name": number,
        "stamp": "",
        "to": _payer(payment),
        "facts": [
            (_("For"), printable(payment.student.name)),
            (_("Number"), number),
            (_("Received on"), _day(payment.payment_date)),
            (_("Paid by"), printable(by)),
        ],
        "about": [],
        "labels": [_("Invoice"), _("Amount"), _("Still to pay after this")],
        "rows": [
            [
                printable(f"{share.invoice} {share.invoice.description or ''}".strip()),
                numbers.money(share.amount, currency),
                numbers.money(share.rest, currency),
            ]
            for share in entries.shares(payment)
        ],
        "sums": sums,
        "notes": [],
    }


# --- credit notes ---------------------------------------------------------------------------------
def _credit_note(note: CreditNote, school: details.Details) -> dict[str, Any]:
    invoice = note.invoice
    sums = [(_("Credited"), _with_currency(note.amount, invoice.currency))]
    if school.tax_percent:
        sums.insert(0, _tax(note.amount, invoice.currency, school))
    return {
        "title": _("Credit note"),
        "name": note.credit_note_number,
        "stamp": "",
        "to": _payer(invoice),
        "facts": [
            (_("For"), printable(invoice.student.name)),
            (_("Number"), note.credit_note_number),
            (_("Date"), _day(note.credit_date)),
            (_("Invoice"), printable(invoice)),
        ],
        "about": [],
        "labels": [_("Reason"), _("Amount")],
        "rows": [[printable(note.reason), numbers.money(note.amount, invoice.currency)]],
        "sums": sums,
        "notes": [],
    }
