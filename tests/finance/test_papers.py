"""Invoices, receipts and credit notes: what is on the paper, read back from the PDF."""

import io
from decimal import Decimal

import pytest
from pypdf import PdfReader

from core.rls import tenant_context
from finance.models import CreditNote, Invoice, Sponsor
from finance.papers import details, documents
from finance.services import invoices, payments
from tests.finance.conftest import bill, pay, use_settings

LETTERHEAD = {
    "address": "1 School Lane\nSpringfield",
    "bank_details": "IBAN DE02 1203 0000 0000 2020 51\nBank of Springfield",
    "tax_number": "12/345/6789",
    "tax_name": "VAT",
    "tax_percent": "19",
    "invoice_note": "Thank you.",
}


def pages(papers):
    """Return the text of each page of (PDF, number)."""
    pdf, _count = papers
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.fixture
def tuition(school):
    """An issued invoice of two lines, 1,190.00 in all."""
    lines = [
        invoices.Line("Tuition, autumn *term*", quantity=2, unit_price=Decimal("600.00")),
        invoices.Line("Sibling", unit_price=Decimal("-10.00"), discount_kind="sibling"),
    ]
    row = invoices.draft(student=school.student, lines=lines, currency="USD")
    invoices.issue([row])
    return Invoice.objects.get(pk=row.pk)


def test_an_invoice_has_lines_sums_tax_and_how_to_pay(school, tuition):
    use_settings(school, **LETTERHEAD)
    pay(tuition, "190.00")
    [text] = pages(documents.invoices([tuition.pk]))
    for part in (
        "School A 1 School Lane Springfield",
        f"Invoice {tuition.invoice_number}",
        f"For {school.student.name}",
        "Tuition, autumn *term* 2 600.00 1,200.00",
        "Sibling 1 -10.00 -10.00",
        "Amount 1,190.00 USD",
        "19 % VAT included 190.00 USD",
        "-190.00 USD",
        "Still to pay 1,000.00 USD",
        "IBAN DE02 1203 0000 0000 2020 51",
        f"Reference: {tuition.invoice_number}",
        "Thank you.",
        "Tax number: 12/345/6789",
        "Page 1 of 1",
    ):
        assert part in text


def test_without_settings_there_is_no_line_of_them(school, tuition):
    use_settings(school)
    [text] = pages(documents.invoices([tuition.pk]))
    assert "included" not in text
    assert "How to pay" not in text
    assert "Tax number" not in text


def test_a_paid_invoice_does_not_say_how_to_pay(school, tuition):
    use_settings(school, **LETTERHEAD)
    pay(tuition, tuition.amount)
    [text] = pages(documents.invoices([tuition.pk]))
    assert "Still to pay 0.00 USD" in text
    assert "IBAN" not in text


def test_a_cancelled_invoice_and_a_draft_say_so(school, tuition):
    invoices.cancel(invoice=tuition, reason="a mistake")
    draft = invoices.draft(student=school.student, lines=[invoices.Line("Bus", unit_price=5)])
    [text] = pages(documents.invoices([tuition.pk]))
    assert "Cancelled" in text
    assert "Still to pay nothing" in text
    [text] = pages(documents.invoices([draft.pk]))
    assert "Draft of an invoice" in text
    assert "Still to pay" not in text


def test_many_invoices_are_one_file_each_with_its_own_pages(school, tuition):
    other = bill(school, "Z-2")
    texts = pages(documents.invoices([tuition.pk, other.pk]))
    assert [text.count("Page 1 of 1") for text in texts] == [1, 1]
    assert "Z-2" in texts[1]


def test_a_receipt_names_what_was_paid_and_what_is_left(school, tuition):
    use_settings(school, **LETTERHEAD)
    payment = payments.record(
        student=school.student,
        amount=Decimal("1250.00"),
        currency="USD",
        payment_method="cheque",
        transaction_id="CH-77",
        shares={tuition: tuition.amount},
    )
    [text] = pages(documents.receipts([payment.pk]))
    for part in (
        "Receipt R-",
        "Cheque, CH-77",
        f"{tuition.invoice_number} 1,190.00 0.00",
        "Received 1,250.00 USD",
        "Credit 60.00 USD",
    ):
        assert part in text


def test_a_credit_note_names_invoice_reason_and_payer(school, tuition):
    sponsor = Sponsor.objects.create(name="Good Works", address="2 Charity Road")
    row = bill(school, "S-1", payer_sponsor=sponsor)
    note = CreditNote.objects.create(invoice=row, amount=40, reason="moved away")
    note.refresh_from_db()
    [text] = pages(documents.credit_notes([note.pk]))
    for part in (
        f"Credit note {note.credit_note_number}",
        "Good Works 2 Charity Road",
        "Invoice S-1",
        "moved away 40.00",
        "Credited 40.00 USD",
    ):
        assert part in text


def test_who_may_not_see_the_row_gets_no_paper(cast, school, tuition):
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert documents.invoices([tuition.pk]) == (b"", 0)
    with tenant_context(school.tenant, school.other_student):
        assert documents.invoices([tuition.pk]) == (b"", 0)
    with tenant_context(school.tenant, school.student):
        assert documents.invoices([tuition.pk])[1] == 1


@pytest.mark.parametrize("percent", ["x", "-1", "NaN", "200", None, []])
def test_odd_tax_is_no_tax(school, percent):
    use_settings(school, tax_percent=percent)
    assert details.of_school().tax_percent == 0


def test_tax_has_the_decimals_of_the_currency():
    school = details.Details(tax_percent=Decimal(10))
    assert school.tax_in(Decimal(1000), "JPY") == 91
    assert str(school.tax_in(Decimal("1.000"), "KWD")) == "0.091"
