"""MT940, SWIFT's bank statement, by the library mt-940."""

import io
import logging
from datetime import date
from typing import Any

import mt940
from django.utils.translation import gettext as _

from finance.bank.lines import NO_REFERENCE, BankFile, BankFileRefused, Line, checked, line

# What the library's next major version does anyway: signs of reversals, the other side's account.
OPTIONS = mt940.Options.all()
# Of a damaged file it would log what is in it.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)


def looks_like(text: str) -> bool:
    return ":20:" in text and (":60F:" in text or ":60M:" in text)


def read(text: str) -> BankFile:
    """Return the lines of a file; raises `BankFileRefused`."""
    # The library lets through whatever its parts meet in a damaged file.
    try:
        statements = mt940.parse_statements(io.StringIO(text), options=OPTIONS)
        lines = [
            _line(transaction.data, str(statement.data.get("account_identification") or ""))
            for statement in statements
            for transaction in statement
        ]
    except Exception:
        raise BankFileRefused(
            _("The file is no correct MT940 statement. Fetch it from the bank again.")
        ) from None
    return checked("mt940", lines, [])


def _line(data: dict[str, Any], account: str) -> Line:
    day = data.get("entry_date") or data["date"]
    return line(
        booking_date=date(day.year, day.month, day.day),
        amount=data["amount"].amount,
        currency=data["amount"].currency,
        account=account,
        party=data.get("applicant_name") or "",
        party_account=data.get("applicant_iban") or data.get("gvc_applicant_iban") or "",
        message=_message(data),
        bank_reference=data.get("bank_reference") or "",
    )


def _message(data: dict[str, Any]) -> str:
    parts = [data.get(name) or "" for name in ("purpose", "additional_purpose")]
    whole = " ".join(filter(None, parts)) or data.get("transaction_details") or ""
    reference = data.get("end_to_end_reference") or data.get("customer_reference") or ""
    if reference.upper() in NO_REFERENCE or reference in whole:
        return whole
    return f"{whole} {reference}"
