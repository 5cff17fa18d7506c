"""Measure a billing of 10,000 students against one bare INSERT..SELECT of the same rows.

python -m benchmarks.billing [--students 10000]

The bare statement runs without triggers, foreign keys and row-level security, for each of the three
tables that a billing fills. Ours issues the invoices with their numbers, lines, charges and audit
trail, in one transaction of several statements, as the worker does it.
"""

import argparse
import statistics
import time

import psycopg

from benchmarks.harness import enter, installation

RUNS = 3
CHUNK = 1_000
TABLES = ("invoices", "invoice_lines", "plan_charges")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=10_000)
    students = parser.parse_args().students
    with installation() as server:
        with psycopg.connect(server.url("admin"), autocommit=True) as admin:
            ids = _school(admin, students)
        with psycopg.connect(server.url("app")) as app:
            ours = [_bill(app, ids, f"P{n}") for n in range(RUNS)]
        with psycopg.connect(server.url("admin")) as admin:
            bare = [_bare(admin, f"P{n}") for n in range(RUNS)]
    mine, theirs = statistics.median(ours), statistics.median(bare)
    print(f"\nBilling {students:,} students (median of {RUNS})")
    print(f"{'bare INSERT..SELECT':24}{theirs:8.2f} s")
    print(f"{'billing':24}{mine:8.2f} s{mine / theirs:7.1f}x")


def _school(cursor, students):
    """Fill a school; return the ids of (tenant, admin, plan)."""
    cursor.execute("SET session_replication_role = replica")
    [tenant] = cursor.execute(
        "INSERT INTO tenants (name, subdomain, contact_email)"
        " VALUES ('Bench', 'bench', 'a@example.com') RETURNING id"
    ).fetchone()
    cursor.execute(
        "INSERT INTO users (tenant_id, email, name, role)"
        " SELECT %s, 'p' || n || '@example.com', 'Person ' || n,"
        "        CASE WHEN n = 0 THEN 'admin' ELSE 'student' END"
        "   FROM generate_series(0, %s) n",
        [tenant, students],
    )
    [admin] = cursor.execute("SELECT id FROM users WHERE role = 'admin'").fetchone()
    [fee] = cursor.execute(
        "INSERT INTO fees (tenant_id, name, amount) VALUES (%s, 'Tuition', 1000.00) RETURNING id",
        [tenant],
    ).fetchone()
    [plan] = cursor.execute(
        "INSERT INTO fee_plans (tenant_id, name) VALUES (%s, 'Tuition') RETURNING id", [tenant]
    ).fetchone()
    cursor.execute(
        "INSERT INTO fee_plan_items (tenant_id, plan_id, fee_id) VALUES (%s, %s, %s)",
        [tenant, plan, fee],
    )
    cursor.execute("ANALYZE")
    return tenant, admin, plan


def _bill(app, ids, period):
    """Issue a billing as finance.services.billing does; return the seconds."""
    tenant, admin, plan = ids
    enter(app, tenant, admin, "admin")
    [run] = app.execute(
        "INSERT INTO billing_runs (tenant_id, plan_id, period, issue_date, due_date, status)"
        " VALUES (%s, %s, %s, current_date, current_date + 30, 'running') RETURNING id",
        [tenant, plan, period],
    ).fetchone()
    app.commit()
    start = time.perf_counter()
    enter(app, tenant, admin, "admin")
    rows = app.execute(
        "SELECT student_id FROM app.billing_students(%s) ORDER BY sort_name", [run]
    ).fetchall()
    students = [row[0] for row in rows]
    for first in range(0, len(students), CHUNK):
        app.execute("CALL app.bill_students(%s, %s)", [run, students[first : first + CHUNK]])
    app.commit()
    return time.perf_counter() - start


def _bare(admin, period):
    """Write the same rows once more, in place of those that were there; return the seconds."""
    admin.execute("SET session_replication_role = replica")
    keys = {
        "invoices": "id IN (SELECT invoice_id FROM plan_charges WHERE period = %s)",
        "invoice_lines": "invoice_id IN (SELECT invoice_id FROM plan_charges WHERE period = %s)",
        "plan_charges": "period = %s",
    }
    for table, condition in keys.items():
        admin.execute(
            f"CREATE TEMPORARY TABLE copied_{table} AS SELECT * FROM {table} WHERE {condition}",
            [period],
        )
    for table in reversed(TABLES):
        admin.execute(f"DELETE FROM {table} t USING copied_{table} c WHERE c.id = t.id")
    seconds = 0.0
    for table in TABLES:
        rows = admin.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attgenerated = ''",
            [table],
        )
        columns = rows.fetchone()[0]
        admin.execute(f"ANALYZE copied_{table}")
        start = time.perf_counter()
        admin.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM copied_{table}")
        seconds += time.perf_counter() - start
    start = time.perf_counter()
    admin.commit()
    seconds += time.perf_counter() - start
    for table in TABLES:
        admin.execute(f"DROP TABLE copied_{table}")
    return seconds


if __name__ == "__main__":
    main()
