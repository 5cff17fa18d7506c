"""An invoice is paid when its payments cover it, whoever pays when; nothing contradicts them."""

from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from core.models import Tenant
from core.rls import tenant_context
from finance.models import Invoice, Payment
from tests.factories.committed import insert

pytestmark = pytest.mark.database

PAST, FUTURE = date(2026, 2, 5), date(2126, 2, 5)


@pytest.fixture
def school(cast):
    """School A in its admin's context."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


@pytest.fixture
def invoice(school):
    """100 USD, due far in the future, nothing paid."""
    return Invoice.objects.create(
        invoice_number="N-1",
        student=school.student,
        amount=100,
        issue_date=date(2026, 1, 5),
        due_date=FUTURE,
    )


def pay(invoice, amount, **fields):
    return Payment.objects.create(
        **{
            "invoice": invoice,
            "student": invoice.student,
            "amount": Decimal(amount),
            "payment_method": "cash",
        }
        | fields
    )


def status(invoice):
    return Invoice.objects.get(pk=invoice.pk).status


def refusal(do):
    """Return the constraint and the column that refuse `do`."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        do()
    diag = error.value.__cause__.diag
    return diag.constraint_name, diag.column_name


def change(row, **fields):
    return type(row).objects.filter(pk=row.pk).update(**fields)


def test_payments_that_cover_it_pay_it(invoice):
    pay(invoice, "99.99")
    assert status(invoice) == "pending"
    pay(invoice, "0.01")
    assert status(invoice) == "paid"


def test_a_bulk_of_payments_pays_it(invoice):
    Payment.objects.bulk_create(
        Payment(invoice=invoice, student=invoice.student, amount=25, payment_method="cash")
        for _ in range(4)
    )
    assert status(invoice) == "paid"


def test_changed_and_deleted_payments_are_counted(invoice):
    payment = pay(invoice, 100)
    change(payment, amount=99)
    assert status(invoice) == "pending"
    change(payment, amount=100)
    assert status(invoice) == "paid"
    payment.delete()
    assert status(invoice) == "pending"


def test_an_invoice_past_its_date_becomes_overdue_again(invoice):
    change(invoice, due_date=PAST)
    assert status(invoice) == "overdue"
    payment = pay(invoice, 100)
    assert status(invoice) == "paid"
    payment.delete()
    assert status(invoice) == "overdue"
    change(invoice, due_date=FUTURE)
    assert status(invoice) == "pending"


def test_a_payment_moved_to_another_invoice_counts_in_both(school, invoice):
    other = Invoice.objects.create(
        invoice_number="N-2",
        student=school.student,
        amount=60,
        issue_date=date(2026, 1, 5),
        due_date=FUTURE,
    )
    payment = pay(invoice, 60)
    pay(invoice, 40)
    assert (status(invoice), status(other)) == ("paid", "pending")
    change(payment, invoice=other)
    assert (status(invoice), status(other)) == ("pending", "paid")


def test_overpayment_is_refused(invoice):
    pay(invoice, 60)
    assert refusal(lambda: pay(invoice, "40.01")) == ("payment_overpays", "amount")
    payment = pay(invoice, 40)
    assert refusal(lambda: change(payment, amount=41)) == ("payment_overpays", "amount")
    assert status(invoice) == "paid"


def test_another_currency_is_refused(invoice):
    assert refusal(lambda: pay(invoice, 1, currency="EUR")) == ("payment_currency", "currency")
    payment = pay(invoice, 1)
    assert refusal(lambda: change(payment, currency="EUR")) == ("payment_currency", "currency")


def test_a_cancelled_invoice_takes_no_payment(invoice):
    change(invoice, status="cancelled")
    assert refusal(lambda: pay(invoice, 1)) == ("payment_of_cancelled_invoice", "invoice_id")
    assert status(invoice) == "cancelled"


def test_the_student_is_the_invoices(school, invoice):
    assert refusal(lambda: pay(invoice, 1, student=school.other_student))[0] == (
        "payments_invoice_fk"
    )


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_payment_is_above_zero(invoice, amount):
    assert refusal(lambda: pay(invoice, amount))[0] == "check_amount_positive"


@pytest.mark.parametrize(
    ("table", "constraint"),
    [
        ("invoices", "check_invoice_amount_number"),
        ("payments", "check_amount_number"),
        ("grades", "check_grade_score_number"),
    ],
)
def test_an_amount_or_score_is_a_number(school, table, constraint):
    """NaN counts as above every number, so `> 0` lets it pass."""
    column = "score" if table == "grades" else "amount"

    def write():
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {column} = 'NaN'")

    assert refusal(write)[0] == constraint


# The invoice's side -----------------------------------------------------------------------------


def test_an_invoice_with_payments_is_not_contradicted(invoice):
    payment = pay(invoice, 60)
    assert refusal(lambda: change(invoice, status="cancelled")) == (
        "invoice_has_payments",
        "status",
    )
    assert refusal(lambda: change(invoice, currency="EUR")) == ("invoice_has_payments", "currency")
    assert refusal(lambda: change(invoice, amount="59.99")) == ("invoice_below_paid", "amount")
    change(invoice, amount=60)
    assert status(invoice) == "paid"
    change(invoice, amount=61)
    assert status(invoice) == "pending"
    payment.delete()
    assert change(invoice, status="cancelled") == 1


def test_paid_is_what_is_covered(invoice):
    pay(invoice, 60)
    assert refusal(lambda: change(invoice, status="paid")) == ("invoice_not_covered", "status")
    pay(invoice, 40)
    for left_open in ("pending", "overdue"):
        change(invoice, status=left_open)
        assert status(invoice) == "paid"


def test_paid_before_this_database_is_left_alone(school):
    """Taken over from another system as paid, without its payments."""
    old = Invoice.objects.create(
        invoice_number="OLD",
        student=school.student,
        amount=5,
        issue_date=PAST,
        due_date=PAST,
        status="paid",
    )
    change(old, description="from the old system")
    assert status(old) == "paid"


@pytest.mark.parametrize(
    ("items", "accepted"),
    [
        (None, True),
        ([], True),
        ([{"description": "Fee", "quantity": 2, "unit_price": "50.00"}], True),
        ([{"quantity": 1, "unit_price": 60}, {"quantity": "0.5", "unit_price": 80}], True),
        ([{"description": "Fee", "quantity": 1, "unit_price": 99}], False),
        ([{"quantity": 1, "unit_price": 100}, {"description": "free of a price"}], False),
        ([{"quantity": 1, "unit_price": 100}, {"quantity": None, "unit_price": 1}], False),
        ([{"description": "Fee"}], False),
        ([100], False),
        ({"quantity": 1, "unit_price": 100}, False),
        ("100", False),
        ([{"quantity": "one", "unit_price": 100}], False),
    ],
)
def test_line_items_make_the_amount(invoice, items, accepted):
    if accepted:
        assert change(invoice, line_items=items) == 1
    else:
        assert refusal(lambda: change(invoice, line_items=items))[0] == "check_line_items"


def test_an_invoices_amount_is_not_negative(invoice):
    assert refusal(lambda: change(invoice, amount="-0.01"))[0] == "check_invoice_amount"
    assert change(invoice, amount=0) == 1


# Overdue ----------------------------------------------------------------------------------------


def marked():
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.mark_overdue_invoices()")
        return cursor.fetchone()[0]


def test_overdue_begins_the_day_after_the_due_date_at_the_school(school):
    Invoice.objects.filter(status="pending").update(status="overdue")
    today = school.tenant.today()
    due = {
        name: Invoice.objects.create(
            invoice_number=name,
            student=school.student,
            amount=1,
            issue_date=PAST,
            due_date=today - timedelta(days=days),
        )
        for name, days in [("yesterday", 1), ("today", 0), ("tomorrow", -1)]
    }
    assert marked() == 1
    assert {name: status(row) for name, row in due.items()} == {
        "yesterday": "overdue",
        "today": "pending",
        "tomorrow": "pending",
    }
    assert marked() == 0


def test_the_school_has_its_own_today(school):
    """Two zones that never share a date: it is always a day later in Kiritimati than in Midway."""
    row = Invoice.objects.create(
        invoice_number="Z", student=school.student, amount=1, issue_date=PAST, due_date=FUTURE
    )
    days = {}
    for zone in ("Pacific/Midway", "Pacific/Kiritimati"):
        school.tenant.settings = {"timezone": zone}
        Tenant.objects.filter(pk=school.tenant.pk).update(settings=school.tenant.settings)
        days[zone] = school.tenant.today()
        change(row, due_date=FUTURE)
        change(row, due_date=days[zone] - timedelta(days=1))
        assert status(row) == "overdue"
        change(row, due_date=days[zone])
        assert status(row) == "pending"
    assert days["Pacific/Midway"] < days["Pacific/Kiritimati"]


def test_an_unknown_zone_is_utc(school, invoice):
    for settings in ({"timezone": "Mars/Base"}, {"timezone": 5}, {"timezone": ""}, None):
        Tenant.objects.filter(pk=school.tenant.pk).update(settings=settings)
        change(invoice, due_date=PAST)
        assert status(invoice) == "overdue"
        change(invoice, due_date=FUTURE)


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


def paying(committed, invoice, student, amount):
    return lambda db: insert(
        db,
        "payments",
        tenant_id=committed.tenant,
        invoice_id=invoice,
        student_id=student,
        amount=amount,
        payment_method="cash",
        payment_date="2026-02-01",
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
