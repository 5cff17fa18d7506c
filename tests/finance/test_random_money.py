"""Whatever people do with money, in whatever order and at once: none is lost, none invented.

Hypothesis makes up the sequences. What the database refuses is refused; the sums must hold after.
"""

from datetime import date, timedelta
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.committed import insert

pytestmark = pytest.mark.database

YESTERDAY, TODAY = date(2026, 5, 19), date(2026, 5, 20)
# Refusals, and who comes second of two that wait for each other.
EXPECTED = (
    psycopg.errors.CheckViolation,
    psycopg.errors.UniqueViolation,
    psycopg.errors.DeadlockDetected,
)
AMOUNTS = st.sampled_from(["0.01", "5", "33.33", "50", "100", "250"])
PICK = st.integers(0, 50)
CURRENCIES = ["USD", "JPY"]

# What must be empty after any sequence: the rows that contradict it.
CONTRADICTIONS = {
    "an invoice's sums are those of its entries": """
        select i.id from invoices i
         where i.paid <> (select coalesce(sum(a.amount), 0) from payment_allocations a
                           where a.invoice_id = i.id)
            or i.credited <> (select coalesce(sum(c.amount), 0) from credit_notes c
                               where c.invoice_id = i.id)""",
    "a payment's sums are those of its entries": """
        select p.id from payments p
         where p.allocated <> (select coalesce(sum(a.amount), 0) from payment_allocations a
                                where a.payment_id = p.id)
            or p.reversed <> (select coalesce(sum(r.amount), 0) from payment_reversals r
                               where r.payment_id = p.id)""",
    "no invoice is paid above its amount": """
        select id from invoices where paid > amount - credited or paid < 0""",
    "no payment gives more than it has, to any invoice": """
        select a.payment_id from payment_allocations a
          join payments p on p.id = a.payment_id join invoices i on i.id = a.invoice_id
         group by a.payment_id, a.invoice_id, p.currency, i.currency
        having sum(a.amount) < 0 or p.currency <> i.currency""",
    "payments less reversals are allocations and credit": """
        select currency from (
            select p.currency, p.amount - coalesce((select sum(r.amount) from payment_reversals r
                                                     where r.payment_id = p.id), 0)
                             - coalesce((select sum(a.amount) from payment_allocations a
                                          where a.payment_id = p.id), 0) - p.unallocated as rest
              from payments p) s
         group by currency having sum(rest) <> 0""",
    "statuses are right": """
        select id from invoices
         where issued_at is not null
           and case when cancelled_on is not null then status <> 'cancelled'
                    when balance <= 0 then status <> 'paid'
                    else status not in ('pending', 'overdue') end""",
    "numbers have no gap": """
        select 1 from (
            select count(*) as n, max(right(invoice_number, 5)::int) as last from invoices
             where invoice_number like '2026-%%') s where n <> coalesce(last, 0)""",
    "the journal balances": """
        select entry_date, currency from app.journal('2020-01-01', '2030-01-01')
         group by 1, 2 having sum(debit) <> sum(credit)""",
}


class Office:
    """One clerk at one connection; rows are picked from all that there are."""

    def __init__(self, committed, students):
        self.committed, self.students = committed, students

    def new(self, db, table, **columns):
        return insert(db, table, tenant_id=self.committed.tenant, **columns)

    def pick(self, db, table, number, condition="true"):
        rows = db.execute(f"SELECT id FROM {table} WHERE {condition} ORDER BY created_at, id")
        ids = [row[0] for row in rows.fetchall()]
        return ids[number % len(ids)] if ids else uuid4()

    def draft(self, db, pick, amount, **columns):
        made = self.new(
            db, "invoices", student_id=self.students[pick % 2], amount=0,
            currency=CURRENCIES[pick % 2], issue_date=TODAY, due_date=TODAY + timedelta(days=pick),
            **columns,
        )  # fmt: skip
        self.new(db, "invoice_lines", invoice_id=made, description="Fee", unit_price=amount)
        return made

    def issue(self, db, pick, amount):
        drafts = [self.draft(db, pick + n, amount) for n in range(pick % 3)]
        drafts.append(self.pick(db, "invoices", pick, "issued_at IS NULL"))
        db.execute("CALL app.issue_invoices(%s)", [list(set(drafts))])

    def pay(self, db, pick, amount, invoice=None):
        bill = self.pick(db, "invoices", pick, "status IN ('pending', 'overdue')")
        row = db.execute("SELECT student_id, currency FROM invoices WHERE id = %s", [bill])
        student, currency = row.fetchone() or (self.students[0], "USD")
        return self.new(
            db, "payments", invoice_id=bill if invoice is None else None, student_id=student,
            amount=amount, currency=currency, payment_method="cash", payment_date=TODAY,
            token=uuid4() if pick % 3 else None,
            transaction_id=f"tx-{pick}" if pick % 5 == 0 else None,
        )  # fmt: skip

    def pay_on_account(self, db, pick, amount):
        self.allocate(db, pick, amount, self.pay(db, pick, amount, invoice=False))

    def allocate(self, db, pick, amount, payment=None):
        self.new(
            db, "payment_allocations", allocation_date=TODAY,
            payment_id=payment or self.pick(db, "payments", pick),
            invoice_id=self.pick(db, "invoices", pick // 2, "issued_at IS NOT NULL"),
            amount=f"-{amount}" if pick % 4 == 0 else amount,
        )  # fmt: skip

    def reverse(self, db, pick, amount):
        self.new(
            db, "payment_reversals", payment_id=self.pick(db, "payments", pick), reason="x",
            kind="refund" if pick % 2 else "reversal", amount=amount, reversal_date=TODAY,
        )  # fmt: skip

    def credit(self, db, pick, amount):
        self.new(
            db, "credit_notes", invoice_id=self.pick(db, "invoices", pick, "issued_at IS NOT NULL"),
            amount=amount, reason="x", credit_date=TODAY,
        )  # fmt: skip

    def cancel(self, db, pick, amount):
        bill = self.pick(db, "invoices", pick, "issued_at IS NOT NULL")
        db.execute(
            "UPDATE invoices SET status = 'cancelled', cancel_reason = 'x' WHERE id = %s", [bill]
        )

    def close(self, db, pick, amount):
        self.new(db, "closed_months", month=date(2026, 1 + pick % 4, 1))

    def reopen(self, db, pick, amount):
        month = self.pick(db, "closed_months", pick, "reopened_at IS NULL")
        db.execute("UPDATE closed_months SET reopen_reason = 'x' WHERE id = %s", [month])

    def work(self, db, steps):
        """Take each step in a transaction of its own; return the unexpected errors."""
        wrong = []
        for name, pick, amount in steps:
            try:
                with db.transaction():
                    getattr(self, name)(db, pick, amount)
            except EXPECTED:
                continue
            except psycopg.Error as error:
                wrong.append((name, error))
        return wrong


ACTIONS = [
    "draft", "issue", "issue", "pay", "pay", "pay_on_account", "allocate", "allocate", "reverse",
    "credit", "cancel", "close", "reopen",
]  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(ACTIONS), PICK, AMOUNTS), min_size=4, max_size=14)


def check(committed, aging_before):
    for rule, query in CONTRADICTIONS.items():
        assert (rule, committed.db.execute(query).fetchall()) == (rule, [])
    assert aging(committed) == aging_before


def aging(committed):
    """What was owed yesterday: none of today's doings changes it."""
    rows = committed.db.execute("SELECT * FROM app.aging(%s)", [YESTERDAY])
    return sorted(rows.fetchall())


@pytest.fixture
def office(committed):
    """Two students, and yesterday's invoices and payments."""
    students = committed.students(2)
    for n in range(4):
        bill = committed.new(
            "invoices", invoice_number=f"OLD-{n}", student_id=students[n % 2], amount=100,
            currency=CURRENCIES[n % 2], issue_date=YESTERDAY, due_date=YESTERDAY,
        )  # fmt: skip
        committed.new(
            "payments", invoice_id=bill, student_id=students[n % 2], amount=10 * (n + 1),
            currency=CURRENCIES[n % 2], payment_method="cash", payment_date=YESTERDAY,
        )  # fmt: skip
    return Office(committed, students)


RANDOM = settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@RANDOM
@given(steps=STEPS)
def test_one_clerk_loses_and_invents_nothing(office, steps):
    before = aging(office.committed)
    assert office.work(office.committed.db, steps) == []
    check(office.committed, before)


@settings(RANDOM, max_examples=8)
@given(clerks=st.lists(STEPS, min_size=3, max_size=3))
def test_three_clerks_at_once_lose_and_invent_nothing(office, clerks):
    before = aging(office.committed)

    def clerk(steps):
        return lambda db: office.work(db, steps)

    assert office.committed.race_freely(*map(clerk, clerks)) == [[]] * 3
    check(office.committed, before)
