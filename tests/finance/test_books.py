"""Aging as of a day, the journal, the view of balances, and closed months."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest

from core.rls import tenant_context
from finance.models import ClosedMonth, Invoice
from finance.selectors import balances
from finance.services import closing, credit_notes, invoices, payments
from tests.factories.committed import insert
from tests.finance.conftest import bill, change, fresh, pay, refusal, sql
from tests.refusals import refused_by

pytestmark = pytest.mark.database

DAY = date(2026, 6, 30)


def aging(as_of):
    """Return {number: (bucket, balance)} of the test's own invoices."""
    names = dict(
        Invoice.objects.filter(invoice_number__startswith="T-").values_list("pk", "invoice_number")
    )
    return {
        names[row.invoice_id]: (row.bucket, str(row.balance))
        for row in balances.aging(as_of)
        if row.invoice_id in names
    }


def due(school, number, days, amount=100):
    return bill(school, number, amount, issue_date=date(2026, 1, 1), due_date=DAY - timedelta(days))


def test_each_day_after_the_due_date_is_in_its_bucket(school):
    days = [0, 1, 30, 31, 60, 61, 90, 91]
    for late in days:
        due(school, f"T-{late}", late)
    buckets = [aging(DAY)[f"T-{late}"][0] for late in days]
    assert buckets == ["current", "1-30", "1-30", "31-60", "31-60", "61-90", "61-90", "90+"]


def test_a_past_day_stays_as_it_was(school):
    paid, credited, cancelled, later = (due(school, f"T-{n}", 5) for n in "pcxl")
    draft = bill(school, None, issue_date=date(2026, 1, 1))
    pay(paid, 30, payment_date="2026-06-01")
    first = aging(DAY)
    assert first == {
        "T-p": ("1-30", "70.00"), "T-c": ("1-30", "100.00"),
        "T-x": ("1-30", "100.00"), "T-l": ("1-30", "100.00"),
    }  # fmt: skip
    payment = pay(paid, 70, payment_date="2026-07-01")
    credit_notes.write(invoice=credited, amount=Decimal(40), reason="x", on=date(2026, 7, 1))
    invoices.cancel(invoice=cancelled, reason="x")
    last = pay(later, 100, payment_date="2026-07-02")
    payments.take_back(payment=last, reason="x", on=date(2026, 7, 5))
    credit_notes.write(invoice=paid, amount=Decimal(100), reason="x", on=date(2026, 7, 10))
    invoices.issue([draft])
    assert aging(DAY) == first
    assert aging(date(2026, 7, 1))["T-c"] == ("1-30", "60.00")
    assert "T-p" not in aging(date(2026, 7, 1))
    assert "T-l" not in aging(date(2026, 7, 2))
    assert aging(date(2026, 7, 5))["T-l"] == ("1-30", "100.00")
    assert "T-x" not in aging(school.tenant.today())
    assert aging(date(2025, 12, 31)) == {}
    assert str(fresh(payment).unallocated) == "70.00"


def test_balances_are_their_readers(cast):
    query = (
        "SELECT count(*), (SELECT count(*) FROM app.aging('2026-06-01')) FROM view_invoice_balance"
    )
    for person, expected in [
        (cast.a.admin, (2, 2)), (cast.a.student, (1, 1)), (cast.a.guardian, (1, 1)),
    ]:  # fmt: skip
        with tenant_context(cast.a.tenant, person):
            assert sql(query) == [expected]
    with tenant_context(cast.a.tenant, cast.a.teacher), refused_by("privilege"):
        sql(query)
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert sql(
            "SELECT invoice_number, amount, paid, balance, status FROM view_invoice_balance"
            " WHERE invoice_number = 'INV-1'"
        ) == [("INV-1", Decimal("100.00"), Decimal("40.00"), Decimal("60.00"), "overdue")]


def test_the_payer_reads_what_they_pay(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        other = bill(
            cast.a, "P-1", student=cast.a.other_student, payer_guardian=cast.a.guardian_record
        )
        payment = pay(other, 10, payer_guardian=cast.a.guardian_record)
        bill(cast.a, "P-2", student=cast.a.other_student)
    with tenant_context(cast.a.tenant, cast.a.guardian):
        assert {row.invoice_number for row in Invoice.objects.all()} == {"INV-1", "P-1"}
        assert sql("SELECT count(*) FROM payments WHERE id = %s", payment.pk) == [(1,)]


# The journal --------------------------------------------------------------------------------------


def journal(first=date(2020, 1, 1), last=date(2130, 1, 1)):
    return sql(
        "SELECT entry_date, account, detail, currency, debit, credit, document"
        "  FROM app.journal(%s, %s)", first, last,
    )  # fmt: skip


def totals(lines):
    sums = defaultdict(Decimal)
    for _day, account, detail, currency, debit, credit, _document in lines:
        sums[account, detail, currency] += debit - credit
    return {key: str(value) for key, value in sums.items() if value}


def test_the_journal_balances_each_day_and_currency(school):
    items = [
        {"description": "Lunch", "quantity": 2, "unit_price": 30},
        {"description": "Less", "quantity": 1, "unit_price": -10},
    ]
    first = bill(school, "T-1", 50, line_items=items, currency="EUR")
    payment = pay(first, 40, currency="EUR", payment_method="card")
    payments.take_back(payment=payment, reason="x", amount=Decimal(15), kind="refund")
    credit_notes.write(invoice=first, amount=Decimal(20), reason="x")
    invoices.cancel(invoice=bill(school, "T-2", 7, currency="EUR"), reason="x")
    lines = [line for line in journal() if line[3] == "EUR"]
    per_day = Counter()
    for day, _account, _detail, _currency, debit, credit, _document in lines:
        per_day[day] += debit - credit
    assert set(per_day.values()) == {0}
    assert totals(lines) == {
        ("receivable", None, "EUR"): "5.00",
        ("revenue", None, "EUR"): "-57.00",
        ("credit notes", None, "EUR"): "27.00",
        ("bank", "card", "EUR"): "25.00",
    }
    assert str(fresh(first).balance) == "5.00"


def test_the_journal_names_the_account_of_a_fee(school):
    made = invoices.draft(
        student=school.student,
        lines=[invoices.Line(fee=school.fee), invoices.Line("Trip", 1, Decimal(5))],
    )
    assert [line for line in journal() if line[1] == "revenue" and line[0] == made.issue_date] == []
    invoices.issue([made])
    revenue = {
        line[2]: line[5]
        for line in journal(made.issue_date, made.issue_date)
        if line[1] == "revenue"
    }
    assert revenue == {"Lunch": Decimal("10.00"), None: Decimal("5.00")}


# Closed months ------------------------------------------------------------------------------------


@pytest.fixture
def closed(school, invoice):
    """February 2026 is closed, after an invoice of January and a payment of February."""
    pay(invoice, 10, payment_date="2026-02-10", transaction_id="before")
    return closing.close(date(2026, 2, 28))


def test_nothing_is_dated_in_a_closed_month(school, invoice, closed):
    paid = payments.record(
        student=school.student, amount=Decimal(50), currency="USD", payment_method="cash",
        shares={}, payment_date=date(2026, 1, 31),
    )  # fmt: skip
    day = date(2026, 2, 1)
    for do, field in [
        (lambda: pay(invoice, 1, payment_date=day), "payment_date"),
        (lambda: bill(school, "T-1", issue_date=day), "issue_date"),
        (lambda: payments.allocate(payment=paid, shares={invoice: Decimal(1)}, on=day),
         "allocation_date"),
        (lambda: payments.take_back(payment=paid, reason="x", on=day), "reversal_date"),
        (lambda: credit_notes.write(invoice=invoice, amount=Decimal(1), reason="x", on=day),
         "credit_date"),
    ]:  # fmt: skip
        assert refusal(do) == ("month_is_closed", field)
    draft = bill(school, None, issue_date=day)
    assert refusal(lambda: invoices.issue([draft])) == ("month_is_closed", "issue_date")
    payments.take_back(payment=paid, reason="x", on=date(2026, 3, 1))
    pay(invoice, 1, payment_date="2026-03-01")


def test_an_open_draft_of_that_month_stays_open_to_change(school, closed):
    draft = bill(school, None, issue_date=date(2026, 2, 1))
    change(draft, issue_date=date(2026, 3, 1))
    invoices.issue([draft])


def test_a_month_is_reopened_with_a_reason_and_closed_again(school, invoice, closed):
    assert refusal(lambda: closing.reopen(closed, " "))[0] == "check_reopen_reason"
    closing.reopen(closed, "a payment was forgotten")
    row = fresh(closed)
    assert (row.reopened_by, row.reopened_at is not None) == (school.admin, True)
    pay(invoice, 1, payment_date="2026-02-11")
    assert refusal(lambda: closing.reopen(row, "again"))[0] == "closed_month_stays"
    closing.close(date(2026, 2, 1))
    assert refusal(lambda: closing.close(date(2026, 2, 1)))[0] == "idx_closed_months"
    assert [month.month for month in closing.closed()] == [date(2026, 2, 1)]
    assert refusal(lambda: closing.close(school.tenant.today()))[0] == "closed_month_not_over"
    with refused_by("privilege"):
        ClosedMonth.objects.all().delete()


def test_who_closes_waits_for_who_writes(committed):
    """What a month has when it is closed is what it keeps."""
    (student,) = committed.students(1)

    def paying(db):
        return insert(
            db, "payments", tenant_id=committed.tenant, student_id=student, amount=1,
            payment_method="cash", payment_date="2026-02-01",
        )  # fmt: skip

    def shutting(db):
        insert(db, "closed_months", tenant_id=committed.tenant, month="2026-02-01")
        return db.execute("SELECT count(*) FROM payments").fetchone()[0]

    results = committed.race(*[paying] * 4, shutting)
    refused = [r for r in results[:4] if isinstance(r, psycopg.errors.CheckViolation)]
    assert results[4] + len(refused) == 4
    assert committed.fetch_one("SELECT count(*) FROM payments") == results[4]
