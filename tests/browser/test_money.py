"""The desk takes a payment: by the invoice's number, with a change of mind."""

from datetime import date

from core.rls import tenant_context
from finance.models import Invoice, Payment
from tests.finance.conftest import bill


def test_the_desk_takes_a_payment_and_takes_it_back(page, site, sign_in):
    school = site.school
    with tenant_context(school.tenant, school.admin):
        bill(school, "B-1", 80, due_date=date(2026, 1, 20))
        bill(school, "B-2", 30, due_date=date(2026, 2, 20))
    sign_in(school.admin.email)
    page.get_by_text("Money").first.wait_for()
    page.goto(site.url("/admin/take-payment/"))
    page.get_by_label("Student, or number of an invoice").fill("b-2")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Payment of").first.wait_for()

    # The amount is spread as it is typed: the invoice that was asked for, then the earliest due.
    amount = page.get_by_label("Amount received")
    assert amount.input_value() == "30.00"
    amount.fill("1,000")
    shares = {name: page.get_by_label(f"For invoice {name}") for name in ("B-1", "B-2")}
    assert {name: box.input_value() for name, box in shares.items()} == {
        "B-1": "80.00", "B-2": "30.00",
    }  # fmt: skip
    amount.fill("50")
    assert [box.input_value() for box in shares.values()] == ["20.00", "30.00"]
    # Another share by hand stays.
    shares["B-1"].fill("5")
    amount.fill("40")
    assert [box.input_value() for box in shares.values()] == ["5", "30.00"]
    page.get_by_text("Becomes credit of the family: 5.00").wait_for()
    page.get_by_label("Method").select_option("cash")
    page.get_by_role("button", name="Record the payment").click()
    page.get_by_role("heading", name="Receipt").first.wait_for()
    page.get_by_role("button", name="Print").wait_for()

    # Back, and sent once more: the same payment.
    receipt = page.url
    page.go_back()
    page.get_by_role("button", name="Record the payment").click()
    page.get_by_role("heading", name="Receipt").first.wait_for()
    assert page.url == receipt
    page.get_by_text("This payment was recorded already, once.").wait_for()

    # It was a mistake.
    page.get_by_role("link", name="The payment").click()
    page.get_by_role("link", name="Reverse").click()
    page.get_by_label("Reason").fill("Of another family")
    page.get_by_role("button", name="Reverse the payment").click()
    page.get_by_text("It was taken back.").wait_for()
    with tenant_context(school.tenant, school.admin):
        assert Payment.objects.get(reversed=40).amount == 40
        open_again = Invoice.objects.filter(invoice_number__startswith="B-").order_by("due_date")
        assert [str(invoice.balance) for invoice in open_again] == ["80.00", "30.00"]
