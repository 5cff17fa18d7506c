"""A journey through the reports: open one, narrow it, sort it, turn the page, keep it, take it."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from academics.models import Attendance, ClassSession, Enrollment
from core.models import User
from core.rls import tenant_context

pytestmark = pytest.mark.browser
STUDENTS = 60


@pytest.fixture
def many_students(site):
    """More students than a page holds, each at a session of two days ago."""
    school = site.school
    with tenant_context(school.tenant, role="admin"):
        people = User.objects.bulk_create(
            User(email=f"many{n}@example.com", name=f"Many {n:02}", role="student")
            for n in range(STUDENTS)
        )
        session = ClassSession.objects.create(
            school_class=school.school_class,
            session_date=site.school.tenant.today() - timedelta(days=2),
            start_time="09:00",
            end_time="10:00",
        )
        Enrollment.objects.bulk_create(
            Enrollment(
                student=student,
                school_class=school.school_class,
                enrollment_date=session.session_date,
                completion_date=session.session_date,
                status="dropped",
            )
            for student in people
        )
        Attendance.objects.bulk_create(
            Attendance(class_session=session, student=student, status="absent")
            for student in people
        )


def test_filter_sort_turn_the_page_save_and_export(page, site, sign_in, many_students):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/reports/"))
    page.get_by_role("link", name=re.compile("^Attendance report")).click()
    expect(page.get_by_role("heading", name="Attendance rate by week")).to_be_visible()
    expect(page.locator("canvas.chart")).to_be_visible()
    page.get_by_text("The numbers as a table").click()
    expect(page.get_by_role("columnheader", name="Present or late")).to_be_visible()

    page.get_by_label("Student", exact=True).fill("Many")
    page.get_by_label("Status").select_option("absent")
    page.get_by_role("button", name="Apply filters").click()
    expect(page).to_have_url(re.compile(r"\?student=Many&status=absent&period=all$"))
    expect(page.get_by_role("heading", name=f"{STUDENTS} rows")).to_be_visible()

    page.get_by_role("link", name="Next").click()
    rows = page.locator("section[aria-labelledby=rows] tbody tr")
    expect(rows).to_have_count(STUDENTS - 50)
    expect(page.get_by_text("Many 59")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    expect(rows).to_have_count(50)

    date_header = page.get_by_role("columnheader", name="Date")
    expect(date_header).to_have_attribute("aria-sort", "descending")
    date_header.get_by_role("link").click()
    expect(date_header).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_label("Student", exact=True)).to_have_value("Many")

    page.get_by_text("Saved filters").click()
    page.get_by_label("Save the present filters as").fill("Absent lately")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as “Absent lately”.")).to_be_visible()
    page.goto(site.url("/admin/reports/attendance_report_v1/"))
    page.get_by_text("Saved filters (1)").click()
    page.get_by_role("link", name="Absent lately").click()
    expect(page).to_have_url(re.compile(r"\?status=absent&student=Many&sort=session_date$"))

    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    exported = list(csv.DictReader(io.StringIO(text)))
    assert {row["Status"] for row in exported} == {"absent"}
    assert len(exported) == STUDENTS


def test_on_a_phone_the_table_scrolls_in_its_box_and_the_filters_are_folded(page, site, sign_in):
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/reports/class_enrollment_v1/"))
    expect(page.get_by_role("heading", name="Class enrollment", level=2)).to_be_visible()
    expect(page.get_by_label("Student", exact=True)).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.goto(site.url("/admin/reports/class_enrollment_v1/?status=asleep"))
    expect(page.locator("#id_status_error")).to_be_visible()


def test_a_bar_chart_shows_bars(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/reports/class_fill_v1/"))
    expect(page.locator("[data-rep-drawing]")).to_have_attribute("aria-busy", "false")
    widths = page.locator("canvas.chart").evaluate(
        "canvas => Chart.getChart(canvas).getDatasetMeta(0).data.map(bar => bar.width)"
    )
    assert widths
    assert all(width and width > 1 for width in widths)


def test_days_and_a_period_do_not_contradict_each_other(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/reports/attendance_report_v1/?period=all"))
    period, first = page.locator("[name=period]"), page.locator("[name=from]")
    expect(period).to_have_value("all")
    first.fill("2026-02-01")
    first.press("Tab")
    expect(period).to_have_value("")
    period.select_option("all")
    expect(first).to_have_value("")


def test_a_chart_that_does_not_come_says_so(page, site, sign_in):
    page.route("**/chart/**", lambda route: route.abort())
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/reports/class_fill_v1/"))
    expect(page.get_by_text("The chart could not be drawn.")).to_be_visible()
    expect(page.get_by_text("The chart is being drawn")).to_be_hidden()
