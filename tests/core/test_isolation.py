"""The isolation check: sound as migrated, and it finds each way of breaking it."""

import io
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connections

from core import checks, isolation, policies
from core.database.backend.base import DatabaseWrapper
from core.database.urls import django_database

pytestmark = pytest.mark.database

both = pytest.mark.django_db(databases=["default", "owner"])

# What a careless migration might do -> the one gap that must be found.
BREAKS = [
    (
        "alter table invoices disable row level security",
        "invoices: row-level security is off",
    ),
    (
        "create table tuition (id int primary key, tenant_id uuid);"
        "grant all on tuition to school_app;"
        "revoke truncate, references, trigger on tuition from school_app;"
        "select app.watch('tuition', 'tuition')",
        "tuition: row-level security is off",
    ),
    (
        "create table tuition (id int primary key); alter table tuition enable row level security;"
        "select app.watch('tuition', 'tuition')",
        "tuition: has no tenant_id and is not listed as free of schools' data",
    ),
    (
        "create policy open on payments for select using (true)",
        "payments: policy open: USING does not start with the tenant test: true",
    ),
    (
        "create policy open on payments for insert with check (app.user_role() = 'admin')",
        "payments: policy open: CHECK does not start with the tenant test:"
        " (app.user_role() = 'admin'::text)",
    ),
    (
        "create policy open on payments for select"
        " using (tenant_id = app.tenant_id() or app.user_role() = 'admin')",
        "payments: policy open: USING does not start with the tenant test:"
        " ((tenant_id = app.tenant_id()) OR (app.user_role() = 'admin'::text))",
    ),
    (
        "create policy open on payments for select"
        " using ((tenant_id = app.tenant_id() and app.user_role() = 'admin') or amount > 0)",
        "payments: policy open: USING does not start with the tenant test:"
        " (((tenant_id = app.tenant_id()) AND (app.user_role() = 'admin'::text))"
        " OR (amount > (0)::numeric))",
    ),
    (
        "create policy operators on users for select using (app.is_operator())",
        "users: policy operators: USING does not start with the tenant test: app.is_operator()",
    ),
    (
        "create policy narrow on payments as restrictive for select"
        " using (tenant_id = app.tenant_id())",
        "payments: policy narrow is RESTRICTIVE, which some servers turn into PERMISSIVE",
    ),
    (
        "alter table payments add foreign key (recorded_by) references users (id)",
        "payments: foreign key payments_recorded_by_fkey to users does not name tenant_id",
    ),
    (
        "alter table payments drop constraint payments_recorded_by_fk",
        "payments: no composite foreign key holds recorded_by",
    ),
    (
        "alter table payments drop constraint payments_recorded_by_fk;"
        "alter table payments add constraint payments_recorded_by_fk"
        " foreign key (tenant_id, recorded_by) references users (tenant_id, id) deferrable",
        "payments: foreign key payments_recorded_by_fk is deferrable, not validated,"
        " or sets columns on delete",
    ),
    (
        "create unique index payments_transaction on payments (transaction_id)",
        "payments: unique index payments_transaction does not start with tenant_id",
    ),
    (
        "create unique index payments_transaction on payments (lower(transaction_id), tenant_id)",
        "payments: unique index payments_transaction does not start with tenant_id",
    ),
    (
        "alter table payments disable trigger payments_audit_update_trg",
        "payments: changes are not audited",
    ),
    (
        "drop trigger payments_audit_delete_trg on payments",
        "payments: changes are not audited",
    ),
    (
        "create function app.peek() returns bigint language sql security definer"
        " begin atomic select count(*) from users; end",
        "function app.peek(): SECURITY DEFINER without a fixed search_path",
    ),
    (
        "create function app.peek() returns trigger language plpgsql security definer"
        " set search_path = pg_catalog, public, pg_temp as $$begin\n"
        " if exists (select from invoices i where i.id = new.invoice_id) then return new; end if;"
        " perform app.refuse_stranger('payments', new.tenant_id, 'admin'); return new; end$$;"
        "create trigger peek_trg before insert on payments for each row"
        " execute function app.peek()",
        "payments: trigger peek_trg is SECURITY DEFINER, runs BEFORE the policies are asked, and"
        " does not begin with app.refuse_stranger()",
    ),
    (
        "create function app.peek() returns trigger language plpgsql security definer"
        " set search_path = pg_catalog, public, pg_temp as $$declare\n"
        " paid numeric := (select sum(1 / i.amount) from invoices i where i.id = new.invoice_id);\n"
        "begin\n"
        " perform app.refuse_stranger('payments', new.tenant_id, 'admin'); return new; end$$;"
        "create trigger peek_trg before insert on payments for each row"
        " execute function app.peek()",
        "payments: trigger peek_trg is SECURITY DEFINER, runs BEFORE the policies are asked, and"
        " does not begin with app.refuse_stranger()",
    ),
    (
        "create view everyone as select * from users; revoke all on everyone from school_app",
        "view public.everyone: shows what its owner may see (no security_invoker)",
    ),
    (
        "create materialized view everyone as select id from users",
        "materialized view public.everyone: row-level security does not reach it",
    ),
    ("grant truncate on users to school_app", "users: school_app has TRUNCATE"),
    ("grant trigger on users to public", "users: school_app has TRIGGER"),
    (
        "grant delete on audit_logs to school_app",
        "audit_logs: school_app has DELETE, which is not declared",
    ),
    (
        "grant update (changes) on audit_logs to school_app",
        "audit_logs: school_app has UPDATE, which is not declared",
    ),
    (
        "grant insert on django_content_type to school_app",
        "django_content_type: school_app has INSERT, which is not declared",
    ),
    (
        "create policy more on payments for select"
        " using (tenant_id = app.tenant_id() and app.user_role() = 'teacher')",
        "payments: policy more is not declared",
    ),
    (
        "drop policy payments_student_select on payments",
        "payments: policy payments_student_select is missing",
    ),
    (
        "alter policy payments_student_select on payments to public",
        "payments: policy payments_student_select is for select to public",
    ),
    (
        "grant select on payments to school_teacher",
        "payments: school_teacher has SELECT, which is not declared",
    ),
    ("revoke select on payments from school_student", "payments: school_student lacks SELECT"),
    (
        "grant update (enrollment_date) on enrollments to school_teacher",
        "enrollments: school_teacher has UPDATE of other columns than declared",
    ),
    ("grant create on schema app to school_app", "school_app may create objects in the schema app"),
]


@both
def test_a_migrated_database_has_no_gap():
    assert isolation.gaps(connections["default"]) == []
    assert isolation.role_problems(connections["default"]) == []
    assert isolation.is_migrated(connections["default"])


@both
@pytest.mark.parametrize(("sql", "gap"), BREAKS, ids=[gap for _, gap in BREAKS])
def test_a_gap_is_found(sql, gap):
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute(sql)
    gaps = isolation.gaps(owner)
    if not gap.endswith("not declared"):  # what is wrong by itself is besides not declared
        gaps = [sentence for sentence in gaps if not sentence.endswith("not declared")]
    assert gaps == [gap]


@both
def test_the_report_names_every_table_and_its_protection():
    headings, rows = isolation.report(connections["default"])
    table = {row[0]: dict(zip(headings, row, strict=True)) for row in rows}
    assert table["enrollments"] == {
        "table": "enrollments",
        "row security": "on",
        "policies": "admin all, bursar select, guardian select, registrar all, student select,"
        " teacher select, teacher update",
        "composite keys": "2",
        "audit": "yes",
        "school_app": "select insert update delete",
    }
    assert table["audit_logs"]["school_app"] == "select"
    assert {name for name, row in table.items() if row["row security"] != "on"} == (
        policies.shared_tables() | isolation.QUEUE
    )


@both
def test_the_command_prints_the_table_and_succeeds():
    out = io.StringIO()
    call_command("check_isolation", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("table ")
    assert lines[-1] == "No gap."
    assert len([line for line in lines if line.startswith("users ")]) == 1


@both
def test_the_command_fails_on_a_gap(monkeypatch):
    monkeypatch.setattr(isolation, "gaps", lambda connection: ["users: row-level security is off"])
    with pytest.raises(CommandError, match="1 gap.*\nusers: row-level security is off"):
        call_command("check_isolation", stdout=io.StringIO())


@both
def test_the_system_check_is_of_the_database_kind(monkeypatch):
    def ours(errors):
        return [error for error in errors if error.id in ("core.E001", "core.E002")]

    assert ours(run_checks(databases=["default"])) == []
    monkeypatch.setattr(isolation, "gaps", lambda connection: ["users: row-level security is off"])
    assert [error.msg for error in ours(run_checks(databases=["default"]))] == [
        "users: row-level security is off"
    ]
    assert ours(run_checks()) == []
    assert checks.check_isolation(None, ["owner"]) == []


@both
def test_manage_py_check_looks_at_the_database(monkeypatch):
    call_command("check")
    monkeypatch.setattr(isolation, "gaps", lambda connection: ["users: row-level security is off"])
    with pytest.raises(CommandError, match="users: row-level security is off"):
        call_command("check")


OTHER = {
    "ATOMIC_REQUESTS": False,
    "AUTOCOMMIT": True,
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": False,
    "TIME_ZONE": None,
    "TEST": {},
}


def wrapper(postgres, role):
    """Return a connection of its own as `role`, unopened."""
    return DatabaseWrapper(django_database(postgres.url(role, "test_school")) | OTHER, "default")


@pytest.mark.parametrize(
    ("role", "problem"),
    [
        ("owner", "The database role school_owner owns the tables"),
        ("admin", "The database role postgres is a superuser. The database role postgres has"),
    ],
)
@both
def test_the_web_server_refuses_a_role_above_the_policies(postgres, role, problem, monkeypatch):
    monkeypatch.setattr(isolation, "connections", {"default": wrapper(postgres, role)})
    with pytest.raises(ImproperlyConfigured, match=problem):
        isolation.guard_web_server()
    assert [e.id for e in checks.check_isolation(None, ["default"])] == []
    monkeypatch.setattr(checks, "connections", isolation.connections)
    assert "core.E001" in {error.id for error in checks.check_isolation(None, ["default"])}
    isolation.connections["default"].close()


@both
def test_the_web_server_accepts_the_applications_role(postgres, monkeypatch):
    monkeypatch.setattr(isolation, "connections", {"default": wrapper(postgres, "app")})
    isolation.guard_web_server()
    assert isolation.connections["default"].connection is None


@both
def test_an_unreachable_database_is_asked_later(postgres, monkeypatch):
    connection = wrapper(postgres, "owner")
    reachable = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = "/nonexistent"
    monkeypatch.setattr(isolation, "connections", {"default": connection})
    isolation.guard_web_server()
    connection.settings_dict["HOST"] = reachable
    try:
        with pytest.raises(ImproperlyConfigured, match="owns the tables"):
            connection.connect()
    finally:
        isolation.connection_created.disconnect(dispatch_uid="core.isolation")
        connection.close()


@both
@pytest.mark.process
def test_wsgi_refuses_to_load_as_the_owner(postgres):
    environ = {
        "DATABASE_URL": postgres.url("owner", "test_school"),
        "DATABASE_OWNER_URL": postgres.url("owner", "test_school"),
        "DJANGO_SETTINGS_MODULE": "school.settings",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", "import school.wsgi"], capture_output=True, text=True, env=environ
    )
    assert done.returncode == 1
    assert "ImproperlyConfigured: The database role school_owner owns the tables" in done.stderr
