"""What comes out on paper, read back from the PDF that the browser makes of a page."""

import io
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from academics.models import Assignment
from core.rls import tenant_context
from finance.models import Invoice

pytestmark = pytest.mark.browser


def paper(page, site, path):
    """Return the texts of the pages that printing the page at `path` makes."""
    page.goto(site.url(path))
    page.wait_for_load_state("networkidle")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    return [sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages]


def test_a_students_timetable(page, site, sign_in):
    school = site.school
    sign_in(school.student.email)
    monday = school.session.session_date
    [text] = paper(page, site, f"/my/timetable/?week={monday:%G-W%V}")
    assert school.student.name in text
    assert school.school_class.name in text
    assert "Sign out" not in text


def test_the_gradebook_has_every_column(page, site, sign_in):
    school = site.school
    with tenant_context(school.tenant, school.admin):
        for number in range(20):
            Assignment.objects.create(
                school_class=school.school_class,
                title=f"Task{number:02}",
                type="homework",
                max_score=20,
                assigned_date=school.assignment.assigned_date,
                due_date=school.assignment.due_date + timedelta(days=number),
            )
    sign_in(school.teacher.email)
    [text] = paper(page, site, f"/admin/gradebook/{school.school_class.pk}/")
    assert [number for number in range(20) if f"Task{number:02}" not in text] == []
    assert school.student.name in text
    assert school.tenant.name in text
    assert "Keys and grades" not in text
    # Nothing is cut off at the right.
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1040, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 1040


def test_a_register_to_tick(page, site, sign_in):
    school = site.school
    sign_in(school.teacher.email)
    [text] = paper(page, site, f"/admin/register/{school.session.pk}/")
    for wanted in (school.student.name, "Present", "Absent", "Late", "Excused", "Signature"):
        assert wanted in text
    for button in ("Set all", "Keyboard", "not saved", "Who changed"):
        assert button not in text
    page.emulate_media(media="print")
    box = "getComputedStyle(e, '::before')"
    marks = page.locator(".reg__mark:not(.reg__mark--blank) > span")
    sizes = marks.evaluate_all(f"all => all.map(e => {box}.width)")
    assert len(set(sizes)) == 1
    assert sizes[0].endswith("px")


def test_an_invoice_of_the_portal_and_of_the_office(page, site, sign_in):
    school = site.school
    with tenant_context(school.tenant, school.admin):
        invoice = Invoice.objects.get(pk=school.invoice.pk)
    for person, path in (
        (school.student, f"/my/invoices/{invoice.pk}/"),
        (school.admin, f"/admin/finance/invoice/{invoice.pk}/paper"),
    ):
        page.context.clear_cookies()
        sign_in(person.email)
        [text] = paper(page, site, path)
        for wanted in (
            school.tenant.name,
            school.student.name,
            invoice.invoice_number,
            str(invoice.amount),
        ):
            assert wanted in text
        for other in ("Sign out", "Change password", "Save"):
            assert other not in text


def test_a_list_without_the_bars_around_it(page, site, sign_in):
    sign_in(site.school.admin.email)
    text = "".join(paper(page, site, "/admin/core/user/"))
    assert site.school.student.name in text
    for bar in ("Dashboard", "Report cards", "Select action"):
        assert bar not in text


def test_the_office_prints_an_invoice_from_its_page(page, site, sign_in):
    sign_in(site.school.admin.email)
    page.goto(site.url(f"/admin/finance/invoice/{site.school.invoice.pk}/change/"))
    page.get_by_role("link", name="Print").click()
    expect(page.get_by_role("heading", name="Invoice")).to_be_visible()
