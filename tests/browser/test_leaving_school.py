"""The office lets a student leave, looks for them among the former ones, and takes it back."""

import pytest
from playwright.sync_api import expect

from core.models import User
from core.rls import tenant_context
from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser


def status_of(school):
    with tenant_context(school.tenant, school.admin):
        return User.objects.get(pk=school.student.pk).status


def test_a_student_leaves_and_comes_back(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    page.goto(site.url(f"/admin/students/{school.student.pk}/"))
    page.get_by_role("link", name="Leave school").click()
    expect(page.get_by_text("Nobody waits for the seat.")).to_be_visible()
    expect(page.get_by_text("60.00 USD")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Leave school").click()
    expect(page.get_by_text("This field is required.").first).to_be_visible()
    assert status_of(school) == "active"
    page.get_by_label("Reason").fill("Moved to Leeds")
    page.get_by_role("button", name="Leave school").click()
    expect(page.get_by_text("1 student has left.")).to_be_visible()
    expect(page.get_by_text("Moved to Leeds", exact=True)).to_be_visible()
    accessible(page)

    page.goto(site.url("/admin/students/"))
    page.get_by_role("link", name="Former").click()
    page.get_by_role("link", name=school.student.name, exact=True).click()
    page.get_by_role("button", name="Came back").click()
    expect(page.get_by_text("is back and can sign in.")).to_be_visible()
    assert status_of(school) == "active"
