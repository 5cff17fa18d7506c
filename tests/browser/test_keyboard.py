"""Everything that a click opens opens by keyboard as well."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# What Alpine's attributes make clickable, is seen, and Tab leads past.
UNREACHED = r"""() => [...document.querySelectorAll("*")]
  .filter(one => one.getAttributeNames().some(name =>
    /^(x-on:|@)click(\.|$)/.test(name) && !/\.(outside|away|window|document)/.test(name)))
  .filter(one => one.getClientRects().length && one.checkVisibility({visibilityProperty: true}))
  .filter(one => one.tabIndex < 0 || one.matches("a:not([href], [tabindex])"))
  .map(one => one.outerHTML.slice(0, 120))"""


def clickable_only(page):
    """Return the elements of the page that can be clicked only, on a wide and a small screen."""
    elements = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        elements.extend(page.evaluate(UNREACHED))
    return elements


def test_nothing_can_be_clicked_only(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    for path in [
        "",
        "core/user/",
        "core/user/add/",
        f"core/user/{school.student.pk}/change/",
        f"academics/schoolclass/{school.school_class.pk}/change/",
        "academics/schoolclass/add/",
        f"academics/schoolclass/{school.school_class.pk}/delete/",
        f"academics/schoolclass/{school.school_class.pk}/history/",
        "finance/invoice/",
        "finance/payment/add/",
        f"students/{school.student.pk}/",
        "reports/",
        "timetable/",
        "gradebook/",
        "core/user/import/",
        "core/auditlog/",
    ]:
        page.goto(site.url(f"/admin/{path}"))
        assert clickable_only(page) == [], path


def test_what_can_be_clicked_only_is_noticed(page):
    page.set_content("""<html lang="en"><title>Wrong</title>
        <span x-on:click="open = true">Open</span> <a @click="open = true">Open</a>
        <button x-on:click="open = true">Open</button> <nav x-on:click.outside="close()">x</nav>
        <p hidden x-on:click="open = true">Open</p>""")
    assert len(clickable_only(page)) == 2 * 2


def press_on(page, role, name):
    """Press Enter on a button by its name, as one who came to it by Tab."""
    button = page.get_by_role(role, name=name, exact=True)
    button.focus()
    page.keyboard.press("Enter")
    return button


def test_the_user_menu_signs_out(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    page.goto(site.url("/admin/"))
    button = page.locator("button[aria-controls=user-menu]")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Light")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#user-menu")).to_be_hidden()

    page.keyboard.press("Enter")
    sign_out = page.locator("#logout-form button")
    while not sign_out.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")
        assert page.locator("#user-menu :focus").count() == 1
    page.keyboard.press("Enter")
    expect(page).to_have_url(site.url("/login/"))


def test_a_group_of_the_menu_stays_as_it_was_left(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/core/user/"))
    for name, first, then in [("Money", "false", "true"), ("People", "true", "false")]:
        group = page.get_by_role("navigation").get_by_role("button", name=name, exact=True)
        expect(group).to_have_attribute("aria-expanded", first)
        group.focus()
        page.keyboard.press("Enter")
        expect(group).to_have_attribute("aria-expanded", then)
    page.goto(site.url("/admin/core/guardian/"))
    for name, state in [("Money", "true"), ("People", "false"), ("Grades", "false")]:
        group = page.get_by_role("navigation").get_by_role("button", name=name, exact=True)
        expect(group).to_have_attribute("aria-expanded", state)
    expect(page.get_by_role("link", name="Invoices", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Students", exact=True)).to_be_hidden()


def test_the_filters_take_the_focus_and_give_it_back(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/core/user/"))
    panel = page.locator("#changelist-filter")
    button = press_on(page, "button", "Filters")
    close = page.get_by_role("button", name="Close the filters")
    expect(close).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(close).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    expect(panel).to_be_visible()
    page.mouse.click(200, 600)
    expect(panel).to_be_hidden()


def test_the_menu_and_more_on_a_small_screen(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    page.goto(site.url("/admin/"))
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(site.url(f"/admin/academics/schoolclass/{school.school_class.pk}/change/"))
    sidebar = page.locator("#nav-sidebar")
    expect(sidebar).to_be_hidden()
    button = press_on(page, "button", "Menu")
    expect(sidebar).to_be_visible()
    expect(page.locator("#nav-sidebar :focus")).to_have_count(1)
    press_on(page, "button", "Close the menu")
    expect(sidebar).to_be_hidden()
    expect(button).to_be_focused()

    more = press_on(page, "button", "More")
    expect(page.get_by_role("link", name="Gradebook").last).to_be_visible()
    page.keyboard.press("Escape")
    expect(more).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#page-actions")).to_be_hidden()


def test_the_menu_beside_a_field_opens_by_keyboard(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/academics/schoolclass/add/"))
    button = page.locator("[data-menu][aria-controls^=related-widget-wrapper]").first
    button.focus()
    page.keyboard.press("Enter")
    menu = page.locator(f"#{button.get_attribute('aria-controls')}")
    expect(menu).to_be_visible()
    expect(menu.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
