"""The office makes the sessions of the coming weeks and looks at a teacher's, by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import accessible, every_look

pytestmark = pytest.mark.browser


def press_on(page, role, name):
    """Go to a control and press it, without a mouse."""
    page.get_by_role(role, name=name).focus()
    page.keyboard.press("Enter")


FETCH = """async (address) => {
  const answer = await fetch(address, { credentials: "omit" });
  return [answer.status, answer.headers.get("content-type")];
}"""


def fetched(page, address):
    """Fetch as a calendar program does, which is signed in nowhere."""
    return page.evaluate(FETCH, address)


def test_generate_sessions_and_look_at_the_week(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    page.goto(site.url("/admin/academics/closedday/"))
    press_on(page, "link", "Generate sessions")
    press_on(page, "button", "Preview")
    expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
    accessible(page)
    press_on(page, "button", re.compile(r"^Make 1\d sessions$"))
    expect(page.get_by_text(re.compile(r"1\d sessions were made"))).to_be_visible()

    page.get_by_role("combobox", name="Teacher").focus()
    page.keyboard.press("Enter")
    options = page.get_by_role("option", name=re.compile("@"))
    expect(options.nth(1)).to_be_visible()
    # Whoever types faster than the list comes gets nobody else.
    asked = []
    page.route(re.compile("/autocomplete/"), lambda route: asked.append(route))
    with page.expect_request(re.compile("/autocomplete/")):
        page.keyboard.type(school.teacher.email)
        page.keyboard.press("Enter")
    expect(options.nth(1)).to_be_visible()
    asked[-1].continue_()
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(options).to_have_count(0)
    press_on(page, "button", "Show")
    expect(page.get_by_role("heading", name="Timetable: Teacher")).to_be_visible()
    press_on(page, "link", "Next week")
    lesson = page.get_by_role("link", name=re.compile("^Own Class, Monday, .*, 10:00: attendance"))
    expect(lesson).to_be_visible()
    for _look in every_look(page):
        accessible(page)
    press_on(page, "link", re.compile("^Own Class, Monday"))
    expect(page).to_have_url(re.compile("/admin/register/"))


def test_a_teacher_makes_a_calendar_address(page, site, sign_in):
    sign_in(site.school.teacher.email)
    page.goto(site.url("/admin/timetable/"))
    press_on(page, "link", "Subscribe")
    press_on(page, "button", "Make my address")
    address = page.get_by_label("Your address").input_value()
    assert fetched(page, address) == [200, "text/calendar; charset=utf-8"]
    page.get_by_text("Change or remove the address").focus()
    page.keyboard.press("Enter")
    accessible(page)
    press_on(page, "button", "Make a new address")
    expect(page.get_by_label("Your address")).not_to_have_value(address)
    assert fetched(page, address)[0] == 404
