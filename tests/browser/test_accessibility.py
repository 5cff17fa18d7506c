"""The pages as they open, in every look; what opens within them is checked where it is opened."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import accessible, every_look, problems

pytestmark = pytest.mark.browser


def check(page, site, paths):
    """Fail with what is wrong with any of the pages, in any look."""
    violations = []
    for path in paths:
        page.goto(site.url(path))
        for drawing in page.locator("[data-rep-drawing]").all():
            expect(drawing).to_have_attribute("aria-busy", "false")
        for look in every_look(page):
            violations.extend(f"{path} ({look}): {problem}" for problem in problems(page))
    if violations:
        pytest.fail("\n".join(violations), pytrace=False)


def test_the_sign_in_page(page, site):
    check(page, site, ["/login/"])


@pytest.mark.apart
def test_the_students_pages(page, site, sign_in):
    sign_in(site.school.student.email)
    check(page, site, ["/", "/profile/"])


@pytest.mark.apart
def test_the_staffs_pages(page, site, sign_in):
    sign_in(site.school.admin.email)
    paths = [
        "",
        "core/user/",
        f"academics/schoolclass/{site.school.school_class.pk}/change/",
        f"academics/classsession/{site.school.session.pk}/change/",
        "reports/",
        "reports/class_fill_v1/",
        "exchange/export/",
        "core/user/import/",
    ]
    check(page, site, [f"/admin/{path}" for path in paths])


def test_fields_of_lists_of_rows_and_of_search_have_names(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    page.goto(site.url("/admin/academics/assignment/"))
    expect(page.get_by_role("combobox", name=f"Status, {school.assignment.title}")).to_be_visible()
    accessible(page)

    page.goto(site.url("/admin/finance/payment/add/"))
    box = page.get_by_role("combobox", name="Invoice")
    accessible(page)
    box.click()
    expect(page.get_by_role("searchbox", name="Invoice")).to_be_focused()
    accessible(page)
    number = school.invoice.invoice_number
    page.get_by_role("option", name=re.compile(f"^{number}")).click()
    # An invoice can be left out: its sign to clear the field comes first.
    expect(box).to_have_accessible_name(re.compile(f"^Invoice .*{number}"))


WRONG = """<html lang="en"><title>Wrong</title><main><h1>Wrong</h1>
<p style="color: #ccc">Too pale</p>
<input id="nameless">
<input id="described" aria-label="Described" aria-describedby="nowhere">
</main>"""


def test_violations_are_reported_with_their_elements(page):
    page.set_content(WRONG)
    with pytest.raises(pytest.fail.Exception) as failure:
        accessible(page)
    message = failure.value.msg
    assert "color-contrast: Elements must meet minimum color contrast ratio" in message
    assert "\n  p\n    Element has insufficient color contrast of 1.6 " in message
    assert "label: Form elements must have labels (1)\n  #nameless\n" in message
    assert 'aria-describedby="nowhere"' in message
    accessible(page, exclude=["p", "#nameless", "#described"])
