"""The first admin of a new school sets it up from nothing, by keyboard."""

import pytest
from playwright.sync_api import expect

from academics.models import Term
from core.models import Homeroom
from core.rls import tenant_context
from core.services import schools
from tests.browser.accessibility import accessible
from tests.factories.cast import PASSWORD, load_cast

pytestmark = pytest.mark.browser
ADMIN = "ada@newtown.example"


@pytest.fixture
def newtown(site):
    """Return a school with nothing but its first admin."""
    cast = load_cast()
    with tenant_context(cast.platform, cast.operator):
        return schools.create(
            name="Newtown", subdomain="newtown", contact_email="office@newtown.example",
            admin_name="Ada", admin_email=ADMIN, password=PASSWORD,
        )  # fmt: skip


def fill(page, **values):
    """Type into fields by their labels, and send the form by Enter."""
    for label, text in values.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)
    page.keyboard.press("Enter")


def step(page, title):
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def press(page, name, role="button"):
    page.get_by_role(role, name=name).first.focus()
    page.keyboard.press("Enter")


def test_a_new_school_from_nothing(page, site, sign_in, newtown):
    sign_in(ADMIN, subdomain="newtown")
    expect(page.get_by_role("heading", name="Set up your school")).to_be_visible()
    accessible(page)
    press(page, "0 of 13 steps are done", "link")
    page.wait_for_url("**/admin/setup/")
    accessible(page)
    press(page, "Go on", "link")
    step(page, "1. The school")
    accessible(page)
    fill(page, Address="1 Main Street", Telephone="12 34 56")
    step(page, "2. Time zone and weekdays")
    press(page, "Save and go on")
    step(page, "3. The school year and its first term")
    fill(
        page, First_day_of_the_year="1 Sep 2030", Last_day_of_the_year="31 Jul 2031",
        First_term="Autumn", First_day_of_the_term="1 Sep 2030",
        Last_day_of_the_term="1 Aug 2031",
    )  # fmt: skip
    outside = "The term must lie within its academic year."
    expect(page.get_by_text(outside, exact=True)).to_be_visible()
    fill(page, Last_day_of_the_term="20 Dec 2030")
    step(page, "4. Holidays")
    press(page, "Leave this out")
    step(page, "5. Year groups and homerooms")
    page.get_by_label("Year groups", exact=True).fill("Year 7: 7A, 7B\nYear 8: 8A")
    press(page, "Save and go on")
    step(page, "6. Teachers")
    expect(page.get_by_role("link", name="Import people")).to_be_visible()
    accessible(page)
    page.goto(site.url("/admin/", "newtown"))
    expect(page.get_by_text("4 of 13 steps are done")).to_be_visible()
    with tenant_context(newtown, role="admin"):
        assert Homeroom.objects.count() == 3
        assert Term.objects.get().name == "Autumn"
