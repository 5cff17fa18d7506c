"""MT940: structured and plain texts, several accounts, reversals, damaged files."""

from datetime import date
from decimal import Decimal

import pytest

from finance.bank import mt940_file
from finance.bank.lines import BankFileRefused

TEXT = """:20:STARTUMSE
:25:70090100/1234567890
:28C:00010/001
:60F:C260101EUR1000,00
:61:2601050105CR120,50N062NONREF//BANKREF123
:86:166?00GUTSCHRIFT?109310?20EREF+NOTPROVIDED?21SVWZ+Rechnung 2026-00
?2242 Anna?30COBADEFF?31DE89370400440532013000?32MUELLER HANS
:61:2601060106RC20,00N020NONREF
:86:Returned
:62F:C260131EUR1100,50
-
:20:STARTUMSE
:25:999/888
:28C:00010/001
:60F:C260101EUR1000,00
:61:2601050105C1,00NTRFABC-1
:86:Lunch
:62F:C260131EUR1001,00
-
"""


def test_lines_of_several_accounts():
    lines = mt940_file.read(TEXT).lines
    assert [(row.account, row.amount) for row in lines] == [
        ("70090100/1234567890", Decimal("120.50")),
        ("70090100/1234567890", Decimal("-20.00")),
        ("999/888", Decimal("1.00")),
    ]
    first, _back, plain = lines
    assert (first.booking_date, first.currency) == (date(2026, 1, 5), "EUR")
    assert (first.party, first.party_account) == ("MUELLER HANS", "DE89370400440532013000")
    assert (first.message, first.bank_reference) == ("Rechnung 2026-0042 Anna", "BANKREF123")
    assert (plain.message, plain.bank_reference) == ("Lunch ABC-1", "")


def test_the_line_ends_of_windows_are_read():
    assert len(mt940_file.read(TEXT.replace("\n", "\r\n")).lines) == 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (TEXT.replace("CR120,50", "x"), "no correct MT940"),
        (TEXT.replace(":60F:C260101", ":60F:C269901"), "no correct MT940"),
        (":20:A\n:25:1/2\n:28C:1\n:60F:C260101EUR1,00\n:62F:C260101EUR1,00\n-", "no booked lines"),
    ],
)
def test_damaged_files_are_refused_by_a_sentence(text, sentence, caplog):
    with pytest.raises(BankFileRefused, match=sentence):
        mt940_file.read(text)
    assert caplog.text == ""  # what is in the file is nobody's business


def test_other_texts_are_none():
    assert not mt940_file.looks_like("Date;Amount\n:20:;1")
    assert mt940_file.looks_like(TEXT)
