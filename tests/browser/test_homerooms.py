"""The office makes a year group and a homeroom, puts students there, and finds them by it."""

import pytest
from playwright.sync_api import expect

from core.models import User
from core.rls import tenant_context
from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser


def test_a_homeroom_from_nothing_to_the_list_of_its_students(page, site, sign_in):
    school = site.school
    sign_in(school.registrar.email)
    page.goto(site.url("/admin/core/yeargroup/add/"))
    page.get_by_label("Name").fill("Year 9")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#result_list").get_by_role("link", name="Year 9")).to_be_visible()
    accessible(page)

    page.goto(site.url("/admin/core/homeroom/add/"))
    page.get_by_label("Name").fill("9C")
    page.locator("#id_year_group").select_option(label="Year 9")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("Nobody yet.")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Add students").click()

    expect(page.get_by_label("Year group or homeroom").locator("option:checked")).to_have_text("9C")
    page.get_by_label("Or paste a list").fill(f"{school.student.name}\nnobody at all")
    accessible(page)
    page.get_by_role("button", name="Put them there").click()
    expect(page.get_by_text("nobody at all: Nobody was found.", exact=True)).to_be_visible()
    page.get_by_label("Or paste a list").fill(
        f"{school.student.email}\n{school.other_student.email}"
    )
    page.get_by_role("button", name="Put them there").click()
    expect(page.get_by_text("2 students are in 9C.")).to_be_visible()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)

    page.goto(site.url(f"/admin/students/{school.student.pk}/"))
    expect(page.get_by_text("Year 9", exact=True)).to_be_visible()
    expect(page.get_by_text("9C", exact=True)).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        assert User.objects.filter(homeroom__name="9C").count() == 2
