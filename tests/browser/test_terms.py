"""By keyboard alone: a term is rolled over into one that is made on the way."""

import pytest
from playwright.sync_api import expect

from academics.models import SchoolClass
from core.rls import tenant_context
from tests.browser.accessibility import accessible, every_look

pytestmark = pytest.mark.browser


@pytest.fixture
def spring(site):
    """The school's classes in its term."""
    school = site.school
    with tenant_context(school.tenant, role="admin"):
        SchoolClass.objects.update(term=school.term)
    return school.term


def test_a_term_is_rolled_over_by_keyboard(page, site, sign_in, spring):
    sign_in("admin@browser.example")
    page.goto(site.url(f"/admin/academics/term/{spring.pk}/change/"))
    page.get_by_role("link", name="Roll over into the next term").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no term after this one yet.")).to_be_visible()
    page.get_by_label("Name", exact=False).first.focus()
    page.keyboard.type("Autumn")
    for label, day in (("First day", "2026-09-01"), ("Last day", "2026-12-20")):
        page.get_by_label(label).fill(day)
    page.get_by_label("Name of the new academic year").focus()
    page.keyboard.type("2026/27")
    accessible(page)
    page.get_by_label("Name of the new academic year").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Autumn (2026/27) was added.")).to_be_visible()

    first = page.get_by_role("checkbox", name="Other Class (OTHER_C1)")
    expect(first).to_be_checked()
    first.focus()
    page.keyboard.press("Space")
    students = page.get_by_label("Students of Own Class (C1) go to", exact=True)
    students.focus()
    page.keyboard.type("The c")
    expect(students).to_have_value("copy")
    for _look in every_look(page):
        accessible(page)
    page.get_by_role("button", name="Roll over", exact=True).focus()
    page.keyboard.press("Enter")

    done = page.get_by_role("heading", name="Spring (2025/26) is rolled over", level=2)
    expect(done).to_be_visible()
    row = page.get_by_role("row", name="Own Class (C1)")
    expect(row.get_by_role("cell").first).to_have_text("1")
    accessible(page)
    row.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("First day")).not_to_have_value("")
    page.goto(site.url("/admin/academics/enrollment/"))
    scope = page.get_by_role("navigation", name="Term", exact=True)
    expect(scope).to_contain_text("the current term")
    accessible(page)
