"""Work on its way: handed in with a file, graded by the teacher, and its result read."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from academics.models import Assignment
from core.rls import tenant_context
from tests.browser.accessibility import accessible, every_look

pytestmark = pytest.mark.browser


@pytest.fixture
def task(site):
    school = site.school
    today = school.tenant.today()
    with tenant_context(school.tenant, school.admin):
        return Assignment.objects.create(
            school_class=school.school_class, title="Essay on rivers", type="homework",
            assigned_date=today - timedelta(days=7), due_date=today, max_score=20,
        )  # fmt: skip


def test_handed_in_and_graded_by_keyboard(page, site, sign_in, task, tmp_path):
    essay = tmp_path / "rivers.txt"
    essay.write_text("Rivers run to the sea.")
    sign_in(site.school.student.email)
    page.goto(site.url("/my/assignments/"))
    page.get_by_role("link", name="Essay on rivers").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Your text").focus()
    page.keyboard.type("Please see the file.")
    page.keyboard.press("Tab")
    expect(page.locator("input[type=file]")).to_be_focused()
    page.locator("input[type=file]").set_input_files(essay)
    expect(page.get_by_role("button", name="Do not add: rivers.txt")).to_be_visible()
    for look in every_look(page):
        accessible(page)
        assert look
    page.get_by_role("button", name="Hand in").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your work was handed in.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="rivers.txt").click()
    assert download.value.suggested_filename == "rivers.txt"

    page.context.clear_cookies()
    sign_in(site.school.teacher.email)
    page.goto(site.url(reverse("admin:assignment_work", args=[task.pk])))
    for look in every_look(page):
        accessible(page)
        assert look
    page.get_by_role("link", name="Grade what is new").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Grade")).to_be_focused()
    page.keyboard.type("85%")
    page.keyboard.press("Tab")
    page.keyboard.type("Well told.")
    for look in every_look(page):
        accessible(page)
        assert look
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Everything that was handed in is graded.")).to_be_visible()
    page.goto(site.url(f"/admin/assignments/{task.pk}/copy/"))
    accessible(page)

    page.context.clear_cookies()
    sign_in(site.school.student.email)
    page.goto(site.url(f"/my/assignments/{task.pk}/"))
    expect(page.get_by_text("17 / 20")).to_be_visible()
    expect(page.get_by_text("Well told.")).to_be_visible()
    expect(page.get_by_role("button", name="Replace what I handed in")).to_have_count(0)


def test_work_and_its_grade_are_not_left_unasked(page, site, sign_in, task):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    sign_in(site.school.student.email)
    own = site.url(f"/my/assignments/{task.pk}/")
    page.goto(own)
    page.get_by_label("Your text").press_sequentially("Rivers")
    page.goto(own)
    assert asked == ["beforeunload"]
    page.get_by_label("Your text").press_sequentially("Rivers")
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_text("Your work was handed in.")).to_be_visible()

    page.context.clear_cookies()
    sign_in(site.school.teacher.email)
    work = site.url(reverse("admin:assignment_work", args=[task.pk]))
    page.goto(work)
    page.get_by_role("link", name="Grade what is new").click()
    page.get_by_role("textbox", name="Grade").press_sequentially("17")
    assert asked == ["beforeunload"]
    page.goto(work)
    assert asked == ["beforeunload"] * 2
    page.get_by_role("link", name="Grade what is new").click()
    page.get_by_role("textbox", name="Grade").press_sequentially("17")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Everything that was handed in is graded.")).to_be_visible()
    assert asked == ["beforeunload"] * 2
