"""CAMT.053: bookings, batches, what is not booked, and files that are something else."""

from datetime import date
from decimal import Decimal

import pytest

from finance.bank import camt
from finance.bank.lines import BankFileRefused

SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
PARTIES = """
<RltdPties><Dbtr><Pty><Nm>Anna  Müller</Nm></Pty></Dbtr>
<DbtrAcct><Id><IBAN>DE89 3704 0044 0532 0130 00</IBAN></Id></DbtrAcct></RltdPties>
"""


def entry(amount="100.00", side="CRDT", details="", status="<Sts><Cd>BOOK</Cd></Sts>", **more):
    reference = more.get("reference", "REF-1")
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{status}'
        f"<BookgDt><Dt>{more.get('day', '2026-03-05')}</Dt></BookgDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls>{details}</NtryDtls><AddtlNtryInf>Transfer</AddtlNtryInf></Ntry>"
    )


def detail(text, amount="", reference=""):
    refs = f"<Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs>" if reference else ""
    amount = f'<Amt Ccy="EUR">{amount}</Amt>' if amount else ""
    return f"<TxDtls>{refs}{amount}{PARTIES}<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"


def document(*entries, account="<IBAN>DE02120300000000202051</IBAN>", space=SPACE):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{space}"><BkToCstmrStmt><Stmt>'
        f"<Acct><Id>{account}</Id></Acct>{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def test_a_transfer_with_all_that_the_bank_says():
    [line] = camt.read(document(entry(details=detail("Invoice 2026-00042")))).lines
    assert (line.booking_date, line.amount, line.currency) == (
        date(2026, 3, 5),
        Decimal("100.00"),
        "EUR",
    )
    assert (line.account, line.party) == ("DE02120300000000202051", "Anna Müller")
    assert (line.party_account, line.message) == ("DE89370400440532013000", "Invoice 2026-00042")
    assert line.bank_reference == "REF-1"


def test_money_that_goes_out_is_below_zero():
    [line] = camt.read(document(entry(side="DBIT"))).lines
    assert (line.amount, line.message, line.party) == (Decimal("-100.00"), "Transfer", "")


def test_a_batch_is_its_transfers():
    parts = detail("a", "60.00", "REF-1") + detail("b", "40.00", "OWN-2")
    lines = camt.read(document(entry(details=parts))).lines
    assert [(row.amount, row.message, row.bank_reference) for row in lines] == [
        (Decimal("60.00"), "a", "REF-1/1"),
        (Decimal("40.00"), "b", "OWN-2"),
    ]


@pytest.mark.parametrize("parts", [("60.00", "39.00"), ("", ""), ("100.00", "")])
def test_a_batch_that_does_not_add_up_is_a_single_line(parts):
    details = "".join(detail("part", amount) for amount in parts)
    [line] = camt.read(document(entry(details=details))).lines
    assert (line.amount, line.bank_reference) == (Decimal("100.00"), "REF-1")


def test_only_what_is_booked_counts():
    file = camt.read(document(entry(), entry(status="<Sts>PDNG</Sts>", reference="P")))
    assert [row.bank_reference for row in file.lines] == ["REF-1"]
    assert file.notes == ["Lines that the bank has not booked yet were left out."]


def test_older_versions_and_other_accounts_are_read():
    old = document(
        entry(status="<Sts>BOOK</Sts>"),
        account="<Othr><Id>12-3456 / 7</Id></Othr>",
        space="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02",
    )
    assert camt.read(old).lines[0].account == "12-3456/7"


def test_an_encoding_is_as_the_file_declares_it():
    text = document(entry(details=detail("Gebühr"))).decode()
    for name in ("iso-8859-1", "utf-16"):
        data = text.replace("UTF-8", name).encode(name)
        assert camt.read(data).lines[0].message == "Gebühr"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<Document><BkToCstmrStmt><Stmt>&b;</Stmt></BkToCstmrStmt></Document>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<Document>&a;</Document>"""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (BOMB, "entities or a document type"),
        (OUTSIDE, "entities or a document type"),
        (b'<!DOCTYPE x SYSTEM "http://x.example/"><Document/>', "entities or a document type"),
        (b"<Document><a></Document>", "not correct XML"),
        (b'<?xml version="1.0" encoding="nope"?><a/>', "not correct XML"),
        (b"<html/>", "no bank statement"),
        (document(), "no booked lines"),
        (document(entry(amount="0.00")), "no booked lines"),
        (document(entry(amount="x")), "no amount"),
        (document(entry(amount="NaN")), "no amount"),
        (document(entry(amount="1e30")), "no amount"),
        (document(entry(day="soon")), "no day"),
    ],
)
def test_what_is_no_statement_is_refused_by_a_sentence(data, sentence):
    with pytest.raises(BankFileRefused, match=sentence):
        camt.read(data)


def test_a_file_of_thousands_of_levels_is_no_trouble():
    with pytest.raises(BankFileRefused, match="no bank statement"):
        camt.read(b"<a>" * 50_000 + b"</a>" * 50_000)
