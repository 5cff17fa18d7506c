"""A teacher writes comments, looks a student up and takes the report card, by keyboard alone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.accessibility import accessible, every_look

pytestmark = pytest.mark.browser


def test_comment_profile_and_report_card(page, site, sign_in):
    school = site.school
    sign_in(school.teacher.email)
    page.goto(site.url(f"/admin/report-cards/?term={school.term.pk}"))
    page.get_by_role("link", name="Own Class (C1)").focus()
    page.keyboard.press("Enter")
    comment = page.get_by_label(re.compile("^Student"))
    comment.focus()
    page.keyboard.type("Reads a lot.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("1 comment was saved.")).to_be_visible()
    expect(comment).to_have_value("Reads a lot.")
    for _look in every_look(page):
        accessible(page)

    page.goto(site.url("/admin/students/"))
    page.get_by_label("Name, e-mail, student number or phone").focus()
    page.keyboard.type("student")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Student", exact=True, level=2)).to_be_visible()
    page.get_by_label("Term", exact=True).last.select_option("Spring, 2025/26")
    page.get_by_role("button", name="Show").press("Enter")
    page.get_by_role("link", name=re.compile("Own Class: Present")).press("Enter")
    expect(page.get_by_role("heading", name="Monday, 2 Feb 2026")).to_be_visible()
    for _look in every_look(page):
        accessible(page)

    with page.expect_download() as download:
        page.get_by_role("button", name="Report card (PDF)").press("Enter")
    [card] = PdfReader(Path(download.value.path())).pages
    assert "Reads a lot." in card.extract_text()


def test_a_comment_is_not_left_unasked(page, site, sign_in):
    school, asked = site.school, []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    sign_in(school.teacher.email)
    page.goto(site.url(f"/admin/report-cards/?term={school.term.pk}"))
    page.get_by_role("link", name="Own Class (C1)").click()
    comments = page.url
    page.goto(comments)
    assert asked == []
    page.get_by_label(re.compile("^Student")).press_sequentially("Reads a lot.")
    page.goto(comments)
    assert asked == ["beforeunload"]
    page.get_by_label(re.compile("^Student")).press_sequentially("Reads a lot.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("1 comment was saved.")).to_be_visible()
    page.goto(comments)
    assert asked == ["beforeunload"]
