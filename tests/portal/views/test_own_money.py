"""Papers of students and guardians: PDF of invoices, receipts and credit notes; how to pay."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from core.rls import tenant_context
from finance.models import CreditNote, Sponsor
from tests.finance.conftest import bill, pay, use_settings


@pytest.fixture
def papers(cast):
    """Return {page: id} of the student's papers, with the letterhead of school A."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        use_settings(cast.a, address="1 School Lane", bank_details="IBAN DE02", tax_percent="25")
        sponsor = Sponsor.objects.create(name="Good Works")
        invoice = bill(cast.a, "P-1", "12500.00", payer_sponsor=sponsor)
        payment = pay(invoice, "1000.00")
        note = CreditNote.objects.create(invoice=invoice, amount=10, reason="agreed")
    return {
        "invoice_pdf": invoice.pk,
        "receipt_pdf": payment.pk,
        "credit_note_pdf": note.pk,
    }


def text_of(response):
    assert response.status_code == 200
    return " ".join(PdfReader(io.BytesIO(response.content)).pages[0].extract_text().split())


@pytest.mark.parametrize("who", ["student", "guardian"])
def test_the_family_downloads_its_papers(client, cast, sign_in, papers, who):
    client = sign_in(client, cast.a, getattr(cast.a, who))
    prefix, child = ("my", []) if who == "student" else ("child", [cast.a.student.pk])
    for page, pk in papers.items():
        text = text_of(client.get(reverse(f"{prefix}_{page}", args=[*child, pk])))
        assert "P-1" in text
        assert "Good Works" not in text  # a sponsor is the office's business


@pytest.mark.parametrize("who", ["other_student", "other_guardian"])
def test_others_get_none(client, cast, sign_in, papers, who):
    client = sign_in(client, cast.a, getattr(cast.a, who))
    prefix, child = ("my", []) if who == "other_student" else ("child", [cast.a.student.pk])
    for page, pk in papers.items():
        assert client.get(reverse(f"{prefix}_{page}", args=[*child, pk])).status_code == 404


def test_the_page_shows_thousands_tax_and_how_to_pay(client, cast, sign_in, papers):
    client = sign_in(client, cast.a, cast.a.student)
    page = client.get(reverse("my_invoice", args=[papers["invoice_pdf"]])).content.decode()
    text = " ".join(page.split())
    for part in (
        "12,500.00 USD",
        "2,500.00 USD",  # 25 % in 12,500
        "25 % tax included",
        "IBAN DE02",
        "Reference: P-1",
        "11,490.00 USD",
        "1 School Lane",
    ):
        assert part in text
    listed = client.get(reverse("my_invoices")).content.decode()
    assert "11,490.00" in listed
