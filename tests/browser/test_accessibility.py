"""The pages as they open, in every look; what opens within them is checked where it is opened."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import accessible, every_look, problems

pytestmark = pytest.mark.browser


def check(page, site, paths):
    """Fail with what is wrong with any of the pages, in any look."""
    found = []
    for path in paths:
        page.goto(site.url(path))
        for drawing in page.locator("[data-rep-drawing]").all():
            expect(drawing).to_have_attribute("aria-busy", "false")
        for look in every_look(page):
            found.extend(f"{path} ({look}): {problem}" for problem in problems(page))
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_the_sign_in_page(page, site):
    check(page, site, ["/login/"])


def test_the_students_pages(page, site, sign_in):
    sign_in(site.school.student.email)
    check(page, site, ["/", "/profile/"])


def test_the_staffs_pages(page, site, sign_in):
    sign_in(site.school.admin.email)
    paths = [
        "",
        "core/user/",
        f"academics/schoolclass/{site.school.school_class.pk}/change/",
        "reports/",
        "reports/class_fill_v1/",
        "reporting/export/",
        "core/user/import/",
    ]
    check(page, site, [f"/admin/{path}" for path in paths])


WRONG = """<html lang="en"><title>Wrong</title>
<p style="color: #ccc">Too pale</p>
<input id="nameless">
<input id="described" aria-label="Described" aria-describedby="nowhere">
"""


def test_mistakes_are_told_with_their_elements(page):
    page.set_content(WRONG)
    with pytest.raises(pytest.fail.Exception) as failure:
        accessible(page)
    told = failure.value.msg
    assert "color-contrast: Elements must meet minimum color contrast ratio" in told
    assert "\n  p\n    Element has insufficient color contrast of 1.6 " in told
    assert "label: Form elements must have labels (1)\n  #nameless\n" in told
    assert 'aria-describedby="nowhere"' in told
    accessible(page, exclude=["p", "#nameless", "#described"])
