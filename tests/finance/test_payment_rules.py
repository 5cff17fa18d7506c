"""An invoice is paid when its payments cover it, whoever pays when; nothing contradicts them."""

from decimal import Decimal

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction

from finance.models import Payment, PaymentAllocation, PaymentReversal
from tests.factories.committed import insert
from tests.finance.conftest import (
    FUTURE,
    bill,
    change,
    fresh,
    pay,
    refusal,
    sql,
    status,
    sums,
    use_settings,
)
from tests.refusals import refused_by

pytestmark = pytest.mark.database


def on_account(school, amount, **fields):
    return Payment.objects.create(
        student=school.student, amount=Decimal(amount), payment_method="cash", **fields
    )


def allocate(payment, invoice, amount, **fields):
    return PaymentAllocation.objects.create(
        payment=payment, invoice=invoice, amount=Decimal(amount), **fields
    )


def take_back(payment, amount, kind="reversal", **fields):
    return PaymentReversal.objects.create(
        payment=payment, kind=kind, amount=Decimal(amount), reason="a mistake", **fields
    )


def credit(payment):
    return str(fresh(payment).unallocated)


def test_payments_that_cover_it_pay_it(invoice):
    pay(invoice, "99.99")
    assert status(invoice) == "pending"
    pay(invoice, "0.01")
    assert sums(invoice) == ("100.00", "0", "0.00", "paid")


def test_a_bulk_of_payments_pays_it(invoice):
    Payment.objects.bulk_create(
        Payment(invoice=invoice, student=invoice.student, amount=25, payment_method="cash")
        for _ in range(4)
    )
    assert status(invoice) == "paid"


def test_a_payment_by_the_specifications_columns_is_allocated(invoice):
    payment = pay(invoice, 60)
    (entry,) = PaymentAllocation.objects.filter(payment=payment)
    assert (entry.invoice, str(entry.amount)) == (invoice, "60.00")
    assert entry.allocation_date == payment.payment_date
    assert credit(payment) == "0.00"


def test_overpayment_is_refused(invoice):
    pay(invoice, 60)
    assert refusal(lambda: pay(invoice, "40.01")) == ("payment_overpays", "amount")
    pay(invoice, 40)
    assert status(invoice) == "paid"


def test_another_currency_is_refused(invoice):
    assert refusal(lambda: pay(invoice, 1, currency="EUR")) == ("payment_currency", "currency")


def test_a_cancelled_invoice_takes_no_payment(invoice):
    change(invoice, status="cancelled")
    assert refusal(lambda: pay(invoice, 1)) == ("payment_of_cancelled_invoice", "invoice_id")
    assert status(invoice) == "cancelled"


def test_a_draft_takes_no_payment(school):
    draft = bill(school, number=None)
    assert refusal(lambda: pay(draft, 1)) == ("payment_of_draft_invoice", "invoice_id")


def test_the_student_is_the_invoices(school, invoice):
    assert refusal(lambda: pay(invoice, 1, student=school.other_student))[0] == (
        "payments_invoice_fk"
    )


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_payment_is_above_zero(invoice, amount):
    assert refusal(lambda: pay(invoice, amount))[0] == "check_amount_positive"


def test_an_amount_is_a_number(school, invoice):
    into_payments = (
        "INSERT INTO payments (tenant_id, invoice_id, student_id, amount, payment_method,"
        " payment_date) VALUES (%s, %s, %s, %s, 'cash', '2026-02-01')"
    )
    into_invoices = (
        "INSERT INTO invoices (tenant_id, student_id, amount, issue_date, due_date)"
        " VALUES (%s, %s, %s, '2026-02-01', '2026-02-01')"
    )
    tenant, student = school.tenant.pk, school.student.pk
    for amount in ("NaN", "Infinity", "100000000000"):
        assert refusal(lambda: sql(into_payments, tenant, invoice.pk, student, amount))[0] == (  # noqa: B023
            "check_amount_number"
        )
        assert refusal(lambda: sql(into_invoices, tenant, student, amount))[0] == (  # noqa: B023
            "check_invoice_amount_number"
        )


def test_a_score_is_a_number(school):
    """NaN counts as above every number, so `> 0` lets it pass."""
    assert refusal(lambda: sql("UPDATE grades SET score = 'NaN'"))[0] == "check_grade_score_number"


def test_a_method_is_one_that_the_school_takes(school, invoice):
    assert refusal(lambda: pay(invoice, 1, payment_method="shells")) == (
        "check_payment_method", "payment_method",
    )  # fmt: skip
    use_settings(school, payment_methods={"shells": "Sea shells"})
    assert pay(invoice, 1, payment_method="shells").get_payment_method_display() == "Sea shells"


# Append-only ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", ["payments", "payment_allocations", "payment_reversals", "credit_notes"]
)
@pytest.mark.parametrize("verb", ["UPDATE {} SET amount = 1", "DELETE FROM {}"])
def test_nobody_changes_or_deletes_money(school, invoice, table, verb):
    take_back(pay(invoice, 10), 5)
    sql("INSERT INTO credit_notes (tenant_id, invoice_id, amount, reason) VALUES (%s, %s, 1, 'x')",
        school.tenant.pk, invoice.pk)  # fmt: skip
    with refused_by("privilege"):
        sql(verb.format(table))


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments SET amount = 1",
        "UPDATE payments SET notes = 'x'",
        "DELETE FROM payments",
        "UPDATE payment_allocations SET amount = 1",
        "DELETE FROM payment_allocations",
    ],
)
def test_not_even_the_owner_does(cast, statement):
    with pytest.raises(DatabaseError, match="not changed or deleted"), transaction.atomic("owner"):
        connections["owner"].cursor().execute(statement)


def test_who_recorded_it_is_who_asks(school, invoice):
    assert fresh(pay(invoice, 1, recorded_by=school.teacher)).recorded_by == school.admin


def test_the_sums_are_the_databases(school, invoice):
    payment = pay(invoice, 10, allocated=99, reversed=99)
    assert credit(payment) == "0.00"
    made = bill(school, "N-2", paid=50, credited=50)
    assert sums(made) == ("0", "0", "100.00", "pending")


def test_the_same_form_sent_twice_is_refused(school, invoice):
    token = "0b51ecf3-34f7-4d37-b7f5-6a5db0e6c5f1"
    pay(invoice, 10, token=token)
    assert refusal(lambda: pay(invoice, 10, token=token))[0] == "idx_payments_token"


def test_a_reference_is_recorded_once_until_it_is_taken_back(invoice):
    first = pay(invoice, 10, transaction_id=" tx-1 ")
    assert fresh(first).transaction_id == "tx-1"
    assert refusal(lambda: pay(invoice, 10, transaction_id="tx-1"))[0] == "idx_payments_transaction"
    pay(invoice, 10, transaction_id="tx-1", payment_method="stripe")
    pay(invoice, 10, transaction_id="")
    pay(invoice, 10, transaction_id="")
    take_back(first, 10)
    pay(invoice, 10, transaction_id="tx-1")


# On account, and to several invoices --------------------------------------------------------------


def test_money_on_account_is_allocated_later(school, invoice):
    other = bill(school, "N-2", 60, student=school.other_student)
    payment = on_account(school, 150)
    assert credit(payment) == "150.00"
    allocate(payment, invoice, 100)
    allocate(payment, other, 30)
    assert (status(invoice), sums(other)) == ("paid", ("30.00", "0", "30.00", "pending"))
    assert credit(payment) == "20.00"
    assert refusal(lambda: allocate(payment, other, 21)) == ("allocation_exceeds_payment", "amount")
    assert refusal(lambda: allocate(on_account(school, 99), other, 31)) == (
        "payment_overpays", "amount",
    )  # fmt: skip


def test_an_allocation_is_taken_from_one_invoice_for_another(school, invoice):
    other = bill(school, "N-2", 60)
    payment = pay(invoice, 50)
    allocate(payment, invoice, -50)
    allocate(payment, other, 50)
    assert (sums(invoice)[0], sums(other)[0]) == ("0.00", "50.00")
    assert refusal(lambda: allocate(payment, invoice, -1)) == ("check_invoice_sums", None)
    pay(invoice, 10)
    assert refusal(lambda: allocate(payment, invoice, -1)) == ("allocation_below_zero", "amount")


def test_an_allocation_is_no_earlier_than_the_payment(school, invoice):
    payment = on_account(school, 10, payment_date="2026-03-01")
    assert refusal(lambda: allocate(payment, invoice, 1, allocation_date="2026-02-28"))[0] == (
        "allocation_before_payment"
    )


# Taking back --------------------------------------------------------------------------------------


def test_a_reversed_payment_leaves_the_invoice_open(invoice):
    payment = pay(invoice, 100)
    take_back(payment, 100)
    assert sums(invoice) == ("0.00", "0", "100.00", "pending")
    assert str(fresh(payment).reversed) == "100.00"
    assert refusal(lambda: take_back(payment, "0.01")) == ("reversal_exceeds_payment", "amount")


def test_a_refund_takes_credit_first_then_the_latest_allocation(school, invoice):
    other = bill(school, "N-2", 60)
    payment = on_account(school, 150)
    allocate(payment, invoice, 100)
    allocate(payment, other, 30)
    take_back(payment, 25, kind="refund")
    assert (sums(invoice)[0], sums(other)[0], credit(payment)) == ("100.00", "25.00", "0.00")
    take_back(payment, 35, kind="refund")
    assert (sums(invoice)[0], sums(other)[0]) == ("90.00", "0.00")


def test_a_reversal_has_a_reason_and_is_no_earlier_than_the_payment(invoice):
    payment = pay(invoice, 10, payment_date="2026-03-01")
    assert refusal(lambda: take_back(payment, 10, reversal_date="2026-02-01"))[0] == (
        "reversal_before_payment"
    )
    for amount, reason, rule in [(0, "x", "amount"), (1, " ", "reason")]:
        assert refusal(
            lambda: PaymentReversal.objects.create(  # noqa: B023
                payment=payment, kind="refund", amount=amount, reason=reason  # noqa: B023
            )
        )[0] == f"check_reversal_{rule}"  # fmt: skip


# Decimals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "given", "kept", "refused"),
    [("USD", "5", "5.00", "5.005"), ("JPY", "500.0", "500", "0.5"),
     ("KWD", "1.25", "1.250", "1.0005")],
)  # fmt: skip
def test_an_amount_has_its_currencys_decimals(school, currency, given, kept, refused):
    made = bill(school, "N-2", Decimal(given), currency=currency)
    assert str(fresh(made).amount) == kept
    assert str(fresh(pay(made, given, currency=currency)).amount) == kept
    assert refusal(lambda: bill(school, "N-3", Decimal(refused), currency=currency))[0] == (
        "check_invoice_decimals"
    )
    assert refusal(lambda: on_account(school, refused, currency=currency))[0] == (
        "check_payment_decimals"
    )


def test_a_currency_is_one_of_iso_4217(school):
    assert refusal(lambda: bill(school, "N-2", currency="XXX"))[0] == "check_invoice_currency"
    assert refusal(lambda: on_account(school, 1, currency="QQQ"))[0] == "check_payment_currency"


# Races ------------------------------------------------------------------------------------------


def owed(committed, student, number, amount=100):
    return committed.new(
        "invoices",
        invoice_number=number,
        student_id=student,
        amount=amount,
        issue_date="2026-01-05",
        due_date=FUTURE,
    )


def paying(committed, invoice, student, amount, transaction_id=None):
    return lambda db: insert(
        db,
        "payments",
        tenant_id=committed.tenant,
        invoice_id=invoice,
        student_id=student,
        amount=amount,
        payment_method="cash",
        payment_date="2026-02-01",
        transaction_id=transaction_id,
    )


def test_two_half_payments_at_once_pay_it_ten_times_of_ten(committed):
    (student,) = committed.students(1)
    for n in range(10):
        invoice = owed(committed, student, f"N-{n}")
        half = paying(committed, invoice, student, 50)
        results = committed.race(half, half)
        assert [r for r in results if isinstance(r, psycopg.Error)] == []
    counts = committed.db.execute("SELECT status, count(*) FROM invoices GROUP BY 1").fetchall()
    assert counts == [("paid", 10)]


def test_racing_payments_never_overpay(committed):
    (student,) = committed.students(1)
    invoice = owed(committed, student, "N")
    results = committed.race(*[paying(committed, invoice, student, 30)] * 8)
    refused = [r.diag.constraint_name for r in results if isinstance(r, psycopg.Error)]
    assert refused == ["payment_overpays"] * 5
    assert committed.fetch_one("SELECT sum(amount) FROM payments") == 90


def test_a_payment_and_a_cancellation_at_once(committed):
    (student,) = committed.students(1)
    for n in range(5):
        invoice = owed(committed, student, f"N-{n}")
        cancel = "UPDATE invoices SET status = 'cancelled' WHERE id = %s"
        results = committed.race(
            paying(committed, invoice, student, 10),
            lambda db: db.execute(cancel, [invoice]).rowcount,  # noqa: B023
        )
        assert sum(isinstance(r, psycopg.errors.CheckViolation) for r in results) == 1
        paid = committed.fetch_one("SELECT count(*) FROM payments WHERE invoice_id = %s", invoice)
        status = committed.fetch_one("SELECT status FROM invoices WHERE id = %s", invoice)
        assert (status, paid) in [("cancelled", 0), ("pending", 1)]


def test_a_reversal_and_an_allocation_at_once_never_lose_money(committed):
    (student,) = committed.students(1)
    for n in range(5):
        invoice = owed(committed, student, f"N-{n}")
        payment = committed.new(
            "payments", student_id=student, amount=100, payment_method="cash",
            payment_date="2026-02-01",
        )  # fmt: skip
        allocating = lambda db: insert(  # noqa: E731
            db, "payment_allocations", tenant_id=committed.tenant, payment_id=payment,  # noqa: B023
            invoice_id=invoice, amount=80, allocation_date="2026-02-02",  # noqa: B023
        )  # fmt: skip
        reversing = lambda db: insert(  # noqa: E731
            db, "payment_reversals", tenant_id=committed.tenant, payment_id=payment,  # noqa: B023
            kind="reversal", amount=100, reason="x", reversal_date="2026-02-02",
        )  # fmt: skip
        crediting = lambda db: insert(  # noqa: E731
            db, "credit_notes", tenant_id=committed.tenant, invoice_id=invoice,  # noqa: B023
            amount=50, reason="x", credit_date="2026-02-02",
        )  # fmt: skip
        committed.race(allocating, reversing, crediting, crediting)
    wrong = """
        SELECT count(*) FROM payments p WHERE allocated <> (
            SELECT coalesce(sum(amount), 0) FROM payment_allocations WHERE payment_id = p.id)
        UNION ALL
        SELECT count(*) FROM invoices i WHERE paid <> (
            SELECT coalesce(sum(amount), 0) FROM payment_allocations WHERE invoice_id = i.id)
    """
    assert committed.db.execute(wrong).fetchall() == [(0,), (0,)]


def test_two_clerks_with_one_reference_record_one_payment(committed):
    (student,) = committed.students(1)
    invoice = owed(committed, student, "N")
    results = committed.race(*[paying(committed, invoice, student, 30, "tx-1")] * 4)
    refused = [r.diag.constraint_name for r in results if isinstance(r, psycopg.Error)]
    assert refused == ["idx_payments_transaction"] * 3
    assert committed.fetch_one("SELECT sum(paid) FROM invoices") == 30


def test_payments_of_several_invoices_in_opposite_order(committed):
    (student,) = committed.students(1)
    invoices = [owed(committed, student, f"N-{n}") for n in range(8)]

    def bulk(order):
        values = [(committed.tenant, i, student, 10, "cash", "2026-02-01") for i in order]
        rows = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(values))
        sql = (
            "INSERT INTO payments (tenant_id, invoice_id, student_id, amount, payment_method,"
            f" payment_date) VALUES {rows}"
        )
        return lambda db: db.execute(sql, sum(values, ())).rowcount

    for _ in range(5):
        assert committed.race(bulk(invoices), bulk(invoices[::-1])) == [8, 8]
    counts = committed.db.execute("SELECT status, count(*) FROM invoices GROUP BY 1").fetchall()
    assert counts == [("paid", 8)]
