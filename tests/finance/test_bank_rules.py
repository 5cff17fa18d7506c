"""Bank statements: each line once, posted as the payment that it is, open when that is reversed."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from core.constraints import explain
from core.rls import tenant_context
from finance.bank.lines import BankFile, line
from finance.models import BankStatement, BankTransaction, ClosedMonth, Payment
from finance.services import bank_posting, bank_statements, payments
from tests.factories import finance
from tests.finance.conftest import bill, change, fresh, pay, refusal, sql, sums

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 20)


def transfer(amount="100.00", **columns):
    """A line of a file."""
    usual = {"booking_date": DAY, "currency": "USD", "account": "DE 1", "party": "Anna"}
    return line(**usual | {"amount": Decimal(amount)} | columns)


def take(*lines, digest=None):
    """Import a file of these lines."""
    file = BankFile("csv", list(lines), [])
    digest = digest or uuid4().hex * 2
    return bank_statements.import_file(file=file, filename="a.csv", digest=digest)


def post(row, invoice, token=None):
    return bank_posting.post(choices={row.pk: invoice.pk}, token=token or uuid4())


def row_of(statement):
    return statement.transactions.get()


def test_the_same_file_is_a_statement_once(school):
    first = take(transfer(), digest="a" * 64)
    again = take(transfer(), digest="a" * 64)
    assert (first.added, first.was_there) == (1, False)
    assert (again.added, again.was_there, again.statement) == (0, True, first.statement)
    assert (
        refusal(lambda: finance.bank_statement(digest="a" * 64))[0] == "idx_bank_statements_digest"
    )


def test_a_line_of_another_file_is_taken_once(school):
    take(transfer(message="Lunch  A"), transfer(message="Lunch B"))
    again = take(transfer(message="LUNCH a"), transfer(message="Lunch C"))
    assert again.added == 1
    assert [row.message for row in again.statement.transactions.all()] == ["Lunch C"]


@pytest.mark.parametrize(
    "other",
    [
        {"amount": "100.01"},
        {"booking_date": date(2026, 1, 21)},
        {"currency": "EUR"},
        {"account": "DE2"},
        {"party": "Ann"},
        {"message": "x"},
        {"party_account": "DE9"},
        {"bank_reference": "R2"},
    ],
)
def test_what_differs_is_another_line(school, other):
    assert take(transfer(), transfer(**other)).added == 2


def test_a_reference_of_the_bank_tells_lines_apart_whatever_their_text(school):
    first = transfer(bank_reference="R1", message="one way")
    same = transfer(bank_reference="R1", message="another way", party="A.")
    assert take(first).added == 1
    assert take(same, transfer(bank_reference="R2", message="one way")).added == 1


def test_lines_that_are_the_same_are_counted_within_their_file(school):
    assert take(transfer(), transfer()).added == 2
    assert take(transfer()).added == 0
    assert take(transfer(), transfer(), transfer()).added == 1


def test_another_school_has_the_same_file_and_lines_for_itself(cast):
    for school in (cast.a, cast.b):
        with tenant_context(school.tenant, school.admin):
            assert take(transfer(), digest="b" * 64).added == 1


def test_a_posted_line_is_a_payment_and_the_rest_is_credit(school, invoice):
    row = row_of(take(transfer("120.00", bank_reference="R1", message="Bill")).statement)
    [payment] = post(row, invoice)
    payment, row = fresh(payment), fresh(row)
    assert (row.status, row.payment) == ("posted", payment)
    assert sums(invoice) == ("100.00", "0", "0.00", "paid")
    assert (payment.unallocated, payment.payment_method) == (Decimal("20.00"), "bank_transfer")
    assert (payment.payment_date, payment.transaction_id) == (DAY, "R1")
    assert (payment.notes, payment.student) == ("Anna: Bill", school.student)
    assert payment.recorded_by == school.admin


def test_two_lines_for_one_invoice_pay_it_in_their_order(school, invoice):
    statement = take(transfer("60.00", message="a"), transfer("60.00", message="b")).statement
    first, second = statement.transactions.order_by("line_number")
    choices = {second.pk: invoice.pk, first.pk: invoice.pk}
    made = bank_posting.post(choices=choices, token=uuid4())
    assert [fresh(payment).unallocated for payment in made] == [0, Decimal("20.00")]
    assert sums(invoice)[2:] == ("0.00", "paid")


def test_a_form_that_comes_twice_posts_once_even_after_a_reversal(school, invoice):
    row, token = row_of(take(transfer()).statement), uuid4()
    [payment] = post(row, invoice, token)
    assert post(row, invoice, token) == []
    payments.take_back(payment=payment, reason="a mistake")
    assert fresh(row).status == "open"
    assert post(row, invoice, token) == []
    assert len(post(row, invoice)) == 1


def test_a_reversal_opens_the_line_and_a_refund_does_not(school, invoice):
    row = row_of(take(transfer(bank_reference="R1")).statement)
    [payment] = post(row, invoice)
    payments.take_back(payment=payment, reason="part", amount=Decimal(40))
    assert fresh(row).status == "posted"
    payments.take_back(payment=payment, reason="all")
    assert (fresh(row).status, fresh(row).payment) == ("open", None)
    [again] = post(row, invoice)
    payments.take_back(payment=again, reason="back", kind="refund")
    assert fresh(row).status == "posted"


def test_a_posted_line_stays(school, invoice):
    row = row_of(take(transfer()).statement)
    [payment] = post(row, invoice)
    assert refusal(lambda: change(row, payment=None))[0] == "bank_line_is_posted"
    assert refusal(lambda: change(row, ignore_reason="x"))[0] == "check_bank_transaction_state"
    assert refusal(row.statement.delete)[0] == "bank_statement_is_posted"
    payments.take_back(payment=payment, reason="a mistake")
    row.statement.delete()
    assert not BankTransaction.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    "other",
    [
        {"amount": "99.00"},
        {"payment_method": "cash"},
        {"payment_date": date(2026, 1, 21)},
    ],
)
def test_only_its_own_money_is_a_line(school, invoice, other):
    row = row_of(take(transfer()).statement)
    same = {"payment_method": "bank_transfer", "payment_date": DAY}
    wrong = pay(invoice, **{"amount": "100.00"} | same | other)
    assert refusal(lambda: change(row, payment=wrong))[0] == "bank_line_is_another_payment"
    right = pay(bill(school, "N-2"), "100.00", **same)
    assert change(row, payment=right) == 1
    double = row_of(take(transfer(message="again")).statement)
    assert refusal(lambda: change(double, payment=right))[0] == "idx_bank_transactions_payment"


def test_another_schools_payment_is_none(cast):
    with tenant_context(cast.b.tenant, cast.b.admin):
        there = pay(bill(cast.b), "100.00", payment_method="bank_transfer", payment_date=DAY)
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = row_of(take(transfer()).statement)
        assert (
            refusal(lambda: change(row, payment_id=there.pk))[0] == "bank_transactions_payment_fk"
        )


@pytest.mark.parametrize(
    "assignment",
    [
        "amount = 1",
        "booking_date = now()",
        "fingerprint = ''",
        "message = 'x'",
        "statement_id = id",
    ],
)
def test_what_the_bank_wrote_is_not_changed(school, assignment):
    take(transfer())
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        sql(f"UPDATE bank_transactions SET {assignment}")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        sql("DELETE FROM bank_transactions")


def test_amounts_fit_their_currency(school):
    row = row_of(take(transfer("5")).statement)
    assert str(row.amount) == "5.00"
    assert refusal(lambda: take(transfer("1.005")))[0] == "check_bank_transaction_decimals"
    assert refusal(lambda: take(transfer(currency="XXX")))[0] == "check_bank_transaction_currency"
    assert refusal(lambda: take(transfer("1e12")))[0] == "check_bank_transaction_number"


def test_ignoring_needs_a_reason_and_can_be_taken_back(school, invoice):
    row = row_of(take(transfer()).statement)
    assert refusal(lambda: bank_posting.ignore(line=row, reason=" "))[0] == (
        "check_bank_transaction_reason"
    )
    assert bank_posting.ignore(line=row, reason="a loan")
    assert not bank_posting.ignore(line=row, reason="again")
    assert post(row, invoice) == []
    assert bank_posting.reopen(line=row)
    assert not bank_posting.reopen(line=row)
    assert len(post(row, invoice)) == 1


def test_a_closed_month_refuses_the_whole_post(school, invoice):
    statement = take(transfer(), transfer(booking_date=date(2026, 2, 3))).statement
    ClosedMonth.objects.create(month=date(2026, 1, 1))
    choices = {row.pk: invoice.pk for row in statement.transactions.all()}
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        bank_posting.post(choices=choices, token=uuid4())
    assert "closed" in explain(error.value).message
    assert not Payment.objects.filter(payment_method="bank_transfer").exists()


def test_wrong_invoices_are_refused_by_a_sentence(school, invoice):
    row = row_of(take(transfer()).statement)
    euros = bill(school, "E-1", currency="EUR")
    paid = bill(school, "P-1")
    pay(paid, "100")
    for wrong, sentence in (
        (euros.pk, "Invoice E-1 is in EUR, and USD came in."),
        (paid.pk, "Nothing is to pay of invoice P-1."),
        (uuid4(), "There is no such invoice."),
    ):
        with pytest.raises(bank_posting.Refused, match=sentence):
            bank_posting.post(choices={row.pk: wrong}, token=uuid4())
    assert fresh(row).status == "open"


def test_lines_that_share_a_reference_are_payments_of_their_own(school, invoice):
    statement = take(
        transfer("10.00", bank_reference="B1"), transfer("20.00", bank_reference="B1")
    ).statement
    choices = {row.pk: invoice.pk for row in statement.transactions.all()}
    made = bank_posting.post(choices=choices, token=uuid4())
    assert len({payment.transaction_id for payment in made}) == 2
    assert all(payment.transaction_id.startswith("B1/") for payment in made)


def test_what_was_recorded_by_hand_with_the_reference_is_not_posted(school, invoice):
    pay(invoice, "100", payment_method="bank_transfer", transaction_id="R1")
    row = row_of(take(transfer(bank_reference="R1")).statement)
    other = bill(school, "N-2")
    assert refusal(lambda: post(row, other))[0] == "idx_payments_transaction"


def test_posting_many_takes_as_many_queries_as_posting_one(school, django_assert_num_queries):
    for count in (1, 40):
        lines = [transfer("3.00", message=f"{count} {n}") for n in range(count)]
        statement = take(*lines).statement
        choices = {
            row.pk: bill(school, f"Q-{count}-{n}", amount=2).pk
            for n, row in enumerate(statement.transactions.all())
        }
        with django_assert_num_queries(10):
            assert len(bank_posting.post(choices=choices, token=uuid4())) == count


def test_money_that_goes_out_is_not_posted(school, invoice):
    row = row_of(take(transfer("-5.00")).statement)
    assert post(row, invoice) == []
    assert BankStatement.objects.get(pk=row.statement_id).transactions.get().status == "open"
