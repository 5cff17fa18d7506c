"""The search in the header, by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser


@pytest.fixture
def box(page, site, sign_in):
    """The box of the search on the first page, closed."""
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/"))
    return page.get_by_role("combobox", name="Search")


def test_a_student_is_found_without_the_mouse(page, site, box):
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(page.get_by_role("option", name="Dashboard")).to_be_visible()
    box.press_sequentially("student")
    student = page.get_by_role("option", name=re.compile("^Student ")).first
    expect(student).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    expect(student).to_have_attribute("aria-selected", "false")
    box.press("ArrowUp")
    expect(box).to_have_attribute("aria-activedescendant", student.get_attribute("id"))
    accessible(page)
    box.press("Enter")
    page.wait_for_url("**/students/*/")


def test_escape_gives_the_focus_back(page, box):
    button = page.get_by_role("button", name="Search")
    button.press("Enter")
    expect(box).to_be_focused()
    box.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Control+k")
    expect(box).to_be_focused()


def test_a_slash_in_a_field_is_a_slash(page, site, box):
    page.goto(site.url("/admin/core/user/add/"))
    name = page.locator("#id_name")
    name.press_sequentially("a/b")
    expect(name).to_have_value("a/b")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_nothing_and_no_answer_are_said(page, box):
    page.keyboard.press("Control+k")
    box.fill("xyzzyxyzzy")
    expect(page.get_by_text("Nothing was found.")).to_be_visible()
    page.route("**/admin/search/**", lambda route: route.fulfill(status=503, body="busy"))
    box.fill("student")
    expect(page.get_by_text("The search does not answer.")).to_be_visible()


def test_it_fits_a_phone(page, box):
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Search").click()
    box.fill("student")
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    accessible(page)
