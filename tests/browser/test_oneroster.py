"""A bundle on its way through the browser: previewed, imported, looked at, undone; one exported."""

import zipfile

import pytest
from playwright.sync_api import expect

from tests.oneroster.bundles import bundle_of, enrollment, small

pytestmark = pytest.mark.browser


def test_from_upload_to_undo_and_export(page, site, sign_in, tmp_path):
    files = small()
    files["enrollments"].append(enrollment("e-9", "c1", "ghost"))
    bundle = tmp_path / "roster.zip"
    bundle.write_bytes(bundle_of(files).getvalue())
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/oneroster/"))

    page.get_by_label("Bundle", exact=True).set_input_files(bundle)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("status")).to_have_text(
        "This is a preview: nothing has been changed yet."
    )
    expect(page.get_by_text("the person “ghost” is not in users.csv")).to_be_visible()
    page.get_by_role("link", name="users.csv", exact=True).click()
    expect(page.get_by_text("Person Ada Byron")).to_be_visible()

    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("The bundle was imported.")).to_be_visible()
    page.goto(site.url("/admin/core/user/?q=Byron"))
    expect(page.get_by_role("link", name="Ada Byron")).to_be_visible()

    page.goto(site.url("/admin/oneroster/"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as a bundle").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert b"u-t1,,,true,u-t1,,Ada,Byron" in archive.read("users.csv")

    page.get_by_role("link", name="roster.zip").click()
    page.get_by_role("link", name="Undo", exact=True).click()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("The import was undone.")).to_be_visible()
    page.goto(site.url("/admin/core/user/?q=Byron"))
    expect(page.get_by_role("link", name="Ada Byron")).to_have_count(0)
