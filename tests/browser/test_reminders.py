"""The office reminds a family of an overdue invoice: the text first, by keyboard alone."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.defaults import today
from core.rls import tenant_context
from tests.browser.accessibility import accessible, every_look
from tests.finance.conftest import bill

pytestmark = pytest.mark.browser


def test_an_overdue_invoice_is_reminded_of(page, site, sign_in):
    school = site.school
    with tenant_context(school.tenant, school.admin):
        due = today() - timedelta(days=10)
        bill(school, "L-1", "1250.00", issue_date=due, due_date=due)
    sign_in(school.admin.email)
    page.goto(site.url("/admin/money/reminders/settings/"))
    for _look in every_look(page):
        accessible(page)
    page.get_by_label("Subject").first.fill("Please look at {number}")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("The reminders were saved.")).to_be_visible()

    page.goto(site.url("/admin/money/reminders/"))
    row = page.get_by_role("listitem").filter(has_text="L-1")
    expect(row.get_by_text("1,250.00 USD still to pay")).to_be_visible()
    row.locator("summary").press("Enter")
    expect(row.get_by_text("1,250.00 USD of invoice L-1 for Student")).to_be_visible()
    expect(row.get_by_text("Please look at L-1")).to_be_visible()
    for _look in every_look(page):
        accessible(page)
    for box in page.get_by_role("checkbox", name="INV").all():
        box.uncheck()
    page.get_by_role("button", name="Send the ticked reminders").press("Enter")
    expect(page.get_by_text("1 reminder was sent.")).to_be_visible()
    sent = page.get_by_role("listitem").filter(has_text="L-1")
    expect(sent.get_by_text("It was reminded of today.")).to_be_visible()

    page.get_by_role("link", name="Reminders that were sent").press("Enter")
    expect(page).to_have_url(site.url("/admin/finance/paymentreminder/"))
