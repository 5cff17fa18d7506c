"""What an import of people costs, against a bare COPY and upsert of the same file.

    python -m benchmarks.imports [rows]

In a database of its own, as the application's role, under row-level security and with the audit
trail at work for all of them. Every import is rolled back, so that each meets the same school of
nobody. "bare" is COPY of the file into a temporary table and one INSERT .. ON CONFLICT DO UPDATE,
which checks nothing and can say nothing of a row. Stock django-import-export, which has the whole
file in memory and asks the database row by row, is measured on a twentieth of the rows. Exits
non-zero when checking or applying takes more than `LIMIT` times as long as the bare way.
"""

import csv
import io
import sys
import time

from benchmarks.harness import installation

LIMIT = 4
RUNS = 3
HEADERS = ["E-mail", "Name", "Role", "Status", "Phone"]
UPSERT = """
    insert into users (tenant_id, email, name, role, status, phone)
    select app.tenant_id(), email, name, role, status, phone from bare
        on conflict (tenant_id, lower(email)) where deleted_at is null
        do update set name = excluded.name, role = excluded.role, status = excluded.status,
                      phone = excluded.phone"""


def people(rows):
    """Return the CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    for n in range(rows):
        writer.writerow([f"p{n}@large.example", f"Person {n}", "student", "active", f"+49 30 {n}"])
    return text.getvalue().encode()


def bare(data, _admin):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table bare"
            " (email text, name text, role text, status text, phone text) on commit drop"
        )
        with cursor.copy("copy bare from stdin (format csv, header)") as copy:
            copy.write(data)
        cursor.execute(UPSERT)
    return {}


def ours(data, admin):
    from django.core.files.base import ContentFile

    from exchange import imports

    times = {}
    batch = imports.stage(ContentFile(data, name="people.csv"), "core.user", admin)
    for name, do in (("check", imports.check), ("apply", lambda b: imports.apply(b, admin))):
        start = time.perf_counter()
        do(batch)
        times[name] = time.perf_counter() - start
    assert batch.status == "applied", batch.error
    return times


def stock(data, _admin):
    from import_export.resources import modelresource_factory
    from tablib import Dataset

    from core.models import User

    resource = modelresource_factory(
        User,
        meta_options={
            "fields": ["email", "name", "role", "status", "phone"],
            "import_id_fields": ["email"],
        },
    )()
    dataset = Dataset().load(data.decode(), format="csv")
    dataset.headers = ["email", "name", "role", "status", "phone"]
    result = resource.import_data(dataset, raise_errors=True)
    assert result.totals["new"] == len(dataset)
    return {}


def timed(tenant, admin, data, do):
    """Return {step: seconds} of one import that is rolled back; the whole is step ""."""
    from django.db import transaction

    from core.rls import tenant_context

    with tenant_context(tenant, admin):
        start = time.perf_counter()
        times = do(data, admin)
        times[""] = time.perf_counter() - start
        transaction.set_rollback(True)
    return times


def measure(rows):
    """Print a line for each way; return the worst ratio of ours."""
    from core.models import User
    from core.rls import tenant_context

    tenant = school()
    with tenant_context(tenant, role="admin"):
        admin = User.objects.create(email="admin@large.example", name="Admin", role="admin")
    data = people(rows)
    best = {}
    for _run in range(RUNS):
        for name, do in (("bare", bare), ("ours", ours)):
            for step, seconds in timed(tenant, admin, data, do).items():
                key = f"{name} {step}".strip()
                best[key] = min(best.get(key, seconds), seconds)
    few = rows // 20
    best["stock"] = timed(tenant, admin, people(few), stock)[""] * rows / few
    print(f"{rows:,} new people; seconds, best of {RUNS} runs")
    print(f"{'':<44}{'seconds':>9}{'ratio':>8}")
    for key, label in (
        ("bare", "bare COPY and upsert"),
        ("ours check", "import, dry run with every row recorded"),
        ("ours apply", "import, applied with every row recorded"),
        ("stock", "stock django-import-export"),
    ):
        print(f"{label:<44}{best[key]:>9.2f}{best[key] / best['bare']:>8.1f}")
    return max(best["ours check"], best["ours apply"]) / best["bare"]


def school():
    from django.db import connections

    from core.models import Tenant

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "insert into tenants (name, subdomain, contact_email, schema_name)"
            " values ('Large', 'large', 'a@example.com', 'large')"
        )
    return Tenant.objects.using("owner").get(subdomain="large")


def main(rows=50_000):
    with installation():
        return measure(rows) <= LIMIT


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:2])) else f"An import takes more than {LIMIT}x.")
