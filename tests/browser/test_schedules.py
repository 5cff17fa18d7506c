import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_schedule_a_report_for_a_teacher(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    page.goto(site.url("/admin/reports/attendance_report_v1/?status=absent&period=last_week"))
    page.get_by_role("link", name="Schedule", exact=False).last.click()
    expect(page.locator("#id_filter_status")).to_have_value("absent")
    expect(page.locator("#id_filter_period")).to_have_value("last_week")

    expect(page.locator("#id_weekday")).to_be_visible()
    expect(page.locator("#id_month_day")).to_be_hidden()
    page.locator("#id_frequency").select_option("monthly")
    expect(page.locator("#id_weekday")).to_be_hidden()
    page.locator("#id_month_day").fill("31")
    page.locator("#id_name").fill("Absences of the month")
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").fill("teacher@")
    page.get_by_role("option", name=f"Teacher – {school.teacher.email}").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    expect(page.get_by_text("every month on day 31 at 06:00")).to_be_visible()

    page.get_by_role("link", name="Absences of the month").first.click()
    page.get_by_role("link", name="Pause").click()
    dialog(page).get_by_role("button", name="Pause").click()
    expect(page.get_by_text("1 report is paused.")).to_be_visible()


def test_export_a_students_data(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    page.goto(site.url(f"/admin/core/user/{school.student.pk}/change/"))
    page.get_by_role("link", name="Export data").click()
    dialog(page).get_by_role("button", name="Export").click()
    expect(page.get_by_text("The file about this person is ready.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        index = archive.read("index.html").decode()
    assert school.student.email in index
    assert school.other_student.email not in index
    page.set_content(index)
    expect(page.get_by_role("heading", name="Data about Student")).to_be_visible()
    expect(page.get_by_role("heading", name="Attendance", exact=True)).to_be_visible()


def dialog(page):
    """Return the dialog that opens, once htmx has made its form its own."""
    opened = page.locator("#dialog")
    expect(opened).to_be_visible()
    expect(page.locator(".htmx-added, .htmx-settling, .htmx-swapping")).to_have_count(0)
    return opened
