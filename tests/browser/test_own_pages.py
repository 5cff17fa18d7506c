"""A guardian looks after two children, by keyboard alone."""

import pytest
from playwright.sync_api import expect

from core.models import StudentGuardian
from core.rls import tenant_context
from tests.browser.accessibility import accessible, every_look

pytestmark = pytest.mark.browser


@pytest.fixture
def family(site):
    """The guardian of the first student has the second one, too."""
    school = site.school
    with tenant_context(school.tenant, school.admin):
        StudentGuardian.objects.create(
            student=school.other_student, guardian=school.guardian_record, relation="other"
        )
    return school


def go(page, role, name):
    """Follow a link or press a button as somebody without a mouse does."""
    target = page.get_by_role(role, name=name, exact=True).first
    target.focus()
    expect(target).to_be_focused()
    page.keyboard.press("Enter")


def test_a_guardian_reads_the_pages_of_each_child(page, site, sign_in, family):
    sign_in(family.guardian.email)
    expect(page.get_by_role("heading", name="My children")).to_be_visible()
    accessible(page)

    go(page, "link", family.student.name)
    expect(page.get_by_role("heading", name=family.student.name)).to_be_visible()
    go(page, "button", "Mark all as read")
    expect(page.get_by_text("All results are marked as read.")).to_be_visible()

    go(page, "link", "Grades")
    expect(page.get_by_role("link", name="Grades")).to_have_attribute("aria-current", "page")
    page.get_by_label("Term").focus()
    page.keyboard.press("End")  # all terms
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("17 / 20")).to_be_visible()

    go(page, "link", "Invoices")
    go(page, "link", family.invoice.invoice_number)
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    expect(page.get_by_text("60.00 USD")).to_be_visible()

    go(page, "link", family.other_student.name)  # the same page about the other child
    expect(page).to_have_url(site.url(f"/children/{family.other_student.pk}/invoices/"))
    expect(page.get_by_text(family.other_invoice.invoice_number, exact=True)).to_be_visible()


def test_the_own_pages_are_accessible(page, site, sign_in):
    sign_in(site.school.student.email)
    klass = site.school.school_class.pk
    paths = ["/my/", "/my/classes/?term=all", f"/my/classes/{klass}/", "/my/grades/?term=all"]
    paths += ["/my/attendance/?term=all&status=all", f"/my/invoices/{site.school.invoice.pk}/"]
    for path in paths:
        page.goto(site.url(path))
        for _look in every_look(page):
            accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
