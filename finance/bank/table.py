"""A table of the bank (CSV or XLSX): which column means what, and its rows as lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import numbers, reading
from exchange.columns import Column
from exchange.imports import matching
from exchange.imports.uploads import Sheet, UploadRefused
from finance.bank.lines import (
    MAX_AMOUNT,
    MAX_LINES,
    BankFile,
    BankFileRefused,
    Line,
    checked,
    line,
    too_many,
)
from finance.currencies import exponents

HEADER_WITHIN = 30  # rows: banks write about the account above the table
SIDES = {"in": {"c", "cr", "credit", "crdt", "h", "haben", "bij", "in", "+"}}
SIDES["out"] = {"d", "dr", "debit", "dbit", "s", "soll", "af", "out", "-"}
SIGNS = re.compile(r"[^0-9.,'’\s+−–()-]")  # noqa: RUF001
OUT = re.compile(r"[^a-z](dr|s)\.?$", re.IGNORECASE)
DAYS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d %Y",
)
SLASHES = {
    reading.DAY_FIRST: ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d-%m-%y"),
    reading.MONTH_FIRST: ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m-%d-%y"),
}
COLUMNS = [
    Column(
        "booking_date",
        gettext_lazy("Booked on"),
        required=True,
        synonyms=[
            "date", "booking date", "posting date", "transaction date", "posted",
            "buchungstag", "buchungsdatum", "buchung", "datum", "boekdatum", "date opération",
            "fecha", "completed date", "value date", "valuta", "wertstellung",
        ],
    ),
    Column(
        "amount",
        gettext_lazy("Amount"),
        synonyms=[
            "value", "betrag", "umsatz", "montant", "importe", "bedrag", "amount (eur)",
            "amount (usd)", "betrag (eur)", "betrag (€)", "bedrag (eur)", "transaction amount",
        ],
    ),
    Column(
        "credit",
        gettext_lazy("Money in"),
        synonyms=[
            "credit", "credit amount", "paid in", "deposit", "deposits", "haben", "crédit",
            "abono",
        ],
    ),
    Column(
        "debit",
        gettext_lazy("Money out"),
        synonyms=[
            "debit", "debit amount", "paid out", "withdrawal", "withdrawals", "soll", "débit",
            "cargo",
        ],
    ),
    Column(
        "direction",
        gettext_lazy("In or out"),
        synonyms=[
            "type", "d/c", "c/d", "dr/cr", "debit/credit", "soll/haben", "af bij",
            "credit/debit",
        ],
    ),
    Column(
        "currency", gettext_lazy("Currency"),
        synonyms=[
            "währung", "waehrung", "devise", "ccy", "valuta", "moneda",
        ],
    ),
    Column(
        "party",
        gettext_lazy("Name"),
        synonyms=[
            "payer", "counterparty", "counterparty name", "payee", "auftraggeber",
            "beguenstigter/zahlungspflichtiger", "name zahlungsbeteiligter",
            "zahlungspflichtige*r", "name / description", "naam / omschrijving", "from",
            "sender",
        ],
    ),
    Column(
        "party_account",
        gettext_lazy("Their account"),
        synonyms=[
            "iban", "counterparty account", "kontonummer/iban", "iban zahlungsbeteiligter",
            "tegenrekening",
        ],
    ),
    Column(
        "message",
        gettext_lazy("Text"),
        synonyms=[
            "description", "details", "memo", "reference", "payment reference",
            "verwendungszweck", "libellé", "concepto", "mededelingen", "notifications",
            "narrative", "particulars",
        ],
    ),
    Column(
        "more", gettext_lazy("Further text"),
        synonyms=[
            "buchungstext", "additional information", "note",
        ],
    ),
    Column(
        "bank_reference",
        gettext_lazy("Bank's reference"),
        synonyms=[
            "transaction id", "transaction number", "bank reference", "fitid", "id", "ref",
            "referenz",
        ],
    ),
]  # fmt: skip
LABELS = {column.attribute: column.label for column in COLUMNS}


class Table:
    """A table as it was uploaded: `headers`, and `rows` of (row number, cells) below them.

    Raises `BankFileRefused`.
    """

    def __init__(self, path: Path, name: str, encoding: str = "", delimiter: str = "") -> None:
        try:
            self.sheet = Sheet(path, name, encoding, delimiter)
            above = [(0, list(self.sheet.headers))]
            rows = above + list(islice(self.sheet, MAX_LINES + HEADER_WITHIN))
        except UploadRefused as refusal:
            raise BankFileRefused(str(refusal)) from None
        if len(rows) > MAX_LINES + HEADER_WITHIN:
            raise too_many()
        place = _header_place(
            [[_text(cell) for cell in cells] for _n, cells in rows[:HEADER_WITHIN]]
        )
        self.headers = [_text(cell) for cell in rows[place][1]]
        self.rows = rows[place + 1 :]

    def guess(self, kept: Mapping[str, str]) -> dict[str, str]:
        """Return {header: column}: what was kept of the last time, else what the headers say."""
        guessed = matching.guess(COLUMNS, self.headers)
        taken = {name for header, name in kept.items() if header in self.headers}
        mapping = {g.header: g.column for g in guessed if g.column and g.column not in taken}
        return mapping | {h: n for h, n in kept.items() if h in self.headers and n in LABELS}

    def samples(self, header: str, count: int = 3) -> list[str]:
        """Return the first texts below a header."""
        texts = (_text(value) for value in self.values(header))
        return [text[:60] for text, _place in zip(filter(None, texts), range(count), strict=False)]

    def values(self, header: str) -> Iterator[Any]:
        place = self.headers.index(header)
        return (cells[place] for _number, cells in self.rows if len(cells) > place)

    def date_order(self, header: str) -> str:
        """Return how a column writes 3/4/2026: by a day that is no month, else as the school."""
        for value in self.values(header):
            match = re.match(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]", _text(value))
            if match and int(match[1]) > 12:
                return reading.DAY_FIRST
            if match and int(match[2]) > 12:
                return reading.MONTH_FIRST
        return reading.day_order()


def read(
    table: Table, mapping: Mapping[str, str], *, account: str, currency: str, date_order: str
) -> BankFile:
    """Return the lines of a table by {header: column}; raises `BankFileRefused` with its row."""
    places = {name: table.headers.index(header) for header, name in mapping.items()}
    lines, left_out = [], 0
    for number, cells in table.rows:
        values = {name: cells[at] if at < len(cells) else None for name, at in places.items()}
        try:
            row = _line(values, account, currency, date_order)
        except ValueError as error:
            raise BankFileRefused(
                _("Row %(number)d: %(problem)s") % {"number": number, "problem": error}
            ) from None
        if row is None:
            left_out += 1
        else:
            lines.append(row)
    note = _("Rows without a day or an amount were left out: %(count)d.") % {"count": left_out}
    return checked("csv", lines, [note] if left_out else [])


def _header_place(rows: Sequence[Sequence[str]]) -> int:
    """Return which of the first rows has the most headers that mean something."""
    known = [sum(bool(guess.column) for guess in matching.guess(COLUMNS, row)) for row in rows]
    return known.index(max(known))


def _line(values: Mapping[str, Any], account: str, currency: str, date_order: str) -> Line | None:
    """Return the line of a row; None for a row of something else (a total, an empty one)."""
    day_text, amount = _text(values.get("booking_date")), _signed(values)
    if not day_text or amount is None:
        return None
    code = _text(values.get("currency")).upper() or currency
    places = exponents().get(code)
    if places is None:
        raise ValueError(_("“%(code)s” is no currency of ISO 4217.") % {"code": code[:10]})
    if amount != round(amount, places):
        raise ValueError(
            _("“%(amount)s” has too many digits for %(code)s.") % {"amount": amount, "code": code}
        )
    return line(
        booking_date=_day(values["booking_date"], date_order),
        amount=round(amount, places),
        currency=code,
        account=account,
        party=_text(values.get("party")),
        party_account=_text(values.get("party_account")),
        message=" ".join(filter(None, (_text(values.get(name)) for name in ("message", "more")))),
        bank_reference=_text(values.get("bank_reference")),
    )


def _signed(values: Mapping[str, Any]) -> Decimal | None:
    """Return what came in (above zero) or went out, of whichever columns say it."""
    amount = _amount(values.get("amount"))
    if amount is None:
        came, went = _amount(values.get("credit")), _amount(values.get("debit"))
        if came is None and went is None:
            return None
        return abs(came or Decimal(0)) - abs(went or Decimal(0))
    side = _text(values.get("direction")).casefold()
    if side in SIDES["in"] | SIDES["out"]:
        return abs(amount) if side in SIDES["in"] else -abs(amount)
    return amount


def _amount(value: Any) -> Decimal | None:
    """Return the number of a cell: 1.234,50  -120.50  120,50-  (120.50)  120.50 DR  € 12."""
    text = _text(value)
    if not text:
        return None
    plain = SIGNS.sub("", text).strip()
    is_out = plain.endswith("-") or (plain.startswith("(") and plain.endswith(")"))
    is_out = is_out or OUT.search(text) is not None
    try:
        amount = numbers.read(plain.strip("()").rstrip("-").strip(), has_thousands=True)
    except ValueError:
        raise ValueError(_("“%(text)s” is not an amount.") % {"text": text[:40]}) from None
    if abs(amount) >= MAX_AMOUNT:
        raise ValueError(_("“%(text)s” is too large.") % {"text": text[:40]})
    return -abs(amount) if is_out else amount


def _day(value: Any, date_order: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return _written_day(" ".join(_text(value).replace(",", " ").split()), date_order)


@lru_cache(maxsize=2000)
def _written_day(text: str, date_order: str) -> date:
    for words in (text, re.split(r"[T ]", text)[0]):
        for form in (*DAYS, *SLASHES[date_order]):
            try:
                return datetime.strptime(words, form).date()  # noqa: DTZ007 - a day alone
            except ValueError:
                continue
    raise ValueError(_("“%(text)s” is not a date.") % {"text": text[:40]})


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
