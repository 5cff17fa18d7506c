"""CAMT.053, the bank statement of ISO 20022, in any of its versions.

Of an entry that was made of several transfers (a batch) each transfer is a line, when together they
make its amount. Only what is booked counts.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from finance.bank.lines import MAX_AMOUNT, BankFile, BankFileRefused, Line, checked, line

CREDIT = "CRDT"
BOOKED = "BOOK"


def read(data: bytes) -> BankFile:
    """Return the lines of a file; raises `BankFileRefused`."""
    root = _parse(data)
    statements = root.findall("BkToCstmrStmt/Stmt")
    if not statements:
        raise BankFileRefused(
            _("This XML file is no bank statement in the format CAMT.053; ask the bank for that.")
        )
    notes: list[str] = []
    lines = [row for statement in statements for row in _of_statement(statement, notes)]
    return checked("camt", lines, list(dict.fromkeys(notes)))


def _parse(data: bytes) -> Element:
    """Return the root with names without namespaces; DTDs and entities are refused unread."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise BankFileRefused(
            _("The file defines entities or a document type, which no bank does. It was not read.")
        ) from None
    except (ParseError, ValueError, LookupError):
        raise BankFileRefused(
            _("The file is not correct XML. Fetch it from the bank again.")
        ) from None
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


def _of_statement(statement: Element, notes: list[str]) -> Iterator[Line]:
    account = _text(statement, "Acct/Id/IBAN") or _text(statement, "Acct/Id/Othr/Id")
    for entry in statement.iterfind("Ntry"):
        status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
        if status not in ("", BOOKED):
            notes.append(_("Lines that the bank has not booked yet were left out."))
            continue
        yield from _of_entry(entry, account)


def _of_entry(entry: Element, account: str) -> Iterator[Line]:
    day = _day(
        _text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm") or _text(entry, "ValDt/Dt")
    )
    sign = 1 if _text(entry, "CdtDbtInd") == CREDIT else -1
    whole = _amount(_text(entry, "Amt"))
    amount = entry.find("Amt")
    currency = amount.get("Ccy", "") if amount is not None else ""
    reference = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    details = entry.findall("NtryDtls/TxDtls")
    shares = [_share(detail, currency) for detail in details]
    parts = [share for share in shares if share is not None]
    if len(details) < 2 or len(parts) < len(details) or sum(parts) != whole:
        parts, details = [whole], details[:1] or [entry]
    for place, (part, detail) in enumerate(zip(parts, details, strict=True), 1):
        own = _text(detail, "Refs/AcctSvcrRef")
        shared = f"{reference}/{place}" if reference and len(parts) > 1 else reference
        yield line(
            booking_date=day,
            amount=sign * part,
            currency=currency,
            account=account,
            **_other_side(detail, "Dbtr" if sign > 0 else "Cdtr"),
            message=_message(detail, entry),
            bank_reference=own if own and own != reference else shared,
        )


def _share(detail: Element, currency: str) -> Decimal | None:
    """Return the amount of one transfer of an entry in the account's currency, if it says so."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        amount = detail.find(path)
        if amount is not None and amount.get("Ccy") == currency:
            return _amount(amount.text or "")
    return None


def _other_side(detail: Element, side: str) -> dict[str, str]:
    parties = f"RltdPties/{side}"
    account = f"RltdPties/{side}Acct/Id"
    return {
        "party": _text(detail, f"{parties}/Nm") or _text(detail, f"{parties}/Pty/Nm"),
        "party_account": _text(detail, f"{account}/IBAN") or _text(detail, f"{account}/Othr/Id"),
    }


def _message(detail: Element, entry: Element) -> str:
    texts = [item.text or "" for item in detail.iterfind("RmtInf/Ustrd")]
    texts += [item.text or "" for item in detail.iterfind("RmtInf/Strd/CdtrRefInf/Ref")]
    texts += [item.text or "" for item in detail.iterfind("RmtInf/Strd/RfrdDocInf/Nb")]
    end_to_end = _text(detail, "Refs/EndToEndId")
    if end_to_end and end_to_end != "NOTPROVIDED":
        texts.append(end_to_end)
    return " ".join(texts) or _text(detail, "AddtlTxInf") or _text(entry, "AddtlNtryInf")


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise BankFileRefused(_("A line of the file has no day on which it was booked.")) from None


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < MAX_AMOUNT:
        raise BankFileRefused(_("A line of the file has no amount that is a number."))
    return amount
