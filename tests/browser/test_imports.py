import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def choose(page, text, name="people.csv"):
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()


def test_odd_headers_are_named_then_applied_then_undone(page, site, sign_in):
    student = site.school.student
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/core/user/"))
    page.get_by_role("link", name="Import").click()
    choose(
        page,
        "Anschrift;Wer;Schuhgröße;Rolle\n"
        f"{student.email};Renamed Student;38;student\n"
        "nina@browser.example;Nina New;41;student\n",
    )

    expect(page.get_by_role("heading", name="What the columns of the file mean")).to_be_visible()
    expect(page.get_by_label("Separator")).to_have_value(";")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert")).to_contain_text("Say which column holds “E-mail”")
    page.get_by_label("Anschrift").select_option("email")
    page.get_by_label("Wer").select_option("name")
    page.get_by_role("button", name="Check the file").click()

    expect(page.get_by_text("Nothing has been changed yet.")).to_be_visible()
    # It opens on what changes.
    expect(page.locator("td del")).to_have_text(student.name)
    expect(page.locator("td ins")).to_have_text("Renamed Student")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("1 new, 1 changed, 0 unchanged.")).to_be_visible()
    page.get_by_role("link", name="To the list").click()
    expect(page.get_by_role("link", name="Nina New")).to_be_visible()

    page.goto(site.url("/admin/exchange/importbatch/"))
    page.get_by_role("link", name="people.csv").first.click()
    page.get_by_role("link", name="Undo", exact=True).click()
    expect(page.get_by_text("One row that it added is removed.")).to_be_visible()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("The rows are as they were before.")).to_be_visible()
    page.goto(site.url("/admin/core/user/"))
    expect(page.get_by_role("link", name=student.name, exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Nina New")).to_have_count(0)


def test_a_bad_file_says_where_and_why(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/core/user/import/"))
    choose(page, "")
    expect(page.get_by_role("alert")).to_contain_text("The file is empty.")

    choose(page, "E-mail,Name,Role\nok@browser.example,Okay,student\nbad,Bob,student\n")
    expect(page.get_by_role("alert")).to_contain_text("One row cannot be imported.")
    row = page.get_by_role("row", name="bad")
    expect(row).to_contain_text("E-mail: This is not a valid e-mail address.")
    expect(page.get_by_role("button", name="Apply")).to_be_disabled()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert download.value.suggested_filename == "people-rejected.csv"
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("“people.csv” was discarded. Nothing was changed.")).to_be_visible()
