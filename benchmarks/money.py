"""Measure what is owed, of a school with a million payments: balances, aging, statements, reports.

python -m benchmarks.money [--payments 1000000]

Twenty thousand students who were billed for ten years, two of a hundred invoices still open. Asked
as the office, under the policies; the goal is 150 ms for balances and aging.
"""

import argparse
import sys

import psycopg

from benchmarks.harness import enter, installation, milliseconds

RUNS = 5
GOAL = 150  # ms
STUDENTS = 20_000
YEARS = 10
SCHOOL = "insert into tenants (name, subdomain, contact_email) values ('B', 'b', 'a@b.example')"
# A guardian for every two students. An invoice's date is by its number, the newest are open.
FILL = """
    insert into users (tenant_id, email, name, role)
        select t.id, 'p' || n || '@example.com', 'Person ' || n,
               case when n = 0 then 'admin' else 'student' end
          from tenants t, generate_series(0, {students}) n;
    insert into guardians (tenant_id, name)
        select t.id, 'Guardian ' || n from tenants t, generate_series(1, {students} / 2) n;
    insert into student_guardians (tenant_id, student_id, guardian_id, relation)
        select s.tenant_id, s.id, g.id, 'mother'
          from (select *, row_number() over (order by id) as n from users
                 where role = 'student') s
          join (select *, row_number() over (order by id) as n from guardians) g
            on g.n = (s.n + 1) / 2;
    create temporary table billed as
        select gen_random_uuid() as invoice_id, gen_random_uuid() as payment_id, s.tenant_id,
               s.id as student_id, n,
               current_date - ({payments} - n) * {days} / {payments} as day,
               random() < 0.3 and n > {payments} * 0.93 as is_open
          from generate_series(1, {payments}) n
          join (select *, row_number() over (order by id) as place from users
                 where role = 'student') s
            on s.place = 1 + n % {students};
    insert into invoices (tenant_id, id, student_id, invoice_number, amount, issue_date, due_date,
                          issued_at, status, paid)
        select tenant_id, invoice_id, student_id, 'I-' || n, 100.00, day, day + 30, now(),
               case when is_open then 'pending' else 'paid' end,
               case when is_open then 40.00 else 100.00 end
          from billed;
    insert into payments (tenant_id, id, student_id, invoice_id, amount, payment_method,
                          payment_date, allocated)
        select tenant_id, payment_id, student_id, invoice_id,
               case when is_open then 40.00 else 100.00 end, 'cash',
               least(day + 1 + n % 40, current_date),
               case when is_open then 40.00 else 100.00 end
          from billed;
    insert into payment_allocations (tenant_id, payment_id, invoice_id, amount, allocation_date)
        select p.tenant_id, p.id, p.invoice_id, p.amount, p.payment_date from payments p;
    drop table billed
"""
STUDENT = "(select student_id from invoices where status = 'pending' order by id limit 1)"
# What must be within the goal, and what is measured beside it.
QUESTIONS = {
    "still to pay, by currency": """
        select currency, sum(balance) from view_invoice_balance where balance > 0 group by 1""",
    "the same, on the first page": """
        select currency, sum(balance), sum(balance) filter (where due_date < current_date)
          from invoices
         where tenant_id = app.tenant_id() and issued_at is not null
           and status in ('pending', 'overdue')
         group by 1""",
    "a family's open invoices": f"""
        select * from view_invoice_balance
         where student_id = any (app.family({STUDENT})) and balance > 0""",
    "aging, today": "select bucket, sum(balance) from app.aging(current_date) group by 1",
    "aging, 30 days ago": """
        select bucket, sum(balance) from app.aging(current_date - 30) group by 1""",
}
BESIDE = {
    "aging, a year ago": """
        select bucket, sum(balance) from app.aging(current_date - 365) group by 1""",
    "aging page, by student": """
        select * from app.aging_groups(current_date, 'student')
         order by currency, total desc, name, key limit 101""",
    "aging page, by family or payer": """
        select * from app.aging_groups(current_date, 'payer')
         order by currency, total desc, name, key limit 101""",
    "statement of a family": f"""
        select * from app.account(app.family({STUDENT})) order by entry_date""",
    "payment ledger, first page": """
        select * from view_payment_entries where tenant_id = app.tenant_id()
         order by payment_date desc, id desc limit 51""",
    "receivables by month": "select * from view_receivables_monthly",
    "collected by month": "select * from view_collected_monthly",
    "revenue by fee and month": "select * from view_revenue_monthly",
}


def fill(server, payments):
    """Make the school; return the ids of (tenant, admin)."""
    numbers = {"payments": payments, "students": STUDENTS, "days": YEARS * 365}
    with psycopg.connect(server.url("admin"), autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(SCHOOL)
        for statement in FILL.format(**numbers).split(";"):
            admin.execute(statement)
        admin.execute("vacuum analyze")
        return admin.execute("select tenant_id, id from users where role = 'admin'").fetchone()


def measure(server, ids):
    """Return {question: the best milliseconds}."""
    taken = {}
    with psycopg.connect(server.url("app"), prepare_threshold=None) as connection:
        enter(connection, *ids, "admin")
        connection.execute("set local statement_timeout = 0")
        for name, sql in (QUESTIONS | BESIDE).items():
            times, _ = milliseconds(lambda q=sql: connection.execute(q).fetchall(), RUNS)
            taken[name] = min(times)
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payments", type=int, default=1_000_000)
    payments = parser.parse_args().payments
    with installation() as server:
        taken = measure(server, fill(server, payments))
    print(f"\nA school with {payments:,} payments")
    for name, ms in taken.items():
        print(f"{name:34}{ms:9.1f} ms")
    return max(taken[name] for name in QUESTIONS) <= GOAL


if __name__ == "__main__":
    sys.exit(0 if main() else "Balances and aging take too long.")
