"""The tables are the specification's: columns, types, lengths, nullability, defaults.

And they can be written by SQL that knows nothing but the specification.
"""

import json

import pytest
from django.db import IntegrityError, connection, transaction

from core.rls import tenant_context
from tests.core.test_policies import (
    OF_STAFF,
    candidates,
    columns,
    complete,
    insert,
    new_row,
)

pytestmark = pytest.mark.database

STAMPS = """
    created_at timestamptz not null default
    updated_at timestamptz not null default
"""
BEGIN = "id uuid not null default\n tenant_id uuid not null"
# As in the specification; timestamps have a zone here, and money has its currency's decimals. A
# draft has no number yet, and money on account no invoice (docs/decisions/0009).
SPECIFICATION = {
    "tenants": f"""
        id uuid not null default
        name varchar(255) not null
        subdomain varchar(63) not null
        contact_email varchar(255) not null
        status varchar(50) not null default
        settings jsonb default
        {STAMPS}""",
    "users": f"""
        {BEGIN}
        auth_id uuid
        email varchar(255) not null
        email_verified boolean default
        name varchar(255) not null
        role varchar(50) not null
        avatar_url varchar(500)
        phone varchar(50)
        status varchar(50) not null default
        last_login timestamptz
        metadata jsonb default
        preferences jsonb default
        {STAMPS}
        deleted_at timestamptz""",
    "classes": f"""
        {BEGIN}
        name varchar(255) not null
        code varchar(50)
        description text
        level varchar(50)
        subject varchar(100)
        capacity integer not null default
        enrolled_count integer not null default
        teacher_id uuid
        schedule_description varchar(500)
        start_date date not null
        end_date date
        status varchar(50) not null default
        {STAMPS}
        deleted_at timestamptz""",
    "enrollments": f"""
        {BEGIN}
        student_id uuid not null
        class_id uuid not null
        enrollment_date date not null default
        completion_date date
        status varchar(50) not null default
        attendance_rate numeric(5,2)
        current_grade varchar(10)
        {STAMPS}""",
    "class_sessions": f"""
        {BEGIN}
        class_id uuid not null
        session_date date not null
        start_time time not null
        end_time time not null
        topic varchar(500)
        notes text
        status varchar(50) not null default
        {STAMPS}""",
    "attendance": f"""
        {BEGIN}
        class_session_id uuid not null
        student_id uuid not null
        status varchar(50) not null
        notes text
        recorded_by uuid
        recorded_at timestamptz not null default
        {STAMPS}""",
    "assignments": f"""
        {BEGIN}
        class_id uuid not null
        title varchar(255) not null
        description text
        type varchar(50) not null
        assigned_date date not null
        due_date date not null
        max_score integer
        content jsonb
        attachments jsonb
        status varchar(50) not null default
        {STAMPS}""",
    "submissions": f"""
        {BEGIN}
        assignment_id uuid not null
        student_id uuid not null
        submitted_at timestamptz not null default
        content jsonb
        attachments jsonb
        status varchar(50) not null default
        {STAMPS}""",
    "grades": f"""
        {BEGIN}
        submission_id uuid not null
        student_id uuid not null
        assignment_id uuid not null
        score numeric(6,2)
        grade varchar(10)
        feedback text
        graded_by uuid
        graded_at timestamptz not null default
        {STAMPS}""",
    "invoices": f"""
        {BEGIN}
        invoice_number varchar(50)
        student_id uuid not null
        amount numeric not null
        currency varchar(3) not null default
        description text
        line_items jsonb
        issue_date date not null
        due_date date not null
        status varchar(50) not null default
        {STAMPS}""",
    "payments": f"""
        {BEGIN}
        invoice_id uuid
        student_id uuid not null
        amount numeric not null
        currency varchar(3) not null default
        payment_method varchar(50) not null
        transaction_id varchar(255)
        receipt_url varchar(500)
        payment_date date not null
        notes text
        recorded_by uuid
        {STAMPS}""",
    "audit_logs": """
        id uuid not null default
        tenant_id uuid
        user_id uuid
        action varchar(100) not null
        resource_type varchar(50)
        resource_id uuid
        changes jsonb
        metadata jsonb
        timestamp timestamptz not null default""",
    "conversations": f"""
        {BEGIN}
        user_id uuid not null
        title varchar(255)
        messages jsonb not null
        {STAMPS}""",
    "exports": f"""
        {BEGIN}
        template_id varchar(100) not null
        template_version varchar(20) not null
        filename varchar(255) not null
        file_url varchar(500)
        file_size bigint
        filters jsonb
        row_count integer
        requested_by uuid not null
        created_at timestamptz not null default
        expires_at timestamptz""",
}
# Columns that Django or django-tenants needs beside them.
FURTHER = {
    "tenants": ["schema_name varchar(63) not null default"],
    "users": [
        "password_version uuid",
        "sort_name text default",
        "student_number text default",
        "birth_date text default",
        "photo varchar(100)",
        "teacher_record jsonb default",
        "family_record jsonb default",
        "record_text text",
        "year_group_id uuid",
        "homeroom_id uuid",
    ],
    "classes": ["term_id uuid", "grading_scale_id uuid", "sort_name text default"],
    "enrollments": ["report_comment text"],
    "class_sessions": ["generated boolean not null default"],
    "assignments": ["closes_automatically boolean not null default"],
    "grades": ["excused boolean not null default"],
    "attendance": ["minutes_late integer", "code varchar(10)", "absence_id uuid"],
    "invoices": [
        "payer_guardian_id uuid",
        "payer_sponsor_id uuid",
        "issued_at timestamptz",
        "cancelled_on date",
        "cancel_reason text",
        "paid numeric not null default",
        "credited numeric not null default",
        "balance numeric default",
    ],
    "payments": [
        "payer_guardian_id uuid",
        "payer_sponsor_id uuid",
        "token uuid",
        "allocated numeric not null default",
        "reversed numeric not null default",
        "unallocated numeric default",
    ],
    # How a file comes about.
    "exports": [
        "kind varchar(20) not null default",
        "file_format varchar(10)",
        "sort varchar(100)",
        "selection jsonb",
        "status varchar(20) not null default",
        "origin varchar(20) not null default",
        "rows_done integer not null default",
        "rows_total integer",
        "error text",
        "started_at timestamptz",
        "finished_at timestamptz",
        "noticed_at timestamptz",
        "requester_role varchar(20)",
        "downloaded_at timestamptz",
    ],
}
DEFAULTS = {
    "tenants": {"status": "active", "settings": {}},
    "users": {
        "status": "active", "email_verified": False, "metadata": {}, "preferences": {},
        "password_version": None,
    },
    "classes": {"capacity": 20, "enrolled_count": 0, "status": "active"},
    "enrollments": {"status": "active"},
    "class_sessions": {"status": "scheduled"},
    "assignments": {"status": "active"},
    "submissions": {"status": "submitted"},
    "invoices": {"currency": "USD", "status": "pending"},
    "payments": {"currency": "USD"},
    "exports": {
        "kind": "report", "status": "ready", "origin": "person", "rows_done": 0, "selection": None,
    },
}  # fmt: skip
COLUMNS = """
    SELECT attname || ' '
           || replace(replace(replace(format_type(atttypid, atttypmod),
                'character varying', 'varchar'), 'timestamp with time zone', 'timestamptz'),
                'time without time zone', 'time')
           || CASE WHEN attnotnull THEN ' not null' ELSE '' END
           || CASE WHEN atthasdef THEN ' default' ELSE '' END
      FROM pg_attribute
     WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
"""


@pytest.mark.parametrize("table", SPECIFICATION)
def test_the_columns_are_the_specifications(db, table):
    wanted = [" ".join(line.split()) for line in SPECIFICATION[table].splitlines() if line.strip()]
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        columns = [row[0] for row in cursor.fetchall()]
    assert sorted(columns) == sorted(wanted + FURTHER.get(table, []))


@pytest.mark.parametrize("table", [t for t in SPECIFICATION if t != "audit_logs"])
def test_a_plain_insert_of_the_required_columns_is_enough(cast, table):
    """The factories name no more than the specification requires."""
    rows = complete(cast.a)
    which = "admin" if table in ("conversations", "exports") else "own"
    new = candidates(table, rows)[which]
    context = (
        tenant_context(cast.platform, cast.operator)
        if table == "tenants"
        else tenant_context(cast.a.tenant, cast.a.admin)
    )
    with context, connection.cursor() as cursor:
        names, marks = ", ".join(new), ", ".join(["%s"] * len(new))
        cursor.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING to_jsonb({table})",
            list(new.values()),
        )
        row = cursor.fetchone()[0]
    row = json.loads(row)
    assert {name: row[name] for name in DEFAULTS.get(table, {})} == DEFAULTS.get(table, {})
    assert row["id"]
    assert row["created_at"]


# Unique within a school, not across -------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "same"),
    [
        ("invoices", {"invoice_number": "SAME"}),
        ("users", {"email": "same@example.com"}),
        ("users", {"auth_id": "3f3f3f3f-0000-4000-8000-000000000000"}),
        ("sourced_records", {"sourced_id": "SAME"}),
    ],
)
def test_a_name_is_unique_within_its_school_only(cast, table, same):
    for school in (cast.a, cast.b):
        with tenant_context(school.tenant, school.admin):
            given = new_row(table, school, "own") | same
            insert(table, columns(table, school, **given))
            with pytest.raises(IntegrityError), transaction.atomic():
                insert(table, columns(table, school, **given))


@pytest.mark.parametrize("table", [*SPECIFICATION, "schedules", "sourced_records", *OF_STAFF])
def test_the_primary_key_is_the_id(db, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'p' AND conrelid = %s::regclass",
            [table],
        )
        assert cursor.fetchall() == [("PRIMARY KEY (id)",)]


# updated_at -------------------------------------------------------------------------------------


def test_updated_at_follows_every_update(committed):
    """In a transaction of its own, because now() stands still within one."""
    made = committed.school_class()
    first = committed.fetch_one("SELECT updated_at FROM classes WHERE id = %s", made)
    committed.db.execute("UPDATE classes SET name = 'x', updated_at = '2000-01-01'")
    assert committed.fetch_one("SELECT updated_at FROM classes WHERE id = %s", made) > first


def test_every_table_with_the_column_has_the_trigger(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attrelid::regclass::text FROM pg_attribute a JOIN pg_class c"
            " ON c.oid = a.attrelid AND c.relkind = 'r' WHERE a.attname = 'updated_at'"
            " EXCEPT SELECT tgrelid::regclass::text FROM pg_trigger t JOIN pg_proc p"
            " ON p.oid = t.tgfoid WHERE p.proname = 'touch_updated_at'"
        )
        assert cursor.fetchall() == []
