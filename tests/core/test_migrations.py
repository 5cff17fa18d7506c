"""Migrations go forward and back, and their frozen SQL is what stands in each app's sql/."""

import ast
import io
import json
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from core import hosts, isolation
from core.models import User
from core.rls import tenant_context
from finance.models import Payment
from finance.online import accounts
from finance.services import billing
from tests import prepared
from tests.databases import Elsewhere
from tests.factories import finance
from tests.factories.catalog import snapshot

pytestmark = [pytest.mark.process, pytest.mark.database]

APPS = ["core", "exchange", "academics", "finance", "reporting", "oneroster"]


def frozen_files():
    return {
        f"{app}/{path.name}"
        for app in APPS
        for path in (settings.BASE_DIR / app / "migrations" / "sql").glob("*")
    }


def test_every_frozen_file_is_used_once():
    used = []
    for app in APPS:
        for path in sorted((settings.BASE_DIR / app / "migrations").glob("0*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "run_sql":
                    name = node.args[1].value
                    used += [f"{app}/{name}.up.sql", f"{app}/{name}.down.sql"]
    assert sorted(used) == sorted(frozen_files())


def test_a_migration_imports_no_models():
    allowed = (
        "django",
        "uuid",
        "datetime",
        "core.database.sql",
        "core.models.base",
        "core.defaults",
        "finance.currencies",
    )
    for app in APPS:
        for path in (settings.BASE_DIR / app / "migrations").glob("0*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.ImportFrom):
                    names = [node.module]
                elif isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                assert [n for n in names if not n.startswith(allowed)] == [], path.name


@pytest.mark.django_db(databases=["default", "owner"])
def test_no_migration_is_missing():
    out = io.StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes detected" in out.getvalue()


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_current_files_are_what_the_migrations_made():
    """Applied again, none changes a definition; so a reader of sql/ reads the present."""
    with connections["owner"].cursor() as cursor:
        before = snapshot(cursor)
        for app in APPS:
            for path in in_order(app):
                cursor.execute(path.read_text())
        assert changes(before, snapshot(cursor)) == {}
    assert {kind: len(rows) > 0 for kind, rows in before.items()} == dict.fromkeys(before, True)


def changes(before, after):
    """Return {kind.name: (before, after)} of the definitions that differ."""
    return {
        f"{kind} {name}": (before[kind].get(name), after[kind].get(name))
        for kind in before
        for name in before[kind].keys() | after[kind].keys()
        if before[kind].get(name) != after[kind].get(name)
    }


def in_order(app):
    """The app's current files in an order in which they can run: as frozen, by first mention."""
    files = {path.stem: path for path in (settings.BASE_DIR / app / "sql").glob("*.sql")}
    frozen = sorted((settings.BASE_DIR / app / "migrations" / "sql").glob("*.up.sql"))
    text = "".join(path.read_text() for path in frozen)
    first_line = {name: path.read_text().splitlines()[0] for name, path in files.items()}
    missing = [name for name, line in first_line.items() if line not in text]
    assert missing == [], "never put into a migration"
    return sorted(files.values(), key=lambda path: text.index(first_line[path.stem]))


@pytest.fixture
def elsewhere(django_db_setup, django_db_blocker):
    """Return a function that runs another one in one of the suite's databases, as first made."""

    def run(database, function):
        with prepared.server("cast") as server:
            return Elsewhere(server, database, django_db_blocker).run(function)

    return run


def migrate(*target):
    call_command("migrate", *target, verbosity=0)


def look():
    with connections["owner"].cursor() as cursor:
        return snapshot(cursor)


def rows():
    """Every row of every table of ours, as text, but for what migrating itself writes."""
    with connections["owner"].cursor() as cursor:
        by_table = {}
        for table in isolation.read(connections["owner"]):
            if not table.is_tenant_free:
                cursor.execute(
                    f"SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t::text), '[]')"
                    f"  FROM {table.name} t"
                )
                by_table[table.name] = json.loads(cursor.fetchone()[0])
        return by_table


def within(rows, columns):
    """Return the rows {table: [{column: value}]} without what `columns` ("table.column") lacks."""
    return {
        table: sorted(
            ([(c, row[c]) for c in sorted(row) if f"{table}.{c}" in columns] for row in table_rows),
            key=str,
        )
        for table, table_rows in rows.items()
        if f"{table}.tenant_id" in columns or table == "tenants"
    }


def ours(definitions):
    """Return a snapshot's definitions {name: text} without the job queue's own."""
    return {name: text for name, text in definitions.items() if "procrastinate" not in name + text}


@pytest.mark.apart
def test_back_and_forward_again_without_rows(elsewhere):
    """The suite's own database came from nothing; this one goes back to it, and forward again."""

    def work():
        first = look()
        assert isolation.gaps(connections["default"]) == []
        for app in reversed(APPS):
            migrate(app, "zero")
        left = look()
        migrate()
        return first, left, look()

    first, left, again = elsewhere(prepared.MIGRATED_DATABASE, work)
    tables = {m._meta.db_table for app in APPS for m in apps.get_app_config(app).get_models()}
    assert set(left["tables"]) & tables == set()
    assert {kind: ours(left[kind]) for kind in ("functions", "views", "policies", "triggers")} == {
        kind: {} for kind in ("functions", "views", "policies", "triggers")
    }
    assert changes(first, again) == {}


def fill_books():
    """Insert what the cast has no row of: what belongs to invoices and payments."""
    for name in ("school-a", "school-b"):
        tenant = hosts.find(f"{name}.localhost")
        with tenant_context(tenant, role="admin"):
            payment = Payment.objects.first()
            items = [{"description": "Lunch", "quantity": 1, "unit_price": 10}]
            invoice = finance.invoice(
                invoice_number="LINES", student_id=payment.student_id, line_items=items
            )
            finance.credit_note(invoice=invoice)
            finance.payment_reversal(payment=payment)
            finance.closed_month()
            finance.payment_reminder(invoice=finance.invoice(student_id=payment.student_id))
            finance.reminder_opt_out(student_id=payment.student_id)
            checkout = finance.online_checkout(invoice=invoice)
            finance.online_event(checkout=checkout)
            accounts.keep(provider="stripe", key="sk_test_1", webhook="whsec_1", is_active=True)
            admin = User.objects.admins().first()
        with tenant_context(tenant, admin):
            item = finance.fee_plan_item(plan=finance.fee_plan(), fee=finance.fee())
            run = billing.prepare(plan=item.plan, by=admin, period="May", issue_date=tenant.today())
            billing.start_issue(run, admin)


@pytest.mark.apart
def test_back_and_forward_again_with_rows(elsewhere):
    """Each app's rules are taken off a filled database and put on again; no row changes."""

    def work():
        fill_books()
        schema, filled = look(), rows()
        for app in reversed(APPS):
            migrate(app, "0001")
        bare = look()
        assert bare["policies"] == {}
        assert ours(bare["triggers"]) == {}
        migrate()
        assert changes(schema, look()) == {}
        # Tables and columns that came later went away with their rows.
        assert within(rows(), bare["columns"]) == within(filled, bare["columns"])
        assert isolation.gaps(connections["default"]) == []
        for app in reversed(APPS):
            migrate(app, "zero")
        return filled, look()

    filled, left = elsewhere(prepared.CAST_DATABASE, work)
    assert {table for table, table_rows in filled.items() if not table_rows} == {
        "django_admin_log",
        "sessions",
        "sign_in_attempts",
    }
    assert "users" not in left["tables"]


@pytest.mark.parametrize("app", APPS)
def test_every_migration_has_a_way_back(app):
    loader = MigrationLoader(None)
    ours = [m for (label, _), m in loader.disk_migrations.items() if label == app]
    assert ours
    for migration in ours:
        assert [op for op in migration.operations if not op.reversible] == [], migration.name
        assert Path(settings.BASE_DIR / app / "migrations" / f"{migration.name}.py").exists()
