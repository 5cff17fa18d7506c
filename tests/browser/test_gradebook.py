"""A column of grades entered by keyboard alone, as in a spreadsheet, and what goes wrong."""

import re

import pytest
from playwright.sync_api import expect

from academics.models import Enrollment, Grade, SchoolClass
from core.models import User
from core.rls import tenant_context
from tests.browser.accessibility import every_look, problems

pytestmark = pytest.mark.browser

PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def rows(site, django_db_blocker):
    """Run a function in the school's own context, among the journey's steps."""

    def run(function):
        with django_db_blocker.unblock(), tenant_context(site.school.tenant, role="admin"):
            return function()

    return run


@pytest.fixture
def book(rows, site):
    """A class of four students with the cast's teacher, an essay and a quiz; gone afterwards."""
    school, made = site.school, {}

    def make():
        made["class"] = SchoolClass.objects.create(
            name="Grid", teacher=school.teacher, start_date="2026-01-05"
        )
        made["people"] = [
            User.objects.create_user(f"grid{n}@example.com", name=f"Grid {name}", role="student")
            for n, name in enumerate(["Ann", "Bea", "Cem", "Dov"])
        ]
        for person in made["people"]:
            Enrollment.objects.create(
                student=person, school_class=made["class"], enrollment_date="2026-01-05"
            )
        for title, highest, due in (("Essay", 20, 9), ("Quiz", 10, 10)):
            made[title] = made["class"].assignments.create(
                title=title,
                type="quiz",
                max_score=highest,
                assigned_date="2026-02-02",
                due_date=f"2026-02-{due:02}",
            )

    def remove():
        submissions = [one.submission for one in Grade.objects.filter(student__in=made["people"])]
        Grade.objects.filter(student__in=made["people"]).delete()
        for submission in submissions:
            submission.delete()
        made["class"].assignments.all().delete()
        Enrollment.objects.filter(school_class=made["class"]).delete()
        SchoolClass.objects.filter(pk=made["class"].pk).delete()
        User.objects.filter(pk__in=[one.pk for one in made["people"]]).delete()

    rows(make)
    yield made
    rows(remove)


def test_a_class_is_graded_by_keyboard(page, site, sign_in, rows, book):
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/gradebook/{book['class'].pk}/"))
    expect(page.get_by_role("columnheader", name=re.compile("^Essay of 20"))).to_be_visible()
    grid = page.get_by_role("grid", name="Grades")
    cells = grid.locator("[data-gb-cell]")  # Ann's essay and quiz, Bea's ...
    keys = page.keyboard

    # Down the first column: typing begins, Enter goes on.
    cells.nth(0).focus()
    for text in ("17", "8,5/10", "85%", "B+"):
        keys.type(text)
        keys.press("Enter")
    expect(page.get_by_role("status")).to_have_text(re.compile("^Saved at"))
    for number, text in ((0, "17"), (2, "17"), (4, "17"), (6, "17.4")):
        expect(cells.nth(number).locator(".gb__text")).to_have_text(text)
    expect(cells.nth(6)).to_contain_text("saved")
    expect(grid.get_by_role("row", name=re.compile("Grid Dov"))).to_contain_text("B+ 87%")
    expect(page.get_by_role("heading", name="Class average")).to_be_visible()
    expect(page.locator(".gb__big")).to_contain_text("85.5%")

    # Up again, right, Escape while editing, F2, Delete.
    keys.press("Shift+Enter")
    expect(cells.nth(4)).to_be_focused()
    keys.press("Tab")
    expect(cells.nth(5)).to_be_focused()
    keys.type("9")
    keys.press("Escape")
    expect(cells.nth(5).locator(".gb__text")).to_have_text("")
    keys.press("Shift+Tab")
    keys.press("F2")
    expect(page.get_by_role("textbox", name="Grid Cem, Essay")).to_have_value("17")
    keys.press("End")
    keys.type(".5")
    keys.press("Tab")
    expect(cells.nth(4).locator(".gb__text")).to_have_text("17.5")
    expect(cells.nth(5)).to_be_focused()
    keys.type("*")
    keys.press("ArrowUp")
    expect(cells.nth(3)).to_be_focused()
    expect(cells.nth(5)).to_contain_text("saved")

    # Refused: the reason is in the cell; Escape brings back what was there.
    keys.type("11")
    keys.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("11 is more than the highest score, 10.")
    keys.press("ArrowUp")
    expect(cells.nth(3)).to_have_attribute("aria-invalid", "true")
    keys.press("Escape")
    expect(page.get_by_role("alert")).to_have_text("")

    # A column from a spreadsheet: one request; the valid cells are saved.
    cells.nth(1).focus()
    with page.expect_response(re.compile("/cells/")) as pasted:
        page.evaluate(PASTE, "7\r\nseven\r\n\r\n10\r\n")
    assert pasted.value.status == 422
    expect(page.get_by_role("status")).to_have_text(
        "Pasted: 2 saved, 1 refused, 0 changed by somebody else."
        " 1 empty or outside the grid: left as it was."
    )
    expect(cells.nth(5).locator(".gb__text")).to_have_text("*")
    cells.nth(3).focus()
    keys.press("Escape")

    # Feedback, and that it is not lost unasked.
    cells.nth(0).focus()
    keys.press("Shift+F2")
    keys.type("Well argued.")
    keys.press("Control+Enter")
    expect(cells.nth(0)).to_contain_text("has feedback")
    expect(cells.nth(0)).to_be_focused()
    keys.press("Delete")
    expect(page.get_by_role("dialog")).to_contain_text("Well argued.")
    keys.press("Escape")
    expect(cells.nth(0).locator(".gb__text")).to_have_text("17")

    # Somebody else was faster: both are shown, and we choose.
    rows(
        lambda: Grade.objects.filter(student=book["people"][0], score=17).update(
            score=12, graded_by=site.school.admin
        )
    )
    keys.type("18")
    keys.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Admin changed this cell to 12 at")
    alert.get_by_role("button", name="Save 18").focus()
    keys.press("Enter")
    expect(alert).to_have_text("")
    expect(cells.nth(0).locator(".gb__text")).to_have_text("18")

    # Without a network nothing is lost.
    page.context.set_offline(True)
    keys.press("ArrowDown")
    keys.type("20")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 not saved yet")
    expect(cells.nth(2)).to_contain_text("not saved")
    page.context.set_offline(False)
    expect(cells.nth(2).locator(".gb__hidden")).to_have_text("saved")

    # Escape is the way out.
    keys.press("Escape")
    expect(page.get_by_role("button", name="Keys and grades")).to_be_focused()
    found = rows(
        lambda: sorted(
            Grade.objects.filter(assignment=book["Essay"]).values_list("score", flat=True)
        )
    )
    assert [str(score) for score in found] == ["17.40", "17.50", "18.00", "20.00"]

    page.goto(page.url)
    page.get_by_text("One assignment at a time").click()
    page.get_by_text("Weights of the types").click()
    wrong = [f"{look}: {one}" for look in every_look(page) for one in problems(page)]
    page.get_by_role("link", name="Quiz", exact=True).first.focus()
    keys.press("Enter")
    expect(page.get_by_role("textbox", name="Grid Ann", exact=True)).to_have_value("7")
    wrong += [f"{look}: {one}" for look in every_look(page) for one in problems(page)]
    assert not wrong, "\n".join(wrong)
