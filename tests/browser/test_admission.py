"""A family applies on the web; the office accepts and enrolls; the profile knows of it."""

import pytest
from playwright.sync_api import expect

from academics import admission_settings
from academics.services import applying
from core.models import User
from core.rls import tenant_context
from core.services import school_settings
from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser


def test_from_the_form_to_the_profile(page, site, sign_in, monkeypatch):
    monkeypatch.setattr(applying, "FASTEST", 0)  # a program fills it in
    school = site.school
    with tenant_context(school.tenant, school.admin):
        school_settings.save(school.tenant, {admission_settings.OPEN: True})
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site.url("/apply/"))
    accessible(page)
    page.get_by_label("First name of the child").fill("Ada")
    page.get_by_label("Last name of the child").fill("Novak")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_label("First name of the child")).to_have_value("Ada")
    accessible(page)
    page.get_by_label("Birth date").fill("2015-05-03")
    page.get_by_label("Your name").fill("Eva Novak")
    page.get_by_label("You are the child's").select_option("mother")
    page.get_by_label("Your e-mail address").fill("eva@novak.example")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(school.admin.email)
    page.goto(site.url("/admin/admission/"))
    accessible(page)
    page.get_by_role("link", name="Ada Novak").click()
    accessible(page)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Ada Novak is accepted.")).to_be_visible()
    page.get_by_role("link", name="Enroll as student").click()
    expect(page.get_by_label("First name", exact=True)).to_have_value("Ada")
    accessible(page)
    page.get_by_role("button", name="Enroll as student").click()
    expect(page.get_by_text("Ada Novak is a student now.")).to_be_visible()
    page.get_by_role("link", name="Ada Novak", exact=True).click()
    expect(page.get_by_text("Came by application:")).to_be_visible()
    expect(page.get_by_role("link", name="Eva Novak")).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        student = User.objects.students().get(name="Ada Novak")
        assert student.birth_date == "2015-05-03"
