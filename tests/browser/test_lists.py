"""The office chooses columns by keyboard, saves the list as a view, and comes back to it."""

import pytest
from playwright.sync_api import expect

from core.models import User
from core.rls import tenant_context
from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser


def headings(page):
    return page.locator("#result_list thead .text").all_inner_texts()


def test_columns_are_chosen_and_kept_as_a_view(page, site, sign_in):
    sign_in(site.school.registrar.email)
    page.goto(site.url("/admin/core/user/?role__exact=student"))
    page.get_by_role("link", name="Columns").press("Enter")
    dialog = page.get_by_role("dialog", name="Columns")
    dialog.get_by_label("Birth date", exact=True).press("Space")
    dialog.get_by_label("Phone", exact=True).press("Space")
    up = dialog.get_by_role("button", name="Move Status up")
    up.press("Enter")
    up.press("Enter")
    expect(up).to_be_focused()
    accessible(page)
    dialog.get_by_role("button", name="Show these columns").press("Enter")
    expect(page.locator("th.column-record_birth_date")).to_be_visible()
    chosen = ["Name", "E-mail", "Status", "Role", "Homeroom", "Birth date"]
    assert [text.strip() for text in headings(page)][1:] == chosen

    page.get_by_role("link", name="Views").press("Enter")
    dialog = page.get_by_role("dialog", name="Views")
    dialog.get_by_label("Name", exact=True).fill("Birthdays")
    dialog.get_by_label("Open the list with it").check()
    accessible(page)
    dialog.get_by_role("button", name="Save this view").press("Enter")
    expect(page.get_by_text("The view “Birthdays” was saved.")).to_be_visible()

    page.goto(site.url("/admin/core/user/"))
    expect(page.get_by_role("link", name="Birthdays")).to_be_visible()
    assert [text.strip() for text in headings(page)][1:] == chosen
    page.get_by_role("link", name="Role: Student").click()
    expect(page.get_by_role("link", name="Role: Student")).to_have_count(0)
    assert [text.strip() for text in headings(page)][1:] == chosen


def test_many_students_are_moved_after_a_look(page, site, sign_in):
    school = site.school
    sign_in(school.registrar.email)
    page.goto(site.url("/admin/core/user/?role__exact=student"))
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label="Change fields …")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("checkbox", name="Year group or homeroom").check()
    page.get_by_label("New value of Year group or homeroom").select_option(
        label=school.other_homeroom.name
    )
    accessible(page)
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("[data-changed]")).to_contain_text(school.student.name)
    expect(page.get_by_text("1 row has these values already.")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Change 1 row").click()
    expect(page.get_by_text("1 row was changed.")).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        assert User.objects.filter(homeroom=school.other_homeroom).count() == 2
