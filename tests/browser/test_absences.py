"""An absence on its way: a guardian reports it, the office approves it, the register knows."""

from datetime import time

import pytest
from playwright.sync_api import expect

from academics.models import Attendance
from core.defaults import today
from core.rls import tenant_context
from tests.browser.accessibility import accessible
from tests.factories import academics

pytestmark = pytest.mark.browser


@pytest.fixture
def session(site):
    """A lesson of today, which has begun."""
    school = site.school
    with tenant_context(school.tenant, school.admin):
        return academics.class_session(
            school_class=school.school_class,
            session_date=today(),
            start_time=time(0, 0),
            end_time=time(0, 30),
        )


def sign_out(page):
    page.context.clear_cookies()


def test_an_absence_goes_from_the_guardian_to_the_register(page, site, sign_in, session):
    school = site.school
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(school.guardian.email)
    page.get_by_role("link", name="Absences", exact=True).click()
    page.get_by_role("button", name="Report the absence").click()
    expect(page.get_by_text("This field is required.", exact=True)).to_be_visible()  # the reason
    accessible(page)
    page.get_by_label("Reason").select_option("Ill")
    page.get_by_label("Note").fill("fever since last night")
    page.get_by_role("button", name="Report the absence").click()
    expect(page.get_by_text("The school's office was told.")).to_be_visible()
    expect(page.get_by_role("button", name="Withdraw")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    accessible(page)

    sign_out(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(school.admin.email)
    page.goto(site.url("/admin/absences/"))
    expect(page.get_by_text("fever since last night")).to_be_visible()
    accessible(page)
    row = page.locator("tr").filter(has_text="fever since last night")
    row.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("1 absence was approved.")).to_be_visible()

    sign_out(page)
    sign_in(school.teacher.email)
    page.goto(site.url(f"/admin/register/{session.pk}/"))
    expect(page.get_by_text("Ill (guardian)")).to_be_visible()
    expect(page.get_by_role("radio", name="Excused")).to_be_checked()
    accessible(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("1 mark saved.")).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        mark = Attendance.objects.get(class_session=session)
        assert (mark.status, mark.absence.note) == ("excused", "fever since last night")


def test_a_call_explains_why_somebody_is_missing(page, site, sign_in, session):
    school = site.school
    with tenant_context(school.tenant, school.admin):
        school.guardian_record.phone = "+1 555 0100"
        school.guardian_record.save()
        academics.attendance(class_session=session, student=school.student, status="absent")
    sign_in(school.admin.email)
    page.goto(site.url("/admin/calls-of-the-day/"))
    expect(page.get_by_role("link", name="+1 555 0100")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="No answer").click()
    expect(page.get_by_text("nobody answered")).to_be_visible()
    page.get_by_role("button", name="Excused", exact=True).click()
    expect(page.get_by_text("is excused: Ill.")).to_be_visible()
    expect(page.get_by_text("Nobody is missing without a reason.")).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        assert Attendance.objects.get(class_session=session).status == "excused"


def test_minutes_are_typed_by_keyboard(page, site, sign_in, session):
    school = site.school
    sign_in(school.teacher.email)
    page.goto(site.url(f"/admin/register/{session.pk}/"))
    page.keyboard.press("m")
    page.keyboard.type("12")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("1 mark saved.")).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        mark = Attendance.objects.get(class_session=session)
        assert (mark.status, mark.minutes_late) == ("late", 12)
