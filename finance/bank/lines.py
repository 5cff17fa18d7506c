"""What every format of a bank's file is read as."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

MAX_BYTES = 20 * 2**20
MAX_LINES = 20_000
MAX_AMOUNT = Decimal(10) ** 11
# Characters that are kept of what the bank writes.
PARTY, ACCOUNT, MESSAGE, REFERENCE = 300, 70, 2000, 200
# What banks write where they have no reference.
NO_REFERENCE = {"NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOREF", "N/A", "-"}


class BankFileRefused(Exception):
    """The file cannot be read as a bank statement; the message is a sentence that says why."""


@dataclass(frozen=True)
class Line:
    """A booking; `amount` is above zero for money that came in."""

    booking_date: date
    amount: Decimal
    currency: str
    account: str = ""
    party: str = ""
    party_account: str = ""
    message: str = ""
    bank_reference: str = ""


@dataclass(frozen=True)
class BankFile:
    """What a file holds; `notes` are sentences about what was left out of it."""

    file_format: str
    lines: list[Line]
    notes: list[str]


def line(
    *,
    booking_date: date,
    amount: Decimal,
    currency: str,
    account: str = "",
    party: str = "",
    party_account: str = "",
    message: str = "",
    bank_reference: str = "",
) -> Line:
    """Return a `Line` of what a file says, tidied and cut to size."""
    reference = tidy(bank_reference)
    return Line(
        booking_date=booking_date,
        amount=amount,
        currency=currency.strip().upper(),
        account=account_number(account),
        party=tidy(party)[:PARTY],
        party_account=account_number(party_account),
        message=tidy(message)[:MESSAGE],
        bank_reference="" if reference.upper() in NO_REFERENCE else reference[:REFERENCE],
    )


def tidy(text: str) -> str:
    """Return a text in one line without signs that no database takes."""
    return " ".join(text.replace("\x00", " ").split())


def account_number(text: str) -> str:
    """Return an account as it is compared: an IBAN without its spaces."""
    plain = tidy(text)
    joined = plain.replace(" ", "").upper()
    is_number = any(sign.isdigit() for sign in joined) and joined.isascii()
    return (joined if is_number else plain)[:ACCOUNT]


def checked(file_format: str, lines: list[Line], notes: list[str]) -> BankFile:
    """Return the file without lines of nothing; raises `BankFileRefused` when none is left."""
    kept = [row for row in lines if row.amount]
    if len(kept) > MAX_LINES:
        raise too_many()
    if not kept:
        raise BankFileRefused(_("The file has no booked lines."))
    if len(kept) < len(lines):
        notes = [*notes, _("Lines without an amount were left out.")]
    return BankFile(file_format, kept, notes)


def too_many() -> BankFileRefused:
    return BankFileRefused(
        _("The file has more than %(max)s lines; export a shorter period.")
        % {"max": f"{MAX_LINES:,}"}
    )
