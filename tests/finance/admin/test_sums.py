"""The sums above the lists of invoices and payments: of the rows that the filters let through."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.rls import tenant_context
from finance.services import invoices, payments
from tests.factories.files import signed_in
from tests.finance.conftest import bill, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        day = cast.a.tenant.today()
        late = {"issue_date": day - timedelta(9), "due_date": day - timedelta(1)}
        first = bill(cast.a, "S-1", "1000.50", currency="EUR", **late)
        bill(cast.a, "S-2", 20, currency="EUR")
        gone = bill(cast.a, "S-3", 5, currency="EUR")
        invoices.cancel(invoice=gone, reason="x")
        payment = pay(first, "300.25", currency="EUR")
        payments.take_back(payment=payment, amount=Decimal(100), kind="refund", reason="x")
        bill(cast.a, "S-4", 2000, currency="JPY")
    return signed_in(cast.a, cast.a.admin)


def sums(page):
    return {currency: tuple(map(str, rest)) for currency, *rest in page.context["sums"]}


def test_the_list_of_invoices_says_what_is_still_to_pay(office):
    page = office.get("/admin/finance/invoice/", {"q": "S-"})
    assert sums(page) == {"EUR": ("820.25", "800.25"), "JPY": ("2000", "0.00")}
    assert "820.25 EUR" in " ".join(page.text.split())
    assert "(800.25 overdue)" in " ".join(page.text.split())
    # An issued invoice is only looked at.
    assert "1,000.50 EUR" in page.text


def test_the_list_of_payments_says_what_is_left_of_them(office):
    page = office.get("/admin/finance/payment/")
    assert sums(page)["EUR"] == ("200.25", "0")


def test_a_list_of_many_rows_has_no_sums(office, monkeypatch):
    monkeypatch.setattr("finance.admin.sums.MOST", 2)
    assert "sums" not in office.get("/admin/finance/invoice/").context
    # Nor has a single row, which says it itself.
    monkeypatch.setattr("finance.admin.sums.MOST", 100)
    assert "sums" not in office.get("/admin/finance/invoice/", {"q": "S-1"}).context


def test_an_issued_invoice_has_no_buttons_to_save(office, cast):
    address = f"/admin/finance/invoice/{cast.a.invoice.pk}/change/"
    assert 'name="_save"' not in office.get(address).text
    with tenant_context(cast.a.tenant, cast.a.admin):
        draft = bill(cast.a, None)
    page = office.get(f"/admin/finance/invoice/{draft.pk}/change/")
    assert 'name="_save"' in page.text
