"""Statements of account: opening, every entry, closing; of a student and of a family."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.core import mail as outbox
from django.urls import reverse
from pypdf import PdfReader

from core.models import Mail, StudentGuardian
from core.rls import tenant_context
from finance.selectors import statement
from finance.services import credit_notes, invoices, payments
from tests.factories import core
from tests.factories.files import signed_in
from tests.factories.mail import queued_mail, send_queued_mail
from tests.finance.conftest import bill

pytestmark = pytest.mark.django_db


@pytest.fixture
def family(cast):
    """Two siblings with entries in EUR, from March to June."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        core.student_guardian(student=cast.a.other_student, guardian=cast.a.guardian_record)
        own = bill(cast.a, "S-1", 100, currency="EUR", issue_date=date(2026, 3, 1))
        sibling = bill(
            cast.a, "S-2", 50, currency="EUR", issue_date=date(2026, 4, 1),
            student=cast.a.other_student,
        )  # fmt: skip
        gone = bill(cast.a, "S-3", 5, currency="EUR", issue_date=date(2026, 4, 2))
        invoices.cancel(invoice=gone, reason="twice")
        paid = payments.record(
            student=cast.a.student, amount=Decimal(140), currency="EUR", payment_method="cash",
            shares={own: Decimal(90), sibling: Decimal(50)}, payment_date=date(2026, 5, 1),
        )  # fmt: skip
        credit_notes.write(invoice=own, amount=Decimal(20), reason="x", on=date(2026, 5, 2))
        payments.take_back(
            payment=paid, amount=Decimal(3), kind="refund", reason="x", on=date(2026, 6, 1)
        )
    return cast.a


def account(school, student, first, last, of_family):
    with tenant_context(school.tenant, school.admin):
        rows = statement.accounts(student, first, last, of_family=of_family)
        return next(row for row in rows if row.currency == "EUR")


def test_a_period_opens_with_what_was_before_and_closes_with_what_is_owed(family):
    made = account(family, family.student, date(2026, 5, 1), date(2026, 5, 31), True)
    assert (made.opening, made.closing) == (155, -5)
    assert [(line.kind, line.amount, line.balance) for line in made.lines] == [
        ("payment", -140, 15),
        ("credit_note", -20, -5),
    ]


def test_the_accounts_of_siblings_are_together_the_familys(family):
    whole = (date(2026, 1, 1), date(2127, 1, 1))
    own, sibling = (
        account(family, student, *whole, False)
        for student in (family.student, family.other_student)
    )
    together = account(family, family.student, *whole, True)
    assert own.closing + sibling.closing == together.closing == 150 - 140 - 20 + 3
    assert sibling.closing == 0
    assert "transfer" not in {line.kind for line in together.lines}
    assert [line.kind for line in sibling.lines] == ["invoice", "transfer"]


def test_the_page_shows_it_and_says_what_is_wrong(family):
    office = signed_in(family, family.admin)
    address = reverse("admin:statement", args=[family.student.pk])
    period = {"first": "2026-05-01", "last": "2026-05-31", "family": "on"}
    page = office.get(address, period).text
    for text in ("Opening balance", "155.00", "−5.00" if "−5.00" in page else "-5.00", "EUR"):
        assert text in page
    wrong = office.get(address, period | {"last": "2026-04-01"})
    assert wrong.context["form"].errors == {"last": ["It is before the first day."]}
    assert office.get(address).status_code == 200


def test_it_is_the_offices_and_the_schools_own(cast):
    address = reverse("admin:statement", args=[cast.a.student.pk])
    assert signed_in(cast.a, cast.a.teacher).get(address).status_code == 403
    assert signed_in(cast.b, cast.b.admin).get(address).status_code == 404


# --- as PDF, and by mail --------------------------------------------------------------------------
PERIOD = {"first": "2026-05-01", "last": "2026-05-31", "family": "on"}


def address_of(name, school, **period):
    query = "&".join(f"{key}={value}" for key, value in (PERIOD | period).items() if value)
    return f"{reverse(f'admin:{name}', args=[school.student.pk])}?{query}"


def text_of(pdf):
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_the_pdf_has_the_lines_and_sums_of_the_page(family):
    office = signed_in(family, family.admin)
    page = office.get(reverse("admin:statement", args=[family.student.pk]), PERIOD)
    assert address_of("statement_pdf", family).replace("&", "&amp;") in page.text
    response = office.get(address_of("statement_pdf", family))
    assert response["Content-Type"] == "application/pdf"
    assert 'filename="statement-' in response["Content-Disposition"]
    text = text_of(response.content)
    for part in (
        "Statement of account", f"Family of {family.student.name}", "Opening balance 155.00",
        "-140.00 15.00", "-20.00 -5.00", "Credit 5.00 EUR",
    ):  # fmt: skip
        assert part in text
    alone = text_of(office.get(address_of("statement_pdf", family, family="")).content)
    assert "Family of" not in alone
    assert "sister" in alone
    quiet = {"first": "2001-01-01", "last": "2001-02-01"}
    assert "0.00 USD" in text_of(office.get(address_of("statement_pdf", family, **quiet)).content)


def test_the_mail_goes_to_guardians_who_may_see_all_who_stand_on_it(family):
    office = signed_in(family, family.admin)
    answer = office.post(address_of("statement_mail", family), follow=True)
    # The other student's own guardian may not see the student.
    assert "1 mail is on its way." in answer.text
    assert answer.context["period"]["first"] == date(2026, 5, 1)
    assert send_queued_mail() == 1
    [message] = outbox.outbox
    assert message.to == [family.guardian.email]
    assert message.subject.startswith(f"Statement of account: Family of {family.student.name}")
    [(name, pdf, _kind)] = message.attachments
    assert (name[:10], "Opening balance 155.00" in text_of(pdf)) == ("statement-", True)


def test_a_statement_that_no_longer_concerns_somebody_is_not_sent(family):
    office = signed_in(family, family.admin)
    office.post(address_of("statement_mail", family))
    with tenant_context(family.tenant, family.admin):
        links = StudentGuardian.objects.filter(guardian=family.guardian_record)
        links.exclude(student=family.student).update(portal_access=False)
    send_queued_mail()
    assert outbox.outbox == []
    with tenant_context(family.tenant, family.admin):
        [failed] = Mail.objects.filter(kind="statement")
        assert failed.error == "This is no longer the person to write to about it."
    answer = office.post(address_of("statement_mail", family), follow=True)
    assert "No guardian with an e-mail address may see the pages of all" in answer.text
    # What is the student's alone, the guardian may still see.
    office.post(address_of("statement_mail", family, family=""))
    assert len(queued_mail()) == 1


def test_pdf_and_mail_are_the_offices_and_want_a_right_period(cast, family):
    for name, method in (("statement_pdf", "get"), ("statement_mail", "post")):
        for school, person, status in [
            (family, family.teacher, 403),
            (cast.b, cast.b.admin, 404),
            (family, family.admin, 302),
        ]:
            client = signed_in(school, person)
            answer = getattr(client, method)(address_of(name, family, last="soon"))
            assert answer.status_code == status
        assert "last=soon" in answer.url
    assert queued_mail() == []
