"""A statement of account in the pages of students and guardians, and as PDF."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from core.rls import tenant_context
from finance.selectors import statement
from finance.services import payments
from tests.factories import core
from tests.factories.files import signed_in
from tests.finance.conftest import bill

pytestmark = pytest.mark.django_db

PERIOD = {"first": "2026-03-01", "last": "2026-12-31"}


@pytest.fixture
def school(cast):
    """In EUR: each student's invoice is in part paid by the other one's payment."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        own = bill(cast.a, "S-1", 100, currency="EUR", issue_date=date(2026, 3, 1))
        other = bill(
            cast.a, "S-2", 50, currency="EUR", issue_date=date(2026, 3, 1),
            student=cast.a.other_student,
        )  # fmt: skip
        core.student_guardian(student=cast.a.other_student, guardian=cast.a.guardian_record)
        for student, amount in ((cast.a.student, 30), (cast.a.other_student, 15)):
            payments.record(
                student=student, amount=Decimal(amount), currency="EUR", payment_method="cash",
                shares={own: Decimal(10), other: Decimal(5)}, payment_date=date(2026, 4, 1),
            )  # fmt: skip
        cast.a.student_guardian.refresh_from_db()
    return cast.a


def closing(school, reader, student):
    with tenant_context(school.tenant, reader):
        rows = statement.accounts(student, date(2026, 1, 1), date(2026, 12, 31), of_family=False)
        return next(str(row.closing) for row in rows if row.currency == "EUR")


def test_a_reader_who_sees_one_sibling_only_gets_the_balance_of_the_office(school):
    """Money of, or for, a student whom they may not see still counts."""
    by_office = closing(school, school.admin, school.student)
    assert by_office == "65.00"
    assert closing(school, school.student, school.student) == by_office
    assert closing(school, school.guardian, school.student) == by_office
    # The second guardian has the other student alone.
    other = closing(school, school.admin, school.other_student)
    assert other == "40.00"
    assert closing(school, school.other_guardian, school.other_student) == other


@pytest.mark.parametrize("person", ["student", "guardian"])
def test_the_page_and_the_pdf_have_it(school, person):
    client = signed_in(school, getattr(school, person))
    args = [] if person == "student" else [school.student.pk]
    name = "my" if person == "student" else "child"
    assert reverse(f"{name}_statement", args=args) in (
        client.get(reverse(f"{name}_invoices", args=args)).text
    )
    page = client.get(reverse(f"{name}_statement", args=args), PERIOD)
    assert [row.currency for row in page.context["accounts"]][:1] == ["EUR"]
    assert "65.00" in page.text
    answer = client.get(reverse(f"{name}_statement_pdf", args=args), PERIOD)
    assert answer["Content-Type"] == "application/pdf"
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "65.00 EUR" in " ".join(text.split())


def test_a_wrong_period_is_said(school):
    client = signed_in(school, school.student)
    for asked, sentence in [
        ({"first": "soon"}, "“soon” is not a date."),
        ({"first": "2026-05-01", "last": "2026-04-01"}, "The last day is before the first."),
    ]:
        page = client.get(reverse("my_statement"), asked)
        assert page.status_code == 200
        assert sentence in page.text
        assert "accounts" not in page.context
        assert client.get(reverse("my_statement_pdf"), asked).status_code == 302
    assert client.get(reverse("my_statement")).status_code == 200


def test_of_other_students_there_is_none(cast, school):
    guardian = signed_in(cast.a, cast.a.other_guardian)
    for name in ("child_statement", "child_statement_pdf"):
        assert guardian.get(reverse(name, args=[cast.a.student.pk])).status_code == 404
        assert guardian.get(reverse(name, args=[cast.b.student.pk])).status_code == 404
    assert signed_in(cast.a, cast.a.teacher).get(reverse("my_statement")).status_code == 302
