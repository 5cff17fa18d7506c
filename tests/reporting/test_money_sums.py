"""Whatever people do with money: the reports' sums are those of the balances and of the journal."""

import pytest
from hypothesis import given

from tests.factories.committed import committed  # noqa: F401 - a fixture
from tests.finance.test_random_money import RANDOM, STEPS, TODAY, office  # noqa: F401 - a fixture

pytestmark = pytest.mark.database

JOURNAL = "app.journal('2020-01-01', '2030-01-01')"
# What must be empty after any sequence: currencies, months and groups whose sums differ.
DIFFERENCES = {
    "the ledger is the journal's bank": f"""
        select currency, sum(amount) from (
            select currency, amount from view_payment_entries
            union all
            select currency, credit - debit from {JOURNAL} where account = 'bank') s
         group by currency having sum(amount) <> 0""",
    "the ledger is what invoices were paid, and credit": """
        select currency, sum(amount) from (
            select currency, amount from view_payment_entries
            union all select currency, -paid from view_invoice_balance
            union all select currency, -unallocated from payments) s
         group by currency having sum(amount) <> 0""",
    "each day's ledger is the journal's": f"""
        select day, currency, sum(amount) from (
            select payment_date as day, currency, amount from view_payment_entries
            union all
            select entry_date, currency, credit - debit from {JOURNAL} where account = 'bank') s
         group by 1, 2 having sum(amount) <> 0""",
    "the last month closes with what is still to pay": """
        select currency, sum(amount) from (
            (select distinct on (currency) currency, closing as amount from view_receivables_monthly
              order by currency, month desc)
            union all select currency, -balance from view_invoice_balance) s
         group by currency having sum(amount) <> 0""",
    "each month closes as its last day's aging": """
        select v.month, v.currency from view_receivables_monthly v
         where v.closing <> coalesce((
               select sum(a.balance)
                 from app.aging(((v.month || '-01')::date + interval '1 month - 1 day')::date) a
                where a.currency = v.currency), 0)""",
    "a month opens as the one before closed": """
        select month, currency from (
            select *, lag(closing, 1, 0) over (partition by currency order by month) as before
              from view_receivables_monthly) v
         where before <> opening or opening + invoiced - credited - paid <> closing""",
    "what was collected is the journal's bank by method": f"""
        select currency, method, sum(amount) from (
            select currency, payment_method as method, collected as amount
              from view_collected_monthly
            union all
            select currency, detail, credit - debit from {JOURNAL} where account = 'bank') s
         group by 1, 2 having sum(amount) <> 0""",
    "what was invoiced is the journal's revenue by fee": f"""
        select currency, fee, sum(amount) from (
            select currency, fee, invoiced as amount from view_revenue_monthly
            union all
            select currency, coalesce(detail, '–'), debit - credit from {JOURNAL}
             where account = 'revenue') s
         group by 1, 2 having sum(amount) <> 0""",
    "what was credited is the journal's credit notes": f"""
        select currency, sum(amount) from (
            select currency, credited as amount from view_revenue_monthly
            union all
            select currency, credit - debit from {JOURNAL} where account = 'credit notes') s
         group by currency having sum(amount) <> 0""",
    "an aging is as much by student, payer and invoice": f"""
        select by, currency, bucket, sum(balance) from (
            select by, currency, bucket, balance
              from (values ('student'), ('payer'), ('invoice')) g(by),
                   app.aging_keys('{TODAY}', by)
            union all
            select by, currency, bucket, -balance
              from (values ('student'), ('payer'), ('invoice')) g(by), app.aging('{TODAY}')) s
         group by 1, 2, 3 having sum(balance) <> 0""",
}


def bill_with_fees(office, db, pick, amount):  # noqa: F811
    """Issue an invoice of fees that divide badly, and a discount."""
    invoice = office.draft(db, pick, amount)
    for name, price in (("A", "33.33"), ("B", "7"), (None, "-0.01")):
        fee = db.execute("SELECT id FROM fees WHERE name = %s", [name]).fetchone()
        office.new(
            db, "invoice_lines", invoice_id=invoice, description="Line", unit_price=price,
            fee_id=fee and fee[0],
        )  # fmt: skip
    db.execute("CALL app.issue_invoices(%s)", [[invoice]])


@RANDOM
@given(steps=STEPS)
def test_reports_agree_with_balances_and_journal(office, steps):  # noqa: F811
    db = office.committed.db
    if not db.execute("SELECT FROM fees").fetchall():
        for name in "AB":
            office.committed.new("fees", name=name, amount=1)
    for pick, amount in ((1, "50"), (2, "5")):
        with db.transaction():
            bill_with_fees(office, db, pick, amount)
    assert office.work(db, steps) == []
    for rule, query in DIFFERENCES.items():
        assert (rule, db.execute(query).fetchall()) == (rule, [])
