"""The office defines a field, fills it in for a new student, and finds the student by it."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def face():
    """Return a picture as a file that is chosen."""
    data = io.BytesIO()
    Image.new("RGB", (300, 400), "teal").save(data, "PNG")
    return {"name": "face.png", "mimeType": "image/png", "buffer": data.getvalue()}


def test_define_a_field_fill_it_in_and_find_by_it(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url("/admin/core/personfield/add/"))
    page.locator("#id_role").select_option("student")
    page.locator("#id_label").fill("House")
    page.locator("#id_kind").select_option("choice")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("A choice needs its choices").first).to_be_visible()
    page.locator("#id_choices").fill("Red\nBlue")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()

    # Choosing the role brings its fields, and keeps what was typed.
    page.goto(site.url("/admin/core/user/add/"))
    page.locator("#id_email").fill("ana@browser.example")
    page.locator("#id_role").select_option("student")
    expect(page.locator("#id_record_first_name")).to_be_visible()
    expect(page.locator("#id_email")).to_have_value("ana@browser.example")
    page.locator("#id_record_first_name").fill("Ana")
    page.locator("#id_record_last_name").fill("Ruiz")
    page.locator("#id_record_house").select_option("Blue")
    page.locator("#id_record_medical_notes").fill("Allergic to bees")
    page.locator("#id_new_photo").set_input_files(face())
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Ana Ruiz").first).to_be_visible()

    page.goto(site.url("/admin/core/user/?q=bees"))
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.goto(site.url("/admin/core/user/?record_house=Red"))
    expect(page.locator("#result_list tbody tr")).to_have_count(0)
    page.goto(site.url("/admin/core/user/?record_house=Blue"))
    page.get_by_role("link", name="Ana Ruiz").click()
    page.get_by_role("link", name="Student profile").click()
    expect(page.get_by_text("Allergic to bees", exact=True)).to_be_visible()
    expect(page.get_by_text("private").first).to_be_visible()
    photo = page.get_by_alt_text("Photo")
    expect(photo).to_be_visible()
    assert photo.evaluate("image => image.naturalWidth") == 480
