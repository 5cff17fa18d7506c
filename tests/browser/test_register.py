"""A teacher takes attendance without the mouse, and the office meets them on the same register."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from academics.models import ClassSession, Enrollment
from core.models import User
from core.rls import tenant_context
from tests.browser.accessibility import accessible, every_look
from tests.factories.cast import PASSWORD

pytestmark = pytest.mark.browser
STUDENTS = 4


@pytest.fixture
def session(site):
    """A session of the day with some more students in the class."""
    school = site.school
    day = school.tenant.today()
    with tenant_context(school.tenant, role="admin"):
        people = User.objects.bulk_create(
            User(email=f"row{n}@example.com", name=f"Row {n}", role="student")
            for n in range(STUDENTS)
        )
        for person in people:
            Enrollment.objects.create(
                student=person,
                school_class=school.school_class,
                enrollment_date=day - timedelta(days=30),
            )
        return ClassSession.objects.create(
            school_class=school.school_class,
            session_date=day,
            start_time="00:00",
            end_time="23:59",
        )


@pytest.fixture
def office(chromium, site):
    """A page of the admin's in another browser, signed in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(site.url("/login/"))
    page.get_by_label("E-mail").fill(site.school.admin.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()


def marks(page):
    """Return the mark chosen for each student, by name."""
    rows = page.locator("[data-row]").all()
    return {
        row.locator(".reg__name > span").inner_text(): row.locator(
            "[data-mark]:checked"
        ).input_value()
        for row in rows
    }


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_two_people_take_one_register_by_keyboard_alone(page, site, sign_in, session, office):
    sign_in(site.school.teacher.email)
    expect(page.get_by_text("Not taken yet")).to_be_visible()
    link = page.get_by_role("link", name=f"Take attendance of {site.school.school_class.name}")
    link.focus()
    press(page, "Enter")
    expect(page.get_by_text("Not taken yet.")).to_be_visible()
    expect(page.get_by_text("5 marks are not saved yet.")).to_be_visible()
    office.goto(page.url)

    # Late, absent with a note, present; back up, and excused instead.
    press(page, "l", "a", "ArrowUp", "n")
    page.keyboard.type("no call")
    press(page, "Enter", "p", "ArrowUp", "e")
    assert marks(page) == {
        "Row 0": "late",
        "Row 1": "absent",
        "Row 2": "excused",
        "Row 3": "present",
        "Student": "present",
    }
    press(page, "?")
    expect(page.get_by_role("heading", name="Taking attendance by keyboard")).to_be_visible()
    press(page, "Escape", "Control+s")
    expect(page.get_by_text("5 marks saved.")).to_be_visible()
    expect(page.get_by_text("Taken by Teacher, ")).to_be_visible()
    expect(page.get_by_text("Everything is saved.")).to_be_visible()

    # The office opened it before; of what both have said, both are shown.
    expect(office.get_by_text("Not taken yet.")).to_be_visible()
    press(office, "ArrowDown", "p", "Control+s")
    expect(office.get_by_text("3 marks were changed by somebody else")).to_be_visible()
    rows = office.locator("[data-clash]")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("You: Present")
    expect(rows.nth(1)).to_contain_text("Absent (no call)")
    accessible(office)
    press(office, "ArrowDown", "Tab")  # theirs, then on to the next student
    expect(rows.nth(0).get_by_label("Teacher, ")).to_be_checked()
    rows.nth(1).get_by_label("You:").focus()
    press(office, "Space")
    rows.nth(2).get_by_label("Teacher, ").focus()
    press(office, "Space", "Control+s")
    expect(office.get_by_text("1 mark saved.")).to_be_visible()
    expect(office.get_by_text("changed by Admin, ")).to_be_visible()
    expected = {
        "Row 0": "late",
        "Row 1": "present",
        "Row 2": "excused",
        "Row 3": "present",
        "Student": "present",
    }
    assert marks(office) == expected

    # The teacher sees who it was, and all are set at once only after a question.
    page.reload()
    expect(page.get_by_text("changed by Admin, ")).to_be_visible()
    page.get_by_label("Set all to").focus()
    press(page, "a", "Tab", "Enter")
    expect(
        page.get_by_text("Marks that this replaces: 5 (1 Late, 3 Present, 1 Excused).")
    ).to_be_visible()
    press(page, "Enter")  # the safe answer has the focus
    assert marks(page) == expected
    for _look in every_look(page):
        accessible(page)


def test_changes_are_not_left_behind_unasked(page, site, sign_in, session):
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/register/{session.pk}/"))
    press(page, "a")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(site.url("/admin/attendance-day/"))
    assert asked == ["beforeunload"]
    expect(page.get_by_role("heading", name="Not taken yet (1)")).to_be_visible()
    for _look in every_look(page):
        accessible(page)
    page.get_by_role("link", name=site.school.school_class.name).focus()
    press(page, "Enter")
    expect(page.get_by_text("Not taken yet.")).to_be_visible()
    page.get_by_role("link", name="Cancel this session").focus()
    press(page, "Enter")
    page.get_by_role("button", name="Cancel the session").focus()
    press(page, "Enter")
    expect(page.get_by_text("This session is cancelled and takes no attendance.")).to_be_visible()


def test_only_blank_rows_are_filled_with_present(page, site, sign_in, session):
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/register/{session.pk}/"))
    press(page, "a")
    page.get_by_role("radiogroup", name="Row 1").get_by_label("Leave blank").check(force=True)
    assert (marks(page)["Row 0"], marks(page)["Row 1"]) == ("absent", "")
    page.get_by_role("button", name="Fill the blank ones with present").click()
    filled = {f"Row {n}": "present" for n in range(1, STUDENTS)}
    assert marks(page) == {"Row 0": "absent", **filled, "Student": "present"}


def test_without_scripts_the_register_is_a_plain_form(chromium, site, session):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url("/login/"))
    page.get_by_label("E-mail").fill(site.school.teacher.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(site.url(f"/admin/register/{session.pk}/"))
    expect(page.get_by_role("button", name="Set all …")).to_be_hidden()
    page.get_by_role("radiogroup", name="Row 1").get_by_label("Excused").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Taken by Teacher, ")).to_be_visible()
    assert marks(page)["Row 1"] == "excused"
    assert list(marks(page).values()).count("present") == STUDENTS
    context.close()


def test_marks_stay_when_the_network_or_the_sign_in_is_gone(page, site, sign_in, session):
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/register/{session.pk}/"))
    press(page, "l")
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    typed = marks(page)

    page.context.set_offline(True)
    press(page, "Control+s")
    expect(page.get_by_role("alert")).to_contain_text("No connection to the school")
    page.context.set_offline(False)

    page.context.clear_cookies()
    press(page, "Control+s")
    expect(page.get_by_role("alert")).to_contain_text("You are signed out: nothing was sent yet.")
    accessible(page)
    assert marks(page) == typed
    assert sent == []

    with page.context.expect_page() as other:
        page.get_by_role("link", name="Sign in in another tab").click()
    other.value.get_by_label("E-mail").fill(site.school.teacher.email)
    other.value.get_by_label("Password").fill(PASSWORD)
    other.value.get_by_role("button", name="Sign in").click()
    expect(other.value.get_by_label("E-mail")).to_have_count(0)

    # The token is another one by now.
    page.bring_to_front()
    press(page, "Control+s")
    expect(page.get_by_text("5 marks saved.")).to_be_visible()
    assert marks(page) == typed
    assert len(sent) == 1


QUESTION = "document.querySelector('script[data-signed-in]').dataset.signedIn"


def test_a_register_that_is_under_way_does_not_go_again(page, site, sign_in, session):
    sign_in(site.school.teacher.email)
    page.goto(site.url(f"/admin/register/{session.pk}/"))
    press(page, "l")
    sent, held = [], []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    # The form asks first whether it would get through: the answer waits until Ctrl+S came again.
    question = page.evaluate(QUESTION)
    page.route(f"**{question}", lambda route: held.append(route))
    with page.expect_request(f"**{question}"):
        press(page, "Control+s")
    press(page, "Control+s")
    page.evaluate("fetch('/admin/').then(answer => answer.text())")  # behind whatever it asked
    assert len(held) == 1
    held[0].continue_()
    expect(page.get_by_text("5 marks saved.")).to_be_visible()
    assert len(sent) == 1
