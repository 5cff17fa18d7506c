"""A statement of account as PDF: of a student or a family, a page for each currency."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import numbers
from core.defaults import school_currency, today
from core.models import User
from exchange.exports.pdf_file import printable
from finance.papers import details, documents
from finance.selectors import statement

TEXTS = 3  # columns before the figures: day, what, student


def pdf(student: User, first: date, last: date, *, of_family: bool) -> bytes:
    """Return the PDF of what the reader may see of it."""
    accounts = statement.accounts(student, first, last, of_family=of_family)
    school = details.of_school()
    name = family_name(student) if of_family else student.name
    papers = [
        _paper(account, name, (first, last), school)
        for account in accounts or [statement.Account(school_currency())]
    ]
    return documents.typeset(_("Statement of account"), papers, school)


def family_name(student: User) -> str:
    return _("Family of %(name)s") % {"name": student.name}


def _paper(
    account: statement.Account, name: str, period: tuple[date, date], school: details.Details
) -> dict[str, Any]:
    first, last = (date_format(day, "DATE_FORMAT") for day in period)
    currency = account.currency
    return {
        "title": _("Statement of account"),
        "name": "",
        "stamp": "",
        "to": [],
        "facts": [
            (_("For"), printable(name)),
            (_("From"), first),
            (_("To"), last),
            (_("Currency"), currency),
        ],
        "about": [],
        "labels": [_("Day"), _("What"), _("Student"), _("Amount"), _("Balance")],
        "texts": TEXTS,
        "rows": [
            ["", _("Opening balance"), "", "", numbers.money(account.opening, currency)],
            *(_line(line, currency) for line in account.lines),
        ],
        "sums": [
            (
                _closing(account.closing),
                f"{numbers.money(abs(account.closing), currency)} {currency}",
            )
        ],
        "notes": _notes(account, period[1], school),
    }


def _line(line: statement.Line, currency: str) -> list[str]:
    return [
        date_format(line.day, "DATE_FORMAT"),
        printable(f"{line.title} {line.reference or ''}".strip()),
        printable(line.student or "–"),
        numbers.money(line.amount, currency),
        numbers.money(line.balance, currency),
    ]


def _closing(balance: Decimal) -> str:
    return _("Credit") if balance < 0 else _("Still to pay")


def _notes(account: statement.Account, last: date, school: details.Details) -> list[Any]:
    """Return how to pay, where something is to be paid now."""
    if account.closing <= 0 or last < today() or not school.bank_details:
        return []
    return [(_("How to pay"), documents.lines(school.bank_details))]
