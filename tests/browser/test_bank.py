"""A statement of the bank: upload, columns, review, post; the same file again posts nothing."""

import pytest
from playwright.sync_api import expect

from core.rls import tenant_context
from finance.models import Payment
from tests.browser.accessibility import accessible
from tests.factories import finance

pytestmark = pytest.mark.browser
TABLE = """Account;GB33BUKB20201555555555

Day;Who;Purpose;Value
05.03.2026;STUDENT;Bill BANK 0001;10,00
06.03.2026;City council;Grant;5.000,00
07.03.2026;Power company;Electricity;-240,00
"""


def test_a_table_is_imported_posted_and_never_twice(page, site, sign_in, tmp_path):
    school = site.school
    with tenant_context(school.tenant, school.admin):
        invoice = finance.invoice(student=school.student, invoice_number="BANK-0001")
    file = tmp_path / "march.csv"
    file.write_text(TABLE, encoding="utf-16")
    sign_in(school.admin.email)

    page.goto(site.url("/admin/finance/bankstatement/"))
    page.get_by_role("link", name="Import a file").click()
    accessible(page)
    page.get_by_label("File of the bank").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()

    page.get_by_role("button", name="Import the lines").click()
    expect(page.get_by_role("alert").get_by_text("Say which column holds the day.")).to_be_visible()
    accessible(page)
    for header, meaning in (
        ("Day", "Booked on"),
        ("Who", "Name"),
        ("Purpose", "Text"),
        ("Value", "Amount"),
    ):
        page.get_by_label(header, exact=True).select_option(label=meaning)
    page.get_by_label("Account", exact=True).fill("GB33 BUKB 2020 1555 5555 55")
    page.get_by_role("button", name="Import the lines").click()

    expect(page.get_by_text("3 new lines.")).to_be_visible()
    paid = page.locator("tbody tr").filter(has_text="Bill BANK 0001")
    expect(paid.get_by_role("checkbox")).to_be_checked()
    expect(paid).to_contain_text("100 of 100")
    accessible(page)
    grant = page.locator("tbody tr").filter(has_text="City council")
    expect(grant.get_by_role("checkbox")).not_to_be_checked()
    grant.get_by_text("Ignore…").click()
    grant.get_by_label("Why the line is ignored").fill("A grant")
    grant.get_by_role("button", name="Ignore the line").click()
    expect(page.get_by_text("The line is ignored.")).to_be_visible()
    page.get_by_role("button", name="Post the ticked lines").click()
    expect(page.get_by_text("1 payment was recorded.")).to_be_visible()
    expect(page.get_by_text("Nothing waits here")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Posted").click()
    expect(page.get_by_role("link", name=f"Payment of {school.student.name}")).to_be_visible()
    accessible(page)

    page.goto(site.url("/admin/bank-statements/upload/"))
    page.get_by_label("File of the bank").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("This file was imported already. Nothing was added.")).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        assert Payment.objects.filter(payment_method="bank_transfer").count() == 1
        invoice.refresh_from_db()
        assert (invoice.status, str(invoice.balance)) == ("paid", "0.00")
