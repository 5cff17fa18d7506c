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
    page.get_by_role("button", name="Yes, delete").click()
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

    page.goto(site.url("/admin/exchange/export/"))
    expect(page.get_by_text(download.value.suggested_filename).first).to_be_visible()


def test_fields_of_a_class_stand_in_line_and_its_slots_fit(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url(f"/admin/academics/schoolclass/{site.school.school_class.pk}/change/"))
    # One of the two has an explanation below.
    tops = [page.locator(f"#id_{name}").bounding_box()["y"] for name in ("name", "code")]
    assert tops[0] == tops[1]
    page.goto(page.url + "#schedules")
    page.reload()
    slots = page.locator("#schedules-group")
    expect(slots).to_be_visible()
    wide = "all => all.filter(one => one.tagName === 'TABLE').map(one => one.offsetWidth)"
    inner = slots.locator("table").evaluate_all(wide)
    assert max(inner) <= slots.bounding_box()["width"]


# Where the words of a heading and of the cell below it end.
ENDS = """() => ["th.column-shown_amount", "td.field-shown_amount"].map(selector => {
  const words = document.createRange();
  words.selectNodeContents(document.querySelector(`#result_list ${selector}`));
  return Math.round(words.getBoundingClientRect().right);
})"""


@pytest.mark.parametrize("path", ["finance/invoice/", "finance/payment/"])
def test_the_heading_of_amounts_ends_where_they_end(page, site, sign_in, path):
    sign_in(site.school.admin.email)
    page.goto(site.url(f"/admin/{path}"))
    heading, amount = page.evaluate(ENDS)
    assert abs(heading - amount) <= 1
