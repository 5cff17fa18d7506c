"""A long upload shows how far it is, goes once, and not at all where the file is too large."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import accessible

pytestmark = pytest.mark.browser
CSV = b"E-mail,Name,Role\nzoe@example.org,Zoe,student\n"
SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
ARRIVED = 60_000  # ms: five seconds on the slow line, then the check of 900,000 lines


def test_an_upload_shows_its_progress_and_goes_once(page, site, sign_in, settings):
    settings.IMPORT_MAX_BYTES = 2**20
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/core/user/import/"))
    sent = []
    page.on(
        "request", lambda request: sent.append(request.url) if request.method == "POST" else None
    )
    field, button = page.locator("input[type=file]"), page.get_by_role("button", name="Check")

    # Refused before anything is sent, as soon as it is chosen and again when it is sent.
    too_large = {"name": "all.csv", "mimeType": "text/csv", "buffer": CSV + b"\n" * 2**20}
    field.set_input_files(too_large)
    sentence = "“all.csv” has 1 MB; a file can have 1 MB at most."
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    accessible(page)
    button.click()
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    assert sent == []

    # What the server refuses stands in the form, which still has its file.
    field.set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": b""})
    expect(page.get_by_text(sentence)).to_have_count(0)
    button.click()
    expect(page.get_by_text("The file is empty.")).to_be_visible()
    assert field.evaluate("(one) => one.files[0].name") == "people.csv"
    assert len(sent) == 1

    # On a slow line: the bar moves, and a second click sends nothing.
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    field.set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": CSV + b"\n" * 900_000}
    )
    button.click()
    bar = page.get_by_role("progressbar", name="Sending the files")
    expect(bar).to_have_js_property("value", 0)
    expect(button).to_be_disabled()
    button.evaluate("(one) => one.form.requestSubmit()")
    expect(page.get_by_text("people.csv").first).to_be_visible(timeout=ARRIVED)
    expect(page.get_by_role("button", name="Check")).to_have_count(0)
    assert len(sent) == 2
