"""A table of the bank: headers, separators, characters, amounts and days as banks write them."""

from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from core.rls import tenant_context
from finance.bank import reading, table
from finance.bank.lines import BankFileRefused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def school(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def opened(tmp_path, text, encoding="utf-8", name="bank.csv", **options):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return table.Table(path, name, **options)


def read(lines, mapping=None, **options):
    usual = {"account": "DE1", "currency": "USD", "date_order": "dmy"}
    return table.read(lines, mapping or lines.guess({}), **usual | options)


def amounts(tmp_path, *texts, **columns):
    text = "Date;Amount\n" + "".join(f"2026-03-05;{text}\n" for text in texts)
    return [str(row.amount) for row in read(opened(tmp_path, text, delimiter=";")).lines]


GERMAN = """Kontonummer;DE02 1203 0000 0000 2020 51
Zeitraum;01.03.2026 - 31.03.2026

Buchungstag;Auftraggeber;Verwendungszweck;Betrag;Währung
05.03.2026;Müller, Anna;"Rechnung
2026-00042";1.250,50;EUR
06.03.2026;Stadtwerke;Strom;-240,00;EUR
;;Endsaldo;1.010,50;EUR
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le"])
def test_a_banks_export_is_read_in_any_encoding(tmp_path, encoding):
    lines = opened(tmp_path, GERMAN, encoding)
    assert lines.headers == ["Buchungstag", "Auftraggeber", "Verwendungszweck", "Betrag", "Währung"]
    file = read(lines)
    first, second = file.lines
    assert (first.booking_date, first.amount) == (date(2026, 3, 5), Decimal("1250.50"))
    assert (first.party, first.message) == ("Müller, Anna", "Rechnung 2026-00042")
    assert (first.currency, first.account) == ("EUR", "DE1")
    assert second.amount == Decimal("-240.00")
    assert file.notes == ["Rows without a day or an amount were left out: 1."]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_every_separator_is_detected(tmp_path, separator):
    rows = [["Date", "Description", "Amount"], ["2026-03-05", "Lunch", "12.50"]]
    text = "\n".join(separator.join(row) for row in rows)
    assert read(opened(tmp_path, text)).lines[0].amount == Decimal("12.50")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.5", "12.50"), ("12,50", "12.50"), ("1.250,50", "1250.50"), ("1'250.50", "1250.50"),
        ("1 250,50", "1250.50"), ("-12.50", "-12.50"), ("12,50-", "-12.50"), ("(12.50)", "-12.50"),
        ("−12.50", "-12.50"), ("12.50 DR", "-12.50"), ("12.50 CR", "12.50"),
        ("120,50 S", "-120.50"),
        ("€ 12,50", "12.50"), ("S/ 12.50", "12.50"),
        ("USD 12.50", "12.50"), ("+12.50", "12.50"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_banks_write_them(tmp_path, text, amount):
    assert amounts(tmp_path, text) == [amount]


def test_money_in_and_out_may_have_columns_of_their_own(tmp_path):
    text = "Date,Paid in,Paid out\n2026-03-05,10.00,\n2026-03-05,,-4.00\n2026-03-05,,3.00\n"
    assert [row.amount for row in read(opened(tmp_path, text)).lines] == [10, -4, -3]
    text = "Datum,Bedrag (EUR),Af Bij\n20260305,5.00,Bij\n20260305,4.00,Af\n"
    assert [row.amount for row in read(opened(tmp_path, text)).lines] == [5, -4]


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-03-05", "dmy", date(2026, 3, 5)), ("05.03.2026", "mdy", date(2026, 3, 5)),
        ("05.03.26", "dmy", date(2026, 3, 5)), ("20260305", "dmy", date(2026, 3, 5)),
        ("05/03/2026", "dmy", date(2026, 3, 5)), ("05/03/2026", "mdy", date(2026, 5, 3)),
        ("5 Mar 2026", "dmy", date(2026, 3, 5)), ("2026-03-05T10:00:00", "dmy", date(2026, 3, 5)),
        ("05/03/2026 10:00", "dmy", date(2026, 3, 5)),
    ],
)  # fmt: skip
def test_days_are_read_as_banks_write_them(tmp_path, text, order, day):
    lines = opened(tmp_path, f"Date,Amount\n{text},1.00\n")
    assert read(lines, date_order=order).lines[0].booking_date == day


@pytest.mark.parametrize(
    ("day", "order"), [("13/02/2026", "dmy"), ("02/13/2026", "mdy"), ("02/03/2026", "dmy")]
)
def test_the_order_of_day_and_month_is_proposed(tmp_path, day, order):
    assert opened(tmp_path, f"Date,Amount\n{day},1\n").date_order("Date") == order


def test_what_was_chosen_the_last_time_is_proposed(tmp_path):
    lines = opened(tmp_path, "Date,Amount,Odd,Description\n2026-03-05,1,Lunch,x\n")
    kept = {"Odd": "message", "Gone": "party", "Date": "nonsense"}
    assert lines.guess(kept) == {"Date": "booking_date", "Amount": "amount", "Odd": "message"}


def test_a_spreadsheet_is_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Date", "Amount", "Name"])
    book.active.append([date(2026, 3, 5), 12.5, "Anna"])
    book.save(tmp_path / "bank.xlsx")
    lines = table.Table(tmp_path / "bank.xlsx", "bank.xlsx")
    [line] = read(lines).lines
    assert (line.booking_date, str(line.amount), line.party) == (date(2026, 3, 5), "12.50", "Anna")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("soon,1.00,", "Row 2: “soon” is not a date."),
        ("2026-03-05,much,", "Row 2: “much” is not an amount."),
        ("2026-03-05,1.005,", "Row 2: “1.005” has too many digits for USD."),
        ("2026-03-05,1.00,XXY", "Row 2: “XXY” is no currency of ISO 4217."),
        ("2026-03-05,999999999999999,", "Row 2: “999999999999999” is too large."),
        (",,", "no booked lines"),
        ("2026-03-05,0.00,", "no booked lines"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_row(tmp_path, row, sentence):
    lines = opened(tmp_path, f"Date,Amount,Currency\n{row}\n", delimiter=",")
    with pytest.raises(BankFileRefused, match=sentence):
        read(lines)


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ("", "a.csv", "The file is empty."),
        ("PK\x03\x04x", "a.csv", "not a CSV file"),
        ("x" * 10, "a.xlsx", "not a readable XLSX"),
        ("\x00\x01\x02" * 20, "a.csv", "not a CSV file"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, name, sentence):
    with pytest.raises(BankFileRefused, match=sentence):
        opened(tmp_path, text, name=name)


def test_too_many_rows_and_bytes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("finance.bank.table.MAX_LINES", 5)
    rows = "2026-03-05,1.00\n" * 40
    with pytest.raises(BankFileRefused, match="shorter period"):
        opened(tmp_path, f"Date,Amount\n{rows}")
    monkeypatch.setattr("finance.bank.reading.MAX_BYTES", 5)
    with pytest.raises(BankFileRefused, match="larger than"):
        reading.read(tmp_path / "bank.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_format_is_told_by_what_is_in_the_file(tmp_path, encoding):
    path = tmp_path / "file"
    path.write_bytes("Date,Amount\n2026-03-05,1\n".encode(encoding))
    assert reading.read(path) is None
    path.write_bytes("<?xml version='1.0'?><a/>".encode(encoding))
    with pytest.raises(BankFileRefused, match="CAMT"):
        reading.read(path)
