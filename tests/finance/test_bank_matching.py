"""Which invoice a line is for: by number, amount and name, with points and in words."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from core.models import Guardian, StudentGuardian, User
from core.rls import tenant_context
from finance.models import Invoice
from finance.selectors import bank
from tests.factories import finance
from tests.finance.conftest import bill, pay, sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(school):
    """A student with a guardian, and an invoice of 120 that nobody else's is like."""
    student = User.objects.create_user("anna@x.example", None, name="Anna Müller", role="student")
    guardian = Guardian.objects.create(name="Hans-Jörg O’Brien")
    StudentGuardian.objects.create(student=student, guardian=guardian)
    bill(school, "2026-00042", amount=120, student=student)
    return student


def points(school, amount="1.00", **columns):
    """Return {invoice number: (for the number, the amount, the name)} of a line."""
    usual = {"statement": school.bank_statement, "amount": Decimal(amount), "party": ""}
    line = finance.bank_transaction(**usual | columns)
    [review] = bank.review([line])
    return {
        str(row.invoice): (row.by_number, row.by_amount, row.by_name) for row in review.proposals
    }


@pytest.mark.parametrize(
    "text",
    [
        "Invoice 2026-00042", "2026-00042", "inv.2026/00042 lunch", "2026 00042", "2026.00042",
        "RE202600042", "#2026-00042,", "Rechnung 2026-0 0042 danke", "no 2026_00042",
    ],
)  # fmt: skip
def test_a_number_counts_however_it_is_punctuated(school, anna, text):
    assert points(school, message=text) == {"2026-00042": (60, 0, 0)}


@pytest.mark.parametrize("text", ["invoice 2026-42", "2026/042", "2026 42"])
def test_a_number_without_its_zeros_counts_less(school, anna, text):
    assert points(school, message=text) == {"2026-00042": (40, 0, 0)}


@pytest.mark.parametrize(
    "text",
    [
        "2026-000421",
        "12026-00042",
        "42",
        "00042",
        "2026",
        "2026-00043",
        "2025-00042",
        "12-2026-420",
    ],
)
def test_other_numbers_are_none(school, anna, text):
    assert points(school, message=text) == {}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("INV-7/A", "inv 7 a"), ("A+1 (x)", "for A+1 (x)"), ("SCH[2026]*9", "sch[2026]*9"),
        ("Ä-100", "a 100"),
    ],
)  # fmt: skip
def test_numbers_by_hand_are_no_patterns(school, number, text):
    bill(school, number, amount=77)
    assert points(school, message=text)[number][0] == 60
    assert points(school, message="aaa1 x") == {}


@pytest.mark.parametrize(
    ("party", "by_name"),
    [
        ("ANNA MUELLER", 15), ("Müller, Anna", 15), ("Muller Anna Maria", 15),
        ("Fam. Müller", 8), ("HANS JOERG OBRIEN", 15), ("O'Brien", 8), ("Annabel Mullerova", 0),
    ],
)  # fmt: skip
def test_names_count_however_the_bank_writes_them(school, anna, party, by_name):
    expected = {"2026-00042": (0, 0, by_name)} if by_name else {}
    assert points(school, party=party) == expected


def test_sponsors_and_named_payers_count(school, anna):
    aunt = Guardian.objects.create(name="Zelda Quist")
    bill(school, "P-1", amount=5, student=anna, payer_guardian=aunt)
    bill(school, "P-2", amount=6, student=anna, payer_sponsor=school.sponsor)
    assert points(school, party="QUIST ZELDA") == {"P-1": (0, 0, 15)}
    assert points(school, message="from the Rotary Club") == {"P-2": (0, 0, 15)}


def test_the_amount_counts_where_it_is_what_is_still_to_pay(school, anna):
    assert points(school, "120") == {"2026-00042": (0, 25, 0)}
    pay(Invoice.objects.get(invoice_number="2026-00042"), "20")
    assert points(school, "120") == {}
    assert points(school, "100") == {"2026-00042": (0, 25, 0)}
    assert points(school, "100", currency="EUR") == {}


def test_what_has_nothing_to_pay_is_not_proposed(school, anna):
    invoice = Invoice.objects.get(invoice_number="2026-00042")
    pay(invoice, "120")
    assert points(school, message="2026-00042", party="Anna Müller") == {}
    assert points(school, "-120", message="2026-00042") == {}


def test_the_likeliest_comes_first_and_five_at_most(school, anna):
    for number in range(7):
        bill(school, f"M-{number:03}", amount=120, student=anna)
    line = finance.bank_transaction(
        statement=school.bank_statement, amount=120, message="M-003", party="Anna Müller"
    )
    [review] = bank.review([line])
    assert len(review.proposals) == 5
    best = review.proposals[0]
    assert (str(best.invoice), best.score, review.is_sure) == ("M-003", 100, True)
    assert best.why == (
        "its number is in the text, the amount is what is still to pay, a name of the family"
    )
    assert review.proposals[1].why == "the amount is what is still to pay, a name of the family"


def test_two_that_are_as_likely_are_not_ticked(school, anna):
    bill(school, "2026-00043", amount=120, student=anna)
    line = finance.bank_transaction(
        statement=school.bank_statement, amount=120, message="2026-00042 2026-00043"
    )
    [review] = bank.review([line])
    assert [row.score for row in review.proposals] == [85, 85]
    assert not review.is_sure


def test_what_was_recorded_already_is_said(school, anna, invoice):
    pay(invoice, "1", payment_method="bank_transfer", transaction_id="R1")
    line = finance.bank_transaction(
        statement=school.bank_statement, message="2026-00042", bank_reference="R1"
    )
    [review] = bank.review([line])
    assert review.warning == "A payment with this reference was recorded by hand."
    assert not review.is_sure


def test_a_line_that_another_format_may_have_is_said(school):
    columns = {"party": "Anna", "booking_date": date(2026, 3, 3), "amount": 9}
    other = finance.bank_statement(file_format="mt940")
    finance.bank_transaction(statement=other, message="x", **columns)
    line = finance.bank_transaction(statement=school.bank_statement, message="y", **columns)
    [review] = bank.review([line])
    assert review.warning.startswith("Another statement has a line of this day")


def test_proposals_are_of_the_own_school(cast):
    with tenant_context(cast.b.tenant, cast.b.admin):
        bill(cast.b, "2026-00099", amount=333)
        theirs = finance.bank_transaction(statement=cast.b.bank_statement, message="2026-00099")
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert points(cast.a, "333", message="2026-00099") == {}
        assert sql("SELECT * FROM app.bank_proposals(%s, 5)", [theirs.pk]) == []


@pytest.mark.parametrize("who", ["teacher", "student", "guardian"])
def test_nobody_but_the_office_gets_proposals(cast, who):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        bill(school, "2026-00042")
        line = finance.bank_transaction(statement=school.bank_statement, message="2026-00042")
    with (
        tenant_context(school.tenant, getattr(school, who)),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        sql("SELECT * FROM app.bank_proposals(%s, 5)", [line.pk])


def test_reviewing_many_takes_as_many_queries_as_one(school, anna, django_assert_num_queries):
    for count in (1, 30):
        lines = [
            finance.bank_transaction(
                statement=school.bank_statement,
                message=f"2026-00042 {count} {n}",
                party="Anna",
                bank_reference=f"R{count}-{n}",
            )
            for n in range(count)
        ]
        with django_assert_num_queries(4):
            assert len(bank.review(lines)) == count
