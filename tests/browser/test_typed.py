"""What is typed survives a lost network, a lost sign-in and a lost server, on every form."""

import re

import pytest
from playwright.sync_api import expect

from academics.models import SchoolClass
from core import typed, unavailable
from core.models import User
from core.rls import tenant_context
from tests.browser.accessibility import accessible
from tests.factories.cast import PASSWORD

pytestmark = pytest.mark.browser


def sign_in_here(page, email):
    """Sign in on the page that asks for it, wherever it leads then."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def kept(page):
    """Return what this browser keeps, as (address, values) in order."""
    page.wait_for_load_state()
    return page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('typed:')).sort()"
        ".map((key) => [key.split(':').slice(2).join(':'), JSON.parse(localStorage[key]).values])"
    )


def leave_without_asking(page):
    page.on("dialog", lambda dialog: dialog.accept())


def test_what_is_typed_survives_on_every_form(page, site, sign_in, monkeypatch):
    school = site.school
    leave_without_asking(page)
    sign_in(school.admin.email)
    add = site.url("/admin/academics/schoolclass/add/")
    page.goto(add)
    page.locator("#id_name").fill("Astronomy")
    page.locator("#id_code").fill("AST-1")
    page.locator("#id_start_date").fill("2026-09-01")
    page.locator("#id_end_date").fill("2026-12-18")
    page.locator("#tabs-items a[href='#schedules']").click()
    page.locator("#schedules-group .add-row").click()
    page.locator("#id_schedules-0-weekday").select_option("2")
    page.locator("#id_schedules-0-start_time").fill("20:00")
    page.locator("#id_schedules-0-end_time").fill("21:30")
    page.locator("#id_schedules-0-room").fill("Dome")

    # Offline, then signed out: nothing is sent, and the form stands as it is.
    page.context.set_offline(True)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("No connection to the school")
    page.context.set_offline(False)
    page.context.clear_cookies()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out: nothing was sent yet.")
    expect(page.locator("#id_name")).to_have_value("Astronomy")

    # Who leaves all the same and signs in again finds it, with the row that was added.
    page.goto(add)
    sign_in_here(page, school.admin.email)
    expect(page.get_by_text("What you typed here at")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("")
    accessible(page)
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator("#id_name")).to_have_value("Astronomy")
    expect(page.locator("#id_end_date")).to_have_value("2026-12-18")
    expect(page.locator("#id_schedules-0-room")).to_have_value("Dome")

    # The server is gone just then: the page says so, and the form offers it once more.
    with monkeypatch.context() as broken:
        broken.setattr(
            typed.TypedMiddleware,
            "__call__",
            lambda self, request: (
                unavailable.answer(request, unavailable.Unavailable(unavailable.GONE, 5))
                if request.method == "POST"
                else self.get_response(request)
            ),
        )
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("nothing you typed is lost")).to_be_visible()
    page.goto(add)
    page.get_by_role("button", name="Put it back").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert kept(page) == []
    with tenant_context(school.tenant, school.admin):
        [slot] = SchoolClass.objects.get(name="Astronomy").schedules.all()
        assert (slot.weekday, str(slot.start_time), slot.room) == (2, "20:00:00", "Dome")

    # Passwords are never kept; signing out forgets the rest.
    page.goto(site.url("/password/change/"))
    page.get_by_label("Old password").fill("secret of old")
    page.goto(site.url("/profile/"))
    page.get_by_label("Phone").fill("555 0100")
    page.goto(add)
    assert kept(page) == [["/profile/#0", {"phone": ["555 0100"]}]]
    page.goto(site.url("/profile/"))
    expect(page.get_by_role("button", name="Put it back")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert kept(page) == []


def test_a_comment_is_offered_to_its_writer_alone(page, site, sign_in):
    school = site.school
    leave_without_asking(page)
    sign_in(school.teacher.email)
    page.goto(site.url(f"/admin/report-cards/?term={school.term.pk}"))
    page.get_by_role("link", name="Own Class (C1)").click()
    comments = page.url
    page.get_by_label(re.compile("^Student")).fill("Reads a lot.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save the comments").click()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")

    # Somebody else at the same browser is not shown it, and does not send it either.
    with page.context.expect_page() as other:
        page.get_by_role("link", name="Sign in in another tab").click()
    sign_in_here(other.value, school.admin.email)
    expect(other.value.get_by_label("E-mail")).to_have_count(0)
    other.value.goto(comments)
    expect(other.value.get_by_label(re.compile("^Student"))).to_have_value("")
    expect(other.value.get_by_role("button", name="Put it back")).to_have_count(0)
    other.value.close()
    page.get_by_role("button", name="Save the comments").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else has signed in")

    page.context.clear_cookies()
    page.goto(comments)
    sign_in_here(page, school.teacher.email)
    page.get_by_role("button", name="Put it back").click()
    page.get_by_role("button", name="Save the comments").click()
    expect(page.get_by_text("1 comment was saved.")).to_be_visible()
    expect(page.get_by_label(re.compile("^Student"))).to_have_value("Reads a lot.")
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(page, site, sign_in):
    school = site.school
    leave_without_asking(page)
    sign_in(school.admin.email)
    url = site.url(f"/admin/core/user/{school.student.pk}/change/")
    page.goto(url)
    page.locator("#id_phone").fill("555 0100")
    with tenant_context(school.tenant, school.admin):
        User.objects.filter(pk=school.student.pk).update(name="Another Name")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Someone else changed this").first).to_be_visible()
    page.goto(url)
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator("#id_phone")).to_have_value("555 0100")
    expect(page.locator("#id_name")).to_have_value("Another Name")
    page.goto(url)
    page.get_by_role("button", name="Throw it away").click()
    assert kept(page) == []

    # The admin's own way to sign out forgets as well.
    page.locator("#id_phone").fill("555 0100")
    page.locator("#logout-form").evaluate("(form) => form.requestSubmit()")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert kept(page) == []
