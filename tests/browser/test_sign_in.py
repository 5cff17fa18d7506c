import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_staff_sign_in_and_out(page, site, sign_in):
    sign_in(site.school.admin.email, "wrong")
    expect(page.get_by_role("alert")).to_have_text(
        "This e-mail address and password do not belong together."
    )

    sign_in(site.school.admin.email)
    expect(page).to_have_url(site.url("/admin/"))
    expect(page.get_by_role("heading", name="Today's sessions")).to_be_visible()

    page.get_by_text(site.school.admin.email).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto(site.url("/admin/"))
    expect(page.get_by_role("heading", name="Sign in to Browser School")).to_be_visible()


def test_a_student_lands_on_their_own_page(page, site, sign_in):
    sign_in(site.school.student.email)
    expect(page).to_have_url(site.url("/"))
    expect(page.get_by_role("heading", name="Classes")).to_be_visible()
    expect(page.get_by_role("cell", name=site.school.school_class.name, exact=True)).to_be_visible()

    page.goto(site.url("/admin/"))
    expect(page).to_have_url(site.url("/"))
    expect(page.get_by_text("That page is for the school's staff.")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_the_keyboard_is_enough_to_sign_in(page, site):
    page.goto(site.url("/login/"))
    page.keyboard.type(site.school.teacher.email)  # the field has the focus already
    page.keyboard.press("Tab")
    page.keyboard.type("a-long-enough-password")
    page.keyboard.press("Enter")
    expect(page).to_have_url(site.url("/admin/"))


def test_pages_fit_and_follow_the_systems_scheme(page, site, sign_in):
    sign_in(site.school.student.email)
    for path in ("/", "/password/change/"):
        for scheme, width in (("light", 390), ("dark", 1280)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(site.url(path))
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.evaluate("document.documentElement.dataset.theme") == scheme
