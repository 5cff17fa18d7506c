import re

import pytest
from django.core import mail as outbox
from playwright.sync_api import expect

from tests.factories.cast import PASSWORD
from tests.factories.mail import send_queued_mail

pytestmark = pytest.mark.browser


def test_create_a_school_and_sign_in_there(page, site, sign_in):
    sign_in("operator@platform.example", subdomain="platform")
    page.get_by_title("Add school").click()
    page.get_by_label("Name", exact=False).first.fill("West School")
    page.locator("#id_subdomain").fill("www")
    page.locator("#id_contact_email").fill("office@west.example")
    page.locator("#id_admin_name").fill("Wilma West")
    page.locator("#id_admin_email").fill("wilma@west.example")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“www” is reserved. Choose another name.").first).to_be_visible()

    page.locator("#id_subdomain").fill("west")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("A link to set a password is on its way")).to_be_visible()
    expect(page.get_by_role("link", name="West School").first).to_be_visible()

    send_queued_mail()
    link = re.search(r"http://west\.localhost:\d+/password/set/\S+", outbox.outbox[-1].body)[0]
    page.goto(link)
    page.get_by_label("New password", exact=False).first.fill(PASSWORD)
    page.get_by_label("confirmation", exact=False).fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()

    sign_in("wilma@west.example", subdomain="west")
    expect(page.get_by_role("heading", name="Set up your school")).to_be_visible()

    # Suspended, it closes at once.
    page.goto(site.url("/admin/core/tenant/", "platform"))
    page.get_by_role("link", name="West School").first.click()
    page.get_by_role("link", name="Suspend").click()
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("1 school is suspended.")).to_be_visible()
    page.goto(site.url("/", "west"))
    expect(page.get_by_role("heading", name="West School is closed for now")).to_be_visible()
