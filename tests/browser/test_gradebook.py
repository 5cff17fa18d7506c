"""A column of grades entered by keyboard alone, as in a spreadsheet, and what goes wrong."""

import re
from datetime import UTC, datetime, timedelta

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
def rows(site):
    """Run a function in the school's own context, among the journey's steps."""

    def run(function):
        with tenant_context(site.school.tenant, role="admin"):
            return function()

    return run


@pytest.fixture
def book(rows, site):
    """A class of four students with the cast's teacher, an essay and a quiz."""
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

    rows(make)
    return made


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
    scores = rows(
        lambda: sorted(
            Grade.objects.filter(assignment=book["Essay"]).values_list("score", flat=True)
        )
    )
    assert [str(score) for score in scores] == ["17.40", "17.50", "18.00", "20.00"]

    page.goto(page.url)
    page.get_by_text("One assignment at a time").click()
    page.get_by_text("Weights of the types").click()
    wrong = [f"{look}: {problem}" for look in every_look(page) for problem in problems(page)]
    page.get_by_role("link", name="Quiz", exact=True).first.focus()
    keys.press("Enter")
    expect(page.get_by_role("textbox", name="Grid Ann", exact=True)).to_have_value("7")
    wrong += [f"{look}: {problem}" for look in every_look(page) for problem in problems(page)]
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def lost(page):
    """The requests that save cells, each of them lost on its way until the list says otherwise."""
    requests = []

    def lose(route):
        requests.append(route.request)
        route.abort()

    page.route("**/cells/", lose)
    return requests


def typed_but_lost(page, site, sign_in, book, lost):
    """Enter 17 in the first cell, which does not get through; return the cell."""
    page.clock.install()
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/gradebook/{book['class'].pk}/"))
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    cell = page.get_by_role("grid", name="Grades").locator("[data-gb-cell]").first
    cell.focus()
    page.keyboard.type("17")
    page.keyboard.press("Enter")
    expect(cell.locator(".gb__hidden")).to_have_text("not saved")
    expect(page.get_by_role("button", name="Try again now")).to_be_visible()
    assert len(lost) == 1
    return cell


def scores(rows):
    return rows(lambda: list(map(str, Grade.objects.values_list("score", flat=True))))


def test_a_lost_request_is_tried_again_by_itself(page, site, sign_in, rows, book, lost):
    before = scores(rows)
    cell = typed_but_lost(page, site, sign_in, book, lost)
    page.clock.run_for(3_900)
    assert len(lost) == 1
    with page.expect_event("requestfailed"):
        page.clock.run_for(200)
    expect(cell.locator(".gb__hidden")).to_have_text("not saved")
    page.clock.run_for(4_200)  # later each time
    assert len(lost) == 2
    page.unroute("**/cells/")
    page.clock.run_for(4_000)
    expect(cell.locator(".gb__hidden")).to_have_text("saved")
    expect(cell.locator(".gb__text")).to_have_text("17")
    assert sorted(scores(rows)) == sorted([*before, "17.00"])
    assert [request.post_data for request in lost] == [lost[0].post_data] * 2


@pytest.mark.parametrize("by", ["the network's return", "the button"])
def test_a_lost_request_is_tried_again_at_once(page, site, sign_in, rows, book, lost, by):
    before = scores(rows)
    cell = typed_but_lost(page, site, sign_in, book, lost)
    page.unroute("**/cells/")
    if by == "the button":
        page.get_by_role("button", name="Try again now").click()
    else:
        page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(cell.locator(".gb__hidden")).to_have_text("saved")
    expect(page.get_by_role("button", name="Try again now")).to_be_hidden()
    assert sorted(scores(rows)) == sorted([*before, "17.00"])


def test_grades_that_are_not_saved_are_not_left_unasked(page, site, sign_in, rows, book, lost):
    typed_but_lost(page, site, sign_in, book, lost)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    column = site.url(f"/admin/gradebook/{book['class'].pk}/{book['Quiz'].pk}/")
    page.goto(column)
    assert asked == ["beforeunload"]

    # The plain form asks too, until it is sent.
    page.get_by_role("textbox", name="Grid Ann", exact=True).press_sequentially("7")
    page.goto(column)
    assert asked == ["beforeunload"] * 2
    page.get_by_role("textbox", name="Grid Ann", exact=True).press_sequentially("7")
    page.get_by_role("button", name="Save the grades").click()
    expect(page.get_by_text("1 grade saved.")).to_be_visible()
    page.goto(column)
    assert asked == ["beforeunload"] * 2


def test_what_is_typed_while_it_is_saved_is_saved_next(page, site, sign_in, rows, book):
    before, held, sent = scores(rows), [], []
    page.on(
        "request", lambda request: sent.append(request) if request.url.endswith("/cells/") else None
    )
    page.route("**/cells/", lambda route: held.append(route), times=1)
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/gradebook/{book['class'].pk}/"))
    cell = page.get_by_role("grid", name="Grades").locator("[data-gb-cell]").first
    cell.focus()
    with page.expect_request("**/cells/"):
        page.keyboard.type("17")
        page.keyboard.press("Enter")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("18")
    page.keyboard.press("Enter")
    expect(cell.locator(".gb__text")).to_have_text("18")
    assert len(sent) == 1
    with page.expect_response(lambda answer: '"18"' in (answer.request.post_data or "")):
        held[0].continue_()
    expect(cell.locator(".gb__hidden")).to_have_text("saved")
    expect(cell.locator(".gb__text")).to_have_text("18")
    assert sorted(scores(rows)) == sorted([*before, "18.00"])


def test_a_signed_out_teacher_sees_it_and_keeps_the_grade(page, site, sign_in, rows, book):
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/gradebook/{book['class'].pk}/"))
    page.context.clear_cookies(name="sessionid")
    cell = page.get_by_role("grid", name="Grades").locator("[data-gb-cell]").first
    cell.focus()
    page.keyboard.type("17")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(
        "You are signed out. Sign in in another tab, then try again."
    )
    expect(cell.locator(".gb__text")).to_have_text("17")
    expect(cell.locator(".gb__hidden")).to_have_text("not saved")


def test_markup_in_a_cell_is_a_text(page, site, sign_in, rows, book):
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/gradebook/{book['class'].pk}/"))
    cell = page.get_by_role("grid", name="Grades").locator("[data-gb-cell]").first
    cell.focus()
    page.keyboard.type("<i>7</i>")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("<i>7</i>")
    expect(cell.locator(".gb__text")).to_have_text("<i>7</i>")


def test_refused_grades_are_not_left_unasked(page, site, sign_in, rows, book):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    sign_in(site.school.teacher.email)
    grades = site.url(f"/admin/gradebook/{book['class'].pk}/")
    page.goto(grades)
    cell = page.get_by_role("grid", name="Grades").locator("[data-gb-cell]").first
    cell.focus()
    page.keyboard.type("much")
    page.keyboard.press("Enter")
    expect(cell.locator(".gb__hidden")).to_have_text("refused")
    page.goto(grades)
    assert asked == ["beforeunload"]
    page.goto(grades)
    assert asked == ["beforeunload"]


def test_a_paste_asks_and_is_taken_back(page, site, sign_in, rows, book):
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/gradebook/{book['class'].pk}/"))
    grid = page.get_by_role("grid", name="Grades").locator("[data-gb-cell]")
    before = scores(rows)
    quiz = [grid.nth(2 * row + 1) for row in range(4)]
    quiz[0].focus()
    page.evaluate(PASTE, "7\n8")
    expect(page.get_by_text("Pasted: 2 saved")).to_be_visible()

    # Over the two: it says so, and nothing happens without a yes.
    page.evaluate(PASTE, "9\n9\n9")
    expect(page.get_by_text("Grades that are replaced: 2.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(quiz[0].locator(".gb__text")).to_have_text("7")
    page.evaluate(PASTE, "9\n9\n9")
    page.get_by_role("button", name="Paste", exact=True).click()
    expect(page.get_by_text("Pasted: 3 saved")).to_be_visible()

    # Somebody else changes one of them meanwhile: that one is not overwritten.
    rows(lambda: Grade.objects.filter(student=book["people"][1], score=9).update(score=5))
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Taken back: 2.")).to_be_visible()
    expect(quiz[0].locator(".gb__text")).to_have_text("7")
    expect(quiz[1].locator(".gb__hidden")).to_have_text("changed by somebody else")
    expect(quiz[2].locator(".gb__text")).to_have_text("")
    assert sorted(scores(rows)) == sorted(["5.00", "7.00", *before])

    # What became of the cell after it was entered: 9, and 7 again.
    quiz[0].focus()
    page.keyboard.press("Shift+F2")
    changes = page.locator("[data-gb-note-changes] .school-card")
    expect(changes).to_have_count(2)
    expect(changes.first).to_contain_text("Grid Ann – Quiz")
    expect(changes.first).to_contain_text(site.school.teacher.name)
    expect(changes.first.locator("del", has_text="9")).to_have_count(1)
