"""What is owed by age, down to an invoice, as a file; and the statement of the family behind it."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.defaults import today
from core.rls import tenant_context
from tests.browser.accessibility import accessible, every_look
from tests.finance.conftest import bill, pay

pytestmark = pytest.mark.browser


def test_the_office_finds_who_owes_what_and_states_the_account(page, site, sign_in):
    school = site.school
    with tenant_context(school.tenant, school.admin):
        due = today() - timedelta(days=40)
        invoice = bill(school, "L-1", "1250.00", issue_date=due, due_date=due, currency="EUR")
        pay(invoice, "50.00", currency="EUR", payment_date=due)
    sign_in(school.admin.email)
    page.goto(site.url("/admin/money/aging/"))
    for _look in every_look(page):
        accessible(page)
    page.get_by_label("By").select_option("payer")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.get_by_text("1,200.00 EUR still to pay, 1 invoice")).to_be_visible()
    for _look in every_look(page):
        accessible(page)
    page.get_by_role("link", name="1,200.00").first.press("Enter")
    expect(page.get_by_role("link", name="L-1")).to_be_visible()
    for _look in every_look(page):
        accessible(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").press("Enter")
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "L-1" in text
    assert "1200.00" in text

    # Before it was issued it was not owed; the school's two others were.
    day = page.get_by_label("End of")
    day.fill((today() - timedelta(days=41)).isoformat())
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.get_by_text("200.00 USD still to pay, 2 invoices")).to_be_visible()
    expect(page.get_by_role("link", name="L-1")).to_have_count(0)

    page.goto(site.url(f"/admin/statements/{school.student.pk}/"))
    for _look in every_look(page):
        accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").press("Enter")
    assert download.value.suggested_filename.startswith("statement-")
    page.get_by_role("button", name="Mail to the guardians").press("Enter")
    expect(page.get_by_text("1 mail is on its way.")).to_be_visible()
