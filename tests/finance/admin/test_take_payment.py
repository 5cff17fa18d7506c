"""The desk: a family's payment, spread over what is open, taken once, with its receipt."""

import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from core.rls import tenant_context
from finance.models import Invoice, Payment
from finance.services import closing, payments
from tests.factories import core
from tests.factories.files import signed_in
from tests.finance.conftest import bill, fresh

pytestmark = pytest.mark.django_db

DATA = {"amount": "50", "payment_method": "cash", "payment_date": "2026-11-01", "payer": "",
        "transaction_id": "", "notes": ""}  # fmt: skip


@pytest.fixture
def office(cast):
    return signed_in(cast.a, cast.a.admin)


@pytest.fixture
def family(cast):
    """The student, and the other student as a sibling: 60 open of the one, 60 of the other."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        core.student_guardian(student=cast.a.other_student, guardian=cast.a.guardian_record)
    return cast.a


def of(student, **query):
    return reverse("admin:take_payment_of", args=[student.pk], query=query)


def send(office, student, **data):
    return office.post(of(student), DATA | {"token": str(uuid4())} | data)


def errors(response):
    assert response.status_code == 200
    return dict(response.context["form"].errors)


def share(invoice):
    return f"share-{invoice.pk.hex}"


def open_ones(school):
    with tenant_context(school.tenant, school.admin):
        return {row.invoice_number: str(row.balance) for row in Invoice.objects.issued()}


# Finding ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["INV-1", " inv-1 "])
def test_an_invoices_number_leads_to_its_family(office, cast, term):
    response = office.get(reverse("admin:take_payment"), {"q": term})
    assert response.url == of(cast.a.student, invoice=cast.a.invoice.pk, currency="USD")
    page = office.get(response.url)
    assert page.context["form"]["amount"].value() == Decimal("60.00")


def test_a_name_leads_to_whoever_it_is(office, cast):
    page = office.get(reverse("admin:take_payment"), {"q": "student"})
    assert {person.pk for person in page.context["students"]} == {
        cast.a.student.pk, cast.a.other_student.pk,
    }  # fmt: skip
    response = office.get(reverse("admin:take_payment"), {"q": cast.a.other_student.name})
    assert response.url == of(cast.a.other_student)
    page = office.get(reverse("admin:take_payment"), {"q": "nobody of this name"})
    assert "Nobody and no invoice matches" in page.content.decode()
    assert office.get(reverse("admin:take_payment")).status_code == 200


def test_the_page_shows_the_familys_open_invoices_oldest_first(office, family):
    with tenant_context(family.tenant, family.admin):
        bill(family, "OLD", 7, due_date=date(2026, 1, 6), student=family.other_student)
        bill(family, "EUR", 7, currency="EUR")
        bill(family, None, 7)
    page = office.get(of(family.student))
    assert [str(row) for row in page.context["family"].invoices] == ["OLD", "INV-1", "OTHER_INV-1"]
    assert page.context["family"].other_currencies == ["EUR"]
    assert [str(row) for row in office.get(of(family.student, currency="EUR")).context["family"]
            .invoices] == ["EUR"]  # fmt: skip


# Taking -------------------------------------------------------------------------------------------


def test_an_amount_is_spread_over_the_oldest_and_the_rest_is_credit(office, family):
    response = send(office, family.student, amount="130.00", payment_date="2027-01-01")
    with tenant_context(family.tenant, family.admin):
        payment = Payment.objects.get(amount=130)
    assert response.url == reverse("admin:payment_receipt", args=[payment.pk])
    assert open_ones(family) == {"INV-1": "0.00", "OTHER_INV-1": "0.00"}
    assert str(payment.unallocated) == "10.00"
    receipt = re.sub(r"\s+", " ", office.get(response.url).content.decode())
    for text in ("130.00 USD", "INV-1", "60.00 USD", "still to pay after this: 0.00 USD",
                 "10.00 USD", payment.pk.hex[:8].upper()):  # fmt: skip
        assert text in receipt


def test_the_chosen_invoice_comes_first(office, family):
    address = of(family.student, invoice=family.other_invoice.pk)
    office.post(address, DATA | {"token": str(uuid4()), "amount": "70"})
    assert open_ones(family) == {"INV-1": "50.00", "OTHER_INV-1": "0.00"}


def test_shares_by_hand_are_taken_as_they_are(office, family):
    send(office, family.student, amount="50", **{share(family.other_invoice): "20,00"})
    assert open_ones(family) == {"INV-1": "60.00", "OTHER_INV-1": "40.00"}
    with tenant_context(family.tenant, family.admin):
        assert str(Payment.objects.get(amount=50).unallocated) == "30.00"


def test_all_of_it_for_one_invoice_is_the_specifications_shape(office, family):
    send(office, family.student, **{share(family.other_invoice): "50"})
    with tenant_context(family.tenant, family.admin):
        payment = Payment.objects.get(amount=50)
        assert (payment.invoice, payment.student) == (family.other_invoice, family.other_student)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"amount": "0.001"}, "amount"),
        ({"payment_method": ""}, "payment_method"),
        ({"payment_method": "shells"}, "payment_method"),
        ({"payment_date": "soon"}, "payment_date"),
        ({"payer": "guardian:00000000-0000-4000-8000-000000000000"}, "payer"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(office, family, data, field):
    assert list(errors(send(office, family.student, **data))) == [field]
    assert open_ones(family) == {"INV-1": "60.00", "OTHER_INV-1": "60.00"}


def test_shares_are_no_more_than_is_open_or_was_paid(office, family):
    wrong = errors(send(office, family.student, amount="90", **{share(family.invoice): "61"}))
    assert wrong == {share(family.invoice): ["Only 60.00 are still to pay of it."]}
    both = {share(family.invoice): "60", share(family.other_invoice): "60"}
    assert list(errors(send(office, family.student, amount="90", **both))) == ["amount"]


def test_the_same_form_sent_twice_is_one_payment(office, family):
    token = str(uuid4())
    first, second = (send(office, family.student, token=token) for _ in range(2))
    assert first.url == second.url
    with tenant_context(family.tenant, family.admin):
        assert Payment.objects.filter(amount=50).count() == 1


def test_a_second_clerk_with_the_same_reference_is_told(office, family):
    send(office, family.student, transaction_id="tx-9")
    wrong = errors(send(office, family.student, transaction_id="tx-9"))
    assert wrong == {
        "transaction_id": ["A payment by this method with this reference was recorded already."]
    }


def test_a_second_clerk_who_saw_the_old_balance_is_told(office, family, monkeypatch):
    """The page was filled in before somebody else took money for the same invoice."""
    record = payments.record

    def meanwhile(**given):
        with tenant_context(family.tenant, family.admin):
            record(
                student=family.student, amount=Decimal(60), currency="USD", payment_method="card",
                shares={family.invoice: Decimal(60)},
            )  # fmt: skip
        return record(**given)

    monkeypatch.setattr(payments, "record", meanwhile)
    wrong = errors(send(office, family.student, **{share(family.invoice): "50"}))
    assert wrong["amount"] == ["With this payment, more than the invoice's amount would be paid."]


def test_a_closed_month_is_said_at_the_date(office, family):
    with tenant_context(family.tenant, family.admin):
        closing.close(date(2026, 3, 1))
    assert list(errors(send(office, family.student, payment_date="2026-03-05"))) == ["payment_date"]


def test_a_sponsor_or_guardian_pays(office, family):
    send(office, family.student, payer=f"sponsor:{family.sponsor.pk}")
    with tenant_context(family.tenant, family.admin):
        payment = Payment.objects.get(amount=50)
        assert payment.payer_sponsor == family.sponsor
    assert "Rotary Club" in office.get(reverse("admin:payment_receipt", args=[payment.pk])).text


def test_credit_is_offered_and_used(office, family):
    send(office, family.student, amount="130")
    with tenant_context(family.tenant, family.admin):
        bill(family, "NEXT", 25)
    page = office.get(of(family.other_student))
    assert page.context["family"].credit_left == 10
    office.post(reverse("admin:take_credit", args=[family.other_student.pk]))
    assert open_ones(family)["NEXT"] == "15.00"
    assert office.get(of(family.student)).context["family"].credit == []


# Who, and what it costs ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["teacher", "student"])
def test_others_take_nothing(cast, role):
    client = signed_in(cast.a, getattr(cast.a, role))
    with tenant_context(cast.a.tenant, cast.a.admin):
        addresses = [
            reverse("admin:take_payment"), of(cast.a.student),
            reverse("admin:payment_receipt", args=[cast.a.payment.pk]),
            reverse("admin:invoice_cancel", args=[cast.a.invoice.pk]),
            reverse("admin:invoice_credit", args=[cast.a.invoice.pk]),
            reverse("admin:payment_take_back", args=[cast.a.payment.pk, "refund"]),
        ]  # fmt: skip
    expected = 403 if role == "teacher" else 302
    assert {client.get(address).status_code for address in addresses} == {expected}


def test_another_schools_rows_are_not_there(office, cast):
    b = cast.b
    for address in (
        of(b.student),
        reverse("admin:payment_receipt", args=[b.payment.pk]),
        reverse("admin:invoice_cancel", args=[b.invoice.pk]),
        reverse("admin:payment_take_back", args=[b.payment.pk, "refund"]),
        reverse("admin:payment_take_back", args=[cast.a.payment.pk, "gift"]),
    ):
        assert office.get(address).status_code == 404


@pytest.mark.parametrize("invoices", [1, 3])
def test_a_payment_takes_twelve_queries(office, family, django_assert_max_num_queries, invoices):
    with tenant_context(family.tenant, family.admin):
        for number in range(invoices):
            bill(family, f"M-{number}", 10)
    token = str(uuid4())
    office.get(of(family.student))
    with django_assert_max_num_queries(12):
        response = office.post(of(family.student), DATA | {"token": token, "amount": "140"})
    assert response.status_code == 302


# Counter-entries ----------------------------------------------------------------------------------


def why(office, name, *args, **data):
    given = {"day": "2026-11-02", "reason": "a mistake"} | data
    return office.post(reverse(f"admin:{name}", args=args), given)


def test_a_payment_is_refunded_in_part_and_reversed(office, cast):
    payment = cast.a.payment
    day = str(payment.payment_date)
    wrong = why(office, "payment_take_back", payment.pk, "refund", amount="41", day=day)
    assert list(errors(wrong)) == ["amount"]
    assert list(errors(why(office, "payment_take_back", payment.pk, "refund", amount="1",
                           day="2020-01-01"))) == ["day"]  # fmt: skip
    assert (
        why(office, "payment_take_back", payment.pk, "refund", amount="15", day=day).status_code
        == 302
    )
    page = office.get(reverse("admin:payment_take_back", args=[payment.pk, "reversal"]))
    assert page.context["form"]["amount"].value() == Decimal("25.00")
    why(office, "payment_take_back", payment.pk, "reversal", amount="25", day=day)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert (fresh(payment).reversed, fresh(cast.a.invoice).balance) == (40, 100)


def test_a_paid_invoice_is_cancelled_and_its_money_is_credit(office, cast):
    page = office.get(reverse("admin:invoice_cancel", args=[cast.a.invoice.pk]))
    assert "40.00 USD were paid" in page.text
    assert list(errors(why(office, "invoice_cancel", cast.a.invoice.pk, reason=" "))) == ["reason"]
    assert why(office, "invoice_cancel", cast.a.invoice.pk, day="2026-11-30").status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert fresh(cast.a.invoice).status == "cancelled"
        assert str(fresh(cast.a.payment).unallocated) == "40.00"
    again = office.get(reverse("admin:invoice_cancel", args=[cast.a.invoice.pk]))
    assert again.status_code == 404


def test_a_credit_note_is_written(office, cast):
    assert why(office, "invoice_credit", cast.a.invoice.pk, amount="30").status_code == 302
    assert list(errors(why(office, "invoice_credit", cast.a.invoice.pk, amount="71"))) == ["amount"]
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert str(fresh(cast.a.invoice).balance) == "30.00"
