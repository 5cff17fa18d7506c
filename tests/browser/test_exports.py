"""A large export: asked for, made by a real worker, told, fetched, and run again."""

import codecs
import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.rls import tenant_context
from exchange.models import Export
from tests.factories.cast import PASSWORD
from tests.factories.worker import worker  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

LIST = "/admin/exchange/export/"
WORKER_MS = 60_000  # for a worker to start and make a small file


def read(download):
    data = Path(download.path()).read_bytes()
    assert data.startswith(codecs.BOM_UTF8)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_a_large_export_in_the_background(
    page, site, sign_in, settings, worker  # noqa: F811
):  # fmt: skip
    settings.EXPORT_BACKGROUND_ROWS = 1
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/core/user/?role__exact=teacher"))
    page.get_by_role("link", name="Export").click()
    page.get_by_text("CSV – for other programs").click()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("is made in the background.")).to_be_visible()
    page.get_by_role("link", name="See how far it is").click()

    # Nobody works yet: that is said, and the file waits.
    row = page.get_by_role("row").filter(has_text=re.compile(r"people-.*\.csv"))
    expect(page.get_by_text("no worker is running")).to_be_visible()
    expect(row.get_by_text("Waiting")).to_be_visible()
    expect(row.get_by_role("button", name="Cancel")).to_be_visible()

    # The page is left, a worker comes, and the next page tells.
    page.goto(site.url("/admin/core/user/"))
    worker()
    wait_for_the_file(page, site)
    page.goto(site.url("/admin/"))
    expect(page.get_by_text("is ready.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    emails = {person["E-mail"] for person in read(download.value)}
    assert emails == {site.school.teacher.email, site.school.outsider.email}

    # Run again, and this time watch: the page shows by itself when it is ready.
    page.goto(site.url(LIST))
    row.first.get_by_role("button", name="Run again").click()
    expect(row).to_have_count(2)
    again = row.first
    expect(again.get_by_text("Ready")).to_be_visible(timeout=WORKER_MS)
    expect(again.get_by_text("2 rows")).to_be_visible()
    with page.expect_download() as download:
        again.get_by_role("link", name="Download").click()
    assert {person["E-mail"] for person in read(download.value)} == emails
    page.goto(site.url("/admin/"))
    expect(page.get_by_text("is ready.")).to_have_count(0)


def wait_for_the_file(page, site):
    for _second in range(WORKER_MS // 500):
        with tenant_context(site.school.tenant, site.school.admin):
            if Export.objects.filter(status="ready", kind="list", file_format="csv",
                                     filters={"role__exact": "teacher"}, noticed_at=None,
                                     finished_at__isnull=False).exists():  # fmt: skip
                return
        page.wait_for_timeout(500)
    pytest.fail("The worker made no file.")


def test_the_bar_moves_and_cancel_stops_it(page, site, sign_in):
    school = site.school

    def set_row(**values):
        with tenant_context(school.tenant, school.admin):
            Export.objects.filter(filename="bar.csv").update(**values)

    with tenant_context(school.tenant, school.admin):
        Export.objects.create(
            template_id="attendance_report_v1",
            template_version="1",
            filename="bar.csv",
            file_format="csv",
            requested_by=school.admin,
            status="running",
            rows_done=250_000,
        )
    sign_in(school.admin.email)
    page.goto(site.url(LIST))
    row = page.get_by_role("row").filter(has_text="bar.csv")
    expect(row.get_by_text("250,000 rows")).to_be_visible()
    set_row(rows_total=1_000_000)
    expect(row.get_by_text("250,000 of 1,000,000 rows")).to_be_visible()
    bar = row.get_by_role("progressbar", name="Rows done")
    expect(bar).to_have_attribute("value", "25")
    set_row(rows_done=800_000)
    expect(bar).to_have_attribute("value", "80")
    row.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("“bar.csv” is cancelled.")).to_be_visible()
    expect(row.get_by_text("Cancelled")).to_be_visible()
    expect(row.get_by_role("button", name="Run again")).to_be_visible()


def test_the_schools_file_is_watched_on_its_own_page(page, site, sign_in):
    school = site.school
    sign_in(school.admin.email)
    page.goto(site.url("/admin/school-file/"))
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Make the file").click()
    files = page.get_by_role("region", name="The last files")
    expect(files.get_by_text("Waiting")).to_be_visible()
    with tenant_context(school.tenant, school.admin):
        Export.objects.filter(kind="school").update(status="running", rows_done=1_234)
    expect(files.get_by_text("1,234 rows")).to_be_visible()
    files.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("is cancelled.")).to_be_visible()
    expect(page.get_by_role("heading", name="The whole school as a file").first).to_be_visible()
