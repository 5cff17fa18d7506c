"""Where the focus is when a dialog opens, after a save and after a refusal, and what is read."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser


def test_a_dialog_takes_the_focus_and_gives_it_back(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url(f"/admin/core/user/{site.school.student.pk}/change/"))
    opener = page.get_by_role("link", name="Set password")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Set a password")
    expect(dialog.locator("input[type=password]").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_after_a_save_the_focus_is_on_what_was_done(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url(f"/admin/academics/schoolclass/{site.school.school_class.pk}/change/"))
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_role("status").filter(has_text="was changed")).to_be_focused()


def test_errors_are_in_the_title_and_lead_to_their_fields(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/academics/schoolclass/add/"))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_title("Error: Add class | Browser School")
    summary = page.get_by_role("alert").filter(has_text="Please correct")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Name").click()
    expect(page.locator("#id_name")).to_be_focused()


def test_errors_of_own_pages_lead_to_their_fields_too(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    page.goto(site.url(f"/admin/assignments/{school.assignment.pk}/copy/"))
    page.get_by_role("button", name="Preview").click()
    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.get_by_role("alert").filter(has_text="Please correct")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="To").click()
    expect(page.locator("#id_classes input").first).to_be_focused()
    accessible(page)

    page.goto(site.url("/password/change/"))
    page.evaluate("document.querySelectorAll('form').forEach(form => { form.noValidate = true; })")
    page.get_by_role("button", name="Change password").click()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.locator("#id_old_password")).to_be_focused()
    accessible(page)


def test_icons_are_not_read(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/"))
    icons = page.locator("#nav-sidebar .material-symbols-outlined")
    read = page.locator("#nav-sidebar .material-symbols-outlined:not([aria-hidden=true])")
    expect(icons.first).to_be_attached()
    expect(read).to_have_count(0)
    expect(page.get_by_role("link", name="Dashboard", exact=True).first).to_be_visible()


# Links and buttons whose name would be that of a glyph.
NAMED_BY_ICONS = """() => [...document.querySelectorAll("a[href], button")]
  .filter(control => control.checkVisibility() && !control.title && !control.ariaLabel)
  .filter(control => control.querySelector(".material-symbols-outlined"))
  .filter(control => {
    const words = control.cloneNode(true);
    words.querySelectorAll(".material-symbols-outlined").forEach(icon => icon.remove());
    return !words.textContent.trim();
  })
  .map(control => control.outerHTML)"""


def test_no_button_is_named_by_its_icon(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    for path in (
        "",
        "core/user/",
        f"core/user/{school.student.pk}/change/",
        "finance/invoice/",
        f"finance/invoice/{school.invoice.pk}/change/",
        "academics/assignment/",
        "reports/class_fill_v1/",
        "timetable/",
    ):
        page.goto(site.url(f"/admin/{path}"))
        assert page.evaluate(NAMED_BY_ICONS) == [], path
    page.goto(site.url("/admin/core/user/"))
    expect(page.locator("#searchbar-submit")).to_have_accessible_name("Search")
