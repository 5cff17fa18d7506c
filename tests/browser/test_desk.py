import pytest
from playwright.sync_api import expect

from academics.models import Enrollment, SchoolClass, WaitlistEntry
from core.rls import tenant_context
from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser


def press_on(page, role, name):
    """Go to a control and press it, without a mouse."""
    page.get_by_role(role, name=name, exact=True).focus()
    page.keyboard.press("Enter")


def test_enroll_into_a_full_class_by_keyboard(page, site, sign_in):
    """The other student waits; the seat that is given up is theirs; all is taken back."""
    school = site.school
    with tenant_context(school.tenant, school.admin):
        capacity = SchoolClass.objects.get(pk=school.school_class.pk).enrolled_count
        SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=capacity)
    sign_in(school.admin.email)
    page.goto(site.url("/admin/enrollment-desk/?term="))
    page.get_by_label("Name or code").focus()
    page.keyboard.type("own class")
    page.keyboard.press("Enter")
    press_on(page, "link", str(school.school_class))
    page.get_by_label("Or paste a list").focus()
    page.keyboard.type(school.other_student.email)
    press_on(page, "button", "Preview")
    expect(page.get_by_role("heading", name="For 1 student there is no seat")).to_be_visible()
    accessible(page)
    press_on(page, "button", "Enroll")
    expect(page.get_by_text("1 student waits for a seat.")).to_be_visible()
    accessible(page)
    press_on(page, "button", "Drop Student …")
    expect(page.get_by_text("The seat goes to Other_Student")).to_be_visible()
    press_on(page, "button", "Drop")
    expect(page.get_by_text("Other_Student got the seat.")).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        taken = Enrollment.objects.active().filter(school_class=school.school_class)
        assert [row.student for row in taken] == [school.other_student]
        taken.delete()
        WaitlistEntry.objects.filter(student=school.other_student).exclude(
            pk=school.other_waitlist_entry.pk
        ).delete()
        Enrollment.objects.filter(pk=school.enrollment.pk).update(
            status="active", completion_date=None
        )
        SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=20)
