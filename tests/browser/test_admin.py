import codecs
import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_make_change_and_delete_a_class(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/academics/schoolclass/add/"))
    page.locator("#id_name").fill("Astronomy")
    page.locator("#id_code").fill("AST-1")
    page.locator("#id_capacity").fill("0")
    page.locator("#id_start_date").fill("2026-09-01")
    page.locator("#id_end_date").fill("2026-12-18")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(
        page.get_by_text("The capacity must be above zero and not below the number enrolled.").first
    ).to_be_visible()

    page.locator("#id_capacity").fill("12")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()

    page.get_by_role("link", name="Astronomy").first.click()
    page.locator("#id_name").fill("Astronomy II")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    page.get_by_role("link", name="Astronomy II").first.click()
    page.get_by_role("link", name="Delete class").click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    expect(page.get_by_text("was deleted successfully")).to_be_visible()
    expect(page.get_by_role("link", name="Astronomy II", exact=True)).to_have_count(0)


def test_export_the_chosen_format(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/core/user/?role__exact=teacher"))
    page.get_by_role("link", name="Export").click()
    page.get_by_text("CSV – for other programs").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    text = Path(download.value.path()).read_bytes()
    assert text.startswith(codecs.BOM_UTF8)
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert {row["E-mail"] for row in rows} == {
        site.school.teacher.email,
        site.school.outsider.email,
    }

    page.goto(site.url("/admin/reporting/export/"))
    expect(page.get_by_text(download.value.suggested_filename).first).to_be_visible()
