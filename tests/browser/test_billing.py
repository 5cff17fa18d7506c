"""Billing a class: look at every invoice, issue them, and take it back."""

import pytest
from playwright.sync_api import expect

from core.rls import tenant_context
from finance.models import FeePlan, FeePlanItem, Invoice
from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser


def test_everybody_of_a_class_is_billed_and_it_is_undone(page, site, sign_in):
    school = site.school
    with tenant_context(school.tenant, school.admin):
        plan = FeePlan.objects.create(
            name="Materials", audience="class", school_class=school.school_class
        )
        FeePlanItem.objects.create(plan=plan, fee=school.fee)
    sign_in(school.admin.email)
    page.goto(site.url(f"/admin/finance/feeplan/{plan.pk}/change/"))
    page.get_by_role("link", name="Bill…").click()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("This field is required.", exact=True)).to_be_visible()
    accessible(page)
    page.get_by_label("Period").fill("2026-09")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Nothing is issued yet.")).to_be_visible()
    row = page.locator("tbody tr").filter(has_text=school.student.name).first
    expect(row).to_contain_text("Lunch 10.00")
    expect(row).to_contain_text("Scholarship -1.00")
    expect(row).to_contain_text("9.00 USD")
    accessible(page)
    page.get_by_role("button", name="Issue").click()
    expect(page.get_by_text("invoice was issued.")).to_be_visible()
    accessible(page)
    with tenant_context(school.tenant, school.admin):
        [invoice] = Invoice.objects.filter(plan_charges__plan=plan)
        assert (invoice.student, str(invoice.balance)) == (school.student, "9.00")
    page.get_by_role("link", name="Undo…").click()
    accessible(page)
    page.get_by_role("button", name="Undo the billing").click()
    expect(page.get_by_text("The billing was undone.")).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        invoice.refresh_from_db()
        assert invoice.status == "cancelled"
