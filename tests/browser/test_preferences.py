"""A teacher chooses dark colours and a page to begin with; another device knows both."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser
DARK = re.compile(r"\bdark\b")


def test_what_one_chooses_holds_on_every_device(page, site, sign_in):
    sign_in(site.school.teacher.email)
    page.get_by_role("button", name=site.school.teacher.name).click()
    page.get_by_role("link", name="Preferences").click()
    accessible(page)
    page.get_by_label("Colours").select_option("Dark")
    page.get_by_label("Tables and lists").select_option("compact")
    page.get_by_label("Begin with").select_option(label="Students")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(site.url("/admin/students/"))
    expect(page.get_by_text("Your preferences are saved.")).to_be_visible()
    expect(page.locator("html")).to_have_class(DARK)

    # Another device: what it kept before gives way once, and its own switch holds afterwards.
    page.context.clear_cookies()
    page.goto(site.url("/login/"))
    page.evaluate("localStorage.clear(); localStorage.setItem('adminTheme', '\"light\"')")
    sign_in(site.school.teacher.email)
    expect(page).to_have_url(site.url("/admin/students/"))
    expect(page.locator("html")).to_have_class(DARK)
    page.get_by_role("button", name=site.school.teacher.name).click()
    page.get_by_role("button", name="Light").click()
    page.reload()
    expect(page.locator("html")).not_to_have_class(DARK)
    page.goto(site.url("/profile/"))
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
