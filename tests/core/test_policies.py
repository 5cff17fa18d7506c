"""The policy table, cell by cell, asked of PostgreSQL as the application's role in raw SQL.

For every table and viewer: which of the rows that really exist can be read, updated and deleted,
and which new rows may be inserted. Each test asks in both schools; the other school's rows exist
beside them and never appear.
"""

import json
import uuid
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg.errors
import pytest
from django.db import DatabaseError, connection, transaction

from academics.models import ClassSession, Submission
from core.database.roles import ACTING
from core.models import User
from core.rls import tenant_context
from tests.factories import academics, core, exchange, finance
from tests.factories.factory import FACTORIES, columns_of

pytestmark = pytest.mark.database

# Rows: "own" hangs on the teacher's class and its student, "other" on the outsider's class of the
# same school; people's rows bear their names. What nobody's cell names is refused.
OFFICES = "registrar bursar"
ACCOUNTS = "teacher outsider student other_student guardian other_guardian"
PEOPLE = f"admin {OFFICES} {ACCOUNTS}"
MEMBERS = f"admin {OFFICES} teacher outsider student other_student"  # who keeps things of their own
STAFF = f"admin {OFFICES} teacher outsider"
TWO = "own other"
ROLES = ("admin", "registrar", "bursar", "teacher", "student", "guardian")
NONE = ""


def cells(select, insert=NONE, update=NONE, delete=NONE):
    return {"select": select, "insert": insert, "update": update, "delete": delete}


def everything(rows=TWO, insert=TWO):
    return cells(rows, insert, rows, rows)


POLICY_TABLE = {
    "tenants": {
        "admin": cells("own", update="own"),
        "teacher": cells("own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    "tenant_domains": {
        "admin": cells("own"),
        "teacher": cells(NONE),
        "student": cells(NONE),
        "guardian": cells(NONE),
    },
    "users": {
        "admin": everything(PEOPLE, "own"),
        "teacher": cells("teacher student", update="teacher"),
        "student": cells("student", update="student"),
        "guardian": cells("guardian student", update="guardian"),
    },
    "classes": {
        "admin": everything(),
        "teacher": cells("own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    "schedules": {
        "admin": everything(),
        "teacher": cells("own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    "enrollments": {
        "admin": everything(),
        "teacher": cells("own", update="own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    "class_sessions": {
        "admin": everything(),
        "teacher": everything("own", "own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    "attendance": {
        "admin": everything(),
        "teacher": everything("own", "own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    "assignments": {
        "admin": everything(),
        "teacher": everything("own", "own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    # The rows "open" are handed in and not graded yet; "own" and "other" are graded.
    "submissions": {
        "admin": everything("own other open other_open"),
        "teacher": cells("own open", update="own open"),
        "student": cells("own open", insert="own", update="open"),
        "guardian": cells("own open"),
    },
    "grades": {
        "admin": everything(),
        "teacher": everything("own", "own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    # Drafts are the office's alone. What is issued stays: a rule that is asked after the policies.
    "invoices": {
        "admin": cells(
            "own other draft other_draft", TWO, "own other draft other_draft", "draft other_draft"
        ),
        "teacher": cells(NONE),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    "invoice_lines": {
        "admin": cells(
            "own other draft other_draft", TWO, "draft other_draft", "draft other_draft"
        ),
        "teacher": cells(NONE),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    # Money is only added to.
    **dict.fromkeys(
        ("payments", "payment_allocations", "payment_reversals", "credit_notes"),
        {
            "admin": cells(TWO, insert=TWO),
            "teacher": cells(NONE),
            "student": cells("own"),
            "guardian": cells("own"),
        },
    ),
    **dict.fromkeys(
        (
            "fees",
            "sponsors",
            "fee_plans",
            "fee_plan_items",
            "installments",
            "discounts",
            "student_discounts",
            "billing_runs",
        ),
        {"admin": everything("own", "own")}
        | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    ),
    "payment_reminders": {"admin": cells("own", insert="own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    "reminder_opt_outs": {"admin": everything("own", "own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    "closed_months": {"admin": cells("own", insert="own", update="own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    **dict.fromkeys(
        ("number_series", "plan_charges"),
        {"admin": cells("own")} | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    ),
    "online_checkouts": {
        "admin": cells(TWO, insert=TWO),
        "teacher": cells(NONE),
        "student": cells("own", insert="own"),
        "guardian": cells("own", insert="own"),
    },
    "online_events": {"admin": cells("own", insert="own", update="own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    "bank_statements": {"admin": cells("own", insert="own", delete="own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    "bank_transactions": {"admin": cells("own", insert="own", update="own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    "audit_logs": {
        "admin": cells(TWO),
        "teacher": cells(NONE),
        "student": cells(NONE),
        "guardian": cells(NONE),
    },
    "conversations": {role: everything(role, role) for role in ("admin", "teacher", "student")}
    | {"guardian": cells(NONE)},
    "exports": {
        "admin": everything(MEMBERS, PEOPLE),
        "teacher": everything("teacher", "teacher"),
        "student": everything("student", "student"),
        "guardian": cells(NONE),
    },
    "mails": {
        "admin": cells("own", insert="own", update="own"),
        "teacher": cells(NONE),
        "student": cells(NONE),
        "guardian": cells(NONE),
    },
    "sourced_records": {
        "admin": everything("own", "own"),
        "teacher": cells(NONE),
        "student": cells(NONE),
        "guardian": cells(NONE),
    },
    # Rows bear the name of whose they are.
    **dict.fromkeys(
        ("saved_filters", "saved_views"),
        {
            "admin": everything("admin", "admin"),
            "teacher": everything("teacher", "teacher"),
            "student": cells(NONE),
            "guardian": cells(NONE),
        },
    ),
    **dict.fromkeys(
        ("report_schedules", "report_recipients", "import_batches"),
        {
            "admin": everything(STAFF, STAFF),
            "teacher": everything("teacher", "teacher"),
            "student": cells(NONE),
            "guardian": cells(NONE),
        },
    ),
    "import_rows": {
        "admin": cells(STAFF, insert=STAFF, delete=STAFF),
        "teacher": cells("teacher", insert="teacher", delete="teacher"),
        "student": cells(NONE),
        "guardian": cells(NONE),
    },
    "django_admin_log": {
        "admin": cells(MEMBERS, insert="admin"),
        "teacher": cells("teacher", insert="teacher"),
        "student": cells("student", insert="student"),
        "guardian": cells(NONE),
    },
    "calendar_feeds": {role: cells(role, insert=role, delete=role) for role in ROLES},
    # Named after who reads the field: "own" is the family's too.
    "person_fields": {
        "admin": everything("own teachers office", "own"),
        "registrar": cells("own teachers office"),
        "bursar": cells("own teachers"),
        "teacher": cells("own teachers"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    "guardians": {
        "admin": everything(),
        "teacher": cells("own"),
        "student": cells(NONE),
        "guardian": cells("own"),
    },
    "student_guardians": {
        "admin": everything(),
        "teacher": cells("own"),
        "student": cells(NONE),
        "guardian": cells("own"),
    },
    # The student of each is the own; staff know them all.
    **dict.fromkeys(
        ("year_groups", "homerooms"),
        {
            "admin": everything(),
            "teacher": cells(TWO),
            "student": cells("own"),
            "guardian": cells("own"),
        },
    ),
    "homeroom_teachers": {
        "admin": everything(),
        "teacher": cells("own"),
        "student": cells(NONE),
        "guardian": cells(NONE),
    },
    # The school's own rows, which everybody of it knows.
    **dict.fromkeys(
        ("academic_years", "terms", "closed_days", "grading_scales"),
        {
            "admin": everything("own", "own"),
            "teacher": cells("own"),
            "student": cells("own"),
            "guardian": cells("own"),
        },
    ),
    "assignment_weights": {
        "admin": everything(),
        "teacher": everything("own", "own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    # "own" was handed in with a graded submission, "open" with one that is not graded yet; "given"
    # came with the assignment. A file is never changed.
    "attachment_files": {
        "admin": cells(
            "own other open other_open given other_given",
            insert="open other_open given other_given",
            delete="own other open other_open given other_given",
        ),
        "teacher": cells("own open given", insert="given", delete="given"),
        "student": cells("own open given", insert="open", delete="open"),
        "guardian": cells("own open given"),
    },
    # "open" was reported by the guardian and not decided on yet.
    "absences": {
        "admin": everything("own other open other_open"),
        "teacher": cells("own open"),
        "student": cells("own open"),
        "guardian": cells("own open", insert="own", delete="open"),
    },
    # Of a homeroom by who leads it: in the cast, who teaches the student.
    "daily_attendance": {
        "admin": everything(),
        "teacher": everything("own", "own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
    "absence_calls": {"admin": cells("own", insert="own", delete="own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    # Written by merging and undoing alone, but for what was chosen.
    "student_merges": {"admin": cells("own", update="own", delete="own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    "applications": {"admin": everything("own", "own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    "application_documents": {"admin": cells("own", insert="own", delete="own")}
    | dict.fromkeys(("teacher", "student", "guardian"), cells(NONE)),
    "waitlist_entries": {
        "admin": everything(),
        "teacher": cells("own"),
        "student": cells("own"),
        "guardian": cells("own"),
    },
}
# What a registrar may like an admin, and what a bursar may; the rest of them row by row.
PEOPLES = (
    "year_groups",
    "homerooms",
    "homeroom_teachers",
    "guardians",
    "student_guardians",
    "classes",
    "schedules",
    "enrollments",
    "waitlist_entries",
    "academic_years",
    "terms",
    "closed_days",
    "grading_scales",
    "assignment_weights",
    "class_sessions",
    "absences",
    "absence_calls",
    "daily_attendance",
    "student_merges",
    "applications",
    "application_documents",
    "attendance",
    "assignments",
    "submissions",
    "grades",
    "attachment_files",
    "sourced_records",
)
MONEYS = (
    "invoices",
    "invoice_lines",
    "payments",
    "payment_allocations",
    "payment_reversals",
    "credit_notes",
    "fees",
    "sponsors",
    "fee_plans",
    "fee_plan_items",
    "installments",
    "discounts",
    "student_discounts",
    "billing_runs",
    "payment_reminders",
    "reminder_opt_outs",
    "closed_months",
    "number_series",
    "plan_charges",
    "online_checkouts",
    "online_events",
    "bank_statements",
    "bank_transactions",
)
READ_BY_BURSARS = {
    **dict.fromkeys(("guardians", "student_guardians", "classes", "enrollments"), cells(TWO)),
    **dict.fromkeys(("year_groups", "homerooms", "homeroom_teachers"), cells(TWO)),
    **dict.fromkeys(("academic_years", "terms", "closed_days", "grading_scales"), cells("own")),
}
ONES_OWN = (
    "conversations",
    "exports",
    "saved_filters",
    "saved_views",
    "report_schedules",
    "report_recipients",
    "import_batches",
)
for name in PEOPLES:
    POLICY_TABLE[name] |= {"registrar": POLICY_TABLE[name]["admin"], "bursar": cells(NONE)}
for name in MONEYS:
    POLICY_TABLE[name] |= {"registrar": cells(NONE), "bursar": POLICY_TABLE[name]["admin"]}
for name, read in READ_BY_BURSARS.items():
    POLICY_TABLE[name]["bursar"] = read
for role in OFFICES.split():
    for name in ONES_OWN:
        POLICY_TABLE[name][role] = everything(role, role)
    POLICY_TABLE["import_rows"][role] = cells(role, insert=role, delete=role)
    POLICY_TABLE["django_admin_log"][role] = cells(role, insert=role)
    POLICY_TABLE["mails"][role] = cells(NONE, insert="own")  # those they ask for; see below
    POLICY_TABLE["tenants"][role] = cells("own")
    for name in ("tenant_domains", "audit_logs"):
        POLICY_TABLE[name][role] = cells(NONE)
POLICY_TABLE["users"] |= {
    "registrar": cells(PEOPLE, "own", f"registrar {ACCOUNTS}", ACCOUNTS),
    "bursar": cells(PEOPLE, update="bursar"),
}
# Rows of the school itself: one of each, whoever looks at it.
OF_THE_SCHOOL = (
    "tenants",
    "academic_years",
    "terms",
    "closed_days",
    "grading_scales",
    "person_fields",
)
# The outsider and the other student see what the teacher and the student see, from their side.
MIRROR = {"own": "other", "other": "own", "open": "other_open", "other_open": "open"}
MIRROR |= {"draft": "other_draft", "other_draft": "draft"}
MIRROR |= {"given": "other_given", "other_given": "given"}
MIRROR |= {"guardian": "other_guardian", "other_guardian": "guardian"}
MIRROR |= {"teacher": "outsider", "outsider": "teacher"}
MIRROR |= {"student": "other_student", "other_student": "student"}
# A column that whoever may change a row may name, where the key is not one.
CHANGED = dict.fromkeys(
    (
        "tenants",
        "users",
        "enrollments",
        "submissions",
        "mails",
        "closed_months",
        "online_events",
        "bank_transactions",
        "student_merges",
    ),
    "updated_at",
)
# What an issued invoice refuses, whoever asks: the rules come after the policies.
FROZEN = {"invoice_is_issued"}
TABLES = list(POLICY_TABLE)
# Without policies and grants: functions alone touch them (tests/core/services/test_throttle.py,
# tests/core/test_attacks_*.py).
NOBODYS = {"credentials", "sessions", "sign_in_attempts", "online_accounts"}
COMMANDS = ("select", "insert", "update", "delete")


@dataclass
class Rows:
    """One school's rows {table: {name: key}}, and new ones to try {table: {name: columns}}."""

    school: object
    keys: dict
    new: dict


def expected(table, viewer, command):
    """Return the set of row names that the table above allows `viewer`."""
    if viewer in ROLES:
        return set(POLICY_TABLE[table][viewer][command].split())
    role = {"outsider": "teacher", "other_student": "student", "other_guardian": "guardian"}[viewer]
    names = POLICY_TABLE[table][role][command].split()
    return set(names) if table in OF_THE_SCHOOL else {MIRROR.get(name, name) for name in names}


def complete(school):
    with tenant_context(school.tenant, role="admin"):
        extra = {
            prefix: academics.submission(
                student=student,
                assignment=academics.assignment(school_class=school_class, type="quiz"),
            )
            for prefix, student, school_class in (
                ("open", school.student, school.school_class),
                ("other_open", school.other_student, school.other_class),
            )
        }
        other_slot = academics.schedule(school_class=school.other_class, weekday=2).pk
    money = money_rows(school)
    people = {name: getattr(school, name) for name in PEOPLE.split()}
    conversations, exports, log, feeds = {}, {}, {}, {}
    files = attachment_rows(school, extra)
    reports = absence_rows(school)
    staff = {name: staff_rows(school, name) for name in STAFF.split()}
    for name, person in people.items():
        with tenant_context(school.tenant, person):
            if name != "admin":  # the cast's own feed is the admin's
                core.calendar_feed(user=person)
            feeds[name] = fetch("SELECT id FROM calendar_feeds", [])
            if name not in MEMBERS.split():
                continue
            conversations[name] = core.conversation(user=person).pk
            exports[name] = exchange.export(requested_by=person).pk
            insert("django_admin_log", columns("django_admin_log", school, user=person))
            log[name] = fetch("SELECT id FROM django_admin_log WHERE user_id = %s", [person.pk])
    with tenant_context(school.tenant, school.admin):
        # The cast's own conversation is the admin's second one.
        fetch("DELETE FROM conversations WHERE id = %s RETURNING id", [school.conversation.pk])
        private = (school.export, school.saved_filter, school.saved_view, school.report_schedule)
        for row in private:
            fetch(f"DELETE FROM {row._meta.db_table} WHERE id = %s RETURNING id", [row.pk])
        fetch("DELETE FROM import_batches WHERE id = %s RETURNING id", [school.import_batch.pk])
        domain = fetch("SELECT id FROM tenant_domains", [])
        trail = "SELECT id FROM audit_logs WHERE resource_id = %s AND action = 'class_created'"
        audit = [fetch(trail, [c.pk]) for c in (school.school_class, school.other_class)]
    pair = {
        "classes": ("school_class", "other_class"),
        "class_sessions": ("session", "other_session"),
        "enrollments": ("enrollment", "other_enrollment"),
        "attendance": ("attendance", "other_attendance"),
        "assignments": ("assignment", "other_assignment"),
        "submissions": ("submission", "other_submission"),
        "grades": ("grade", "other_grade"),
        "invoices": ("invoice", "other_invoice"),
        "payments": ("payment", "other_payment"),
        "fees": ("fee",),
        "sponsors": ("sponsor",),
        "fee_plans": ("fee_plan",),
        "fee_plan_items": ("fee_plan_item",),
        "installments": ("installment",),
        "discounts": ("discount",),
        "student_discounts": ("student_discount",),
        "billing_runs": ("billing_run",),
        "bank_statements": ("bank_statement",),
        "bank_transactions": ("bank_transaction",),
        "guardians": ("guardian_record", "other_guardian_record"),
        "student_guardians": ("student_guardian", "other_student_guardian"),
        "year_groups": ("year_group", "other_year_group"),
        "homerooms": ("homeroom", "other_homeroom"),
        "homeroom_teachers": ("homeroom_teacher", "other_homeroom_teacher"),
        "assignment_weights": ("assignment_weight", "other_assignment_weight"),
        "attachment_files": ("attachment_file", "other_attachment_file"),
        "waitlist_entries": ("waitlist_entry", "other_waitlist_entry"),
        "absences": ("absence", "other_absence"),
        "absence_calls": ("absence_call",),
        "student_merges": ("student_merge",),
        "daily_attendance": ("daily_mark", "other_daily_mark"),
        "applications": ("application",),
        "application_documents": ("application_document",),
    }
    keys = {
        table: dict(zip(("own", "other"), (getattr(school, n).pk for n in names), strict=False))
        for table, names in pair.items()
    }
    keys["submissions"] |= {name: submission.pk for name, submission in extra.items()}
    keys["attachment_files"] |= files
    keys["absences"] |= reports
    keys["invoices"] |= money.pop("invoices")
    keys |= money
    keys |= {
        "calendar_feeds": feeds,
        "academic_years": {"own": school.academic_year.pk},
        "terms": {"own": school.term.pk},
        "closed_days": {"own": school.closed_day.pk},
        "grading_scales": {"own": school.grading_scale.pk},
        "person_fields": {
            "own": school.person_field.pk,
            "teachers": school.teacher_field.pk,
            "office": school.office_field.pk,
        },
        "tenants": {"own": school.tenant.pk},
        "tenant_domains": {"own": domain},
        "users": {name: person.pk for name, person in people.items()},
        "schedules": {"own": school.schedule.pk, "other": other_slot},
        "audit_logs": dict(zip(("own", "other"), audit, strict=True)),
        "conversations": conversations,
        "exports": exports,
        "mails": {"own": school.mail.pk},
        "sourced_records": {"own": school.sourced_record.pk},
        **{table: {name: staff[name][table] for name in staff} for table in OF_STAFF},
        "django_admin_log": log,
    }
    assert set(keys) == set(POLICY_TABLE)
    rows = Rows(school, keys, {})
    rows.new.update((table, candidates(table, rows)) for table in TABLES)
    return rows


def money_rows(school):
    """Insert what belongs to each student's invoice and payment; return {table: {name: id}}."""
    made = {}
    with tenant_context(school.tenant, role="admin"):
        for own, draft, student, invoice, payment in (
            ("own", "draft", school.student, school.invoice, school.payment),
            ("other", "other_draft", school.other_student, school.other_invoice,
             school.other_payment),
        ):  # fmt: skip
            items = [{"description": "Lunch", "quantity": 1, "unit_price": 10}]
            issued = finance.invoice(student=student, line_items=items)
            unissued = finance.invoice(student=student, line_items=items, invoice_number=None)
            on_account = finance.payment(student=student)
            rows = {
                "invoices": {draft: unissued.pk},
                "invoice_lines": {own: issued.lines.get().pk, draft: unissued.lines.get().pk},
                "payment_allocations": {
                    own: finance.payment_allocation(payment=on_account, invoice=invoice).pk
                },
                "payment_reversals": {own: finance.payment_reversal(payment=payment).pk},
                "credit_notes": {own: finance.credit_note(invoice=invoice).pk},
                "online_checkouts": {own: finance.online_checkout(invoice=issued).pk},
            }
            for table, named in rows.items():
                made.setdefault(table, {}).update(named)
        reminder = finance.payment_reminder(invoice=finance.invoice(student=school.student))
        made["payment_reminders"] = {"own": reminder.pk}
        made["reminder_opt_outs"] = {"own": finance.reminder_opt_out(student=school.student).pk}
        made["online_events"] = {"own": finance.online_event().pk}
        made["closed_months"] = {"own": finance.closed_month().pk}
        made["plan_charges"] = {"own": charge_of(school)}
        made["number_series"] = {"own": fetch("SELECT id FROM number_series LIMIT 1", [])}
    return made


def charge_of(school):
    """Bill the student; return the id of the charge, which the database alone writes."""
    plan = finance.fee_plan()
    finance.fee_plan_item(plan=plan, fee=school.fee)
    run = finance.billing_run(plan=plan, status="running")
    with connection.cursor() as cursor:
        cursor.execute("CALL app.bill_students(%s, %s)", [run.pk, [school.student.pk]])
    return run.charges.get().pk


def new_money(table, rows, which):
    """Return what a new row that belongs to an invoice or a payment refers to."""
    school, own = rows.school, which == "own"
    invoice = school.invoice if own else school.other_invoice
    if table == "invoice_lines":
        return {"invoice_id": rows.keys["invoices"]["draft" if own else "other_draft"]}
    if table in ("credit_notes", "online_checkouts"):
        return {"invoice": invoice}
    student = school.student if own else school.other_student
    with tenant_context(school.tenant, role="admin"):
        payment = finance.payment(student=student)
    if table == "payment_reversals":
        return {"payment": payment}
    return {"payment": payment, "invoice": invoice}


OF_MONEY = (
    "invoice_lines",
    "payment_allocations",
    "payment_reversals",
    "credit_notes",
    "online_checkouts",
)


def attachment_rows(school, extra):
    """Insert a file with each open submission and each assignment; return {name: id}."""
    given = {"given": school.assignment, "other_given": school.other_assignment}
    with tenant_context(school.tenant, role="admin"):
        return {
            name: academics.attachment_file(
                assignment=work.assignment, submission=work, student=work.student
            ).pk
            for name, work in extra.items()
        } | {
            name: academics.attachment_file(assignment=assignment).pk
            for name, assignment in given.items()
        }


def absence_rows(school):
    """Report an absence as each guardian; return {name: id}."""
    made = {}
    for name, guardian, student in (
        ("open", school.guardian, school.student),
        ("other_open", school.other_guardian, school.other_student),
    ):
        with tenant_context(school.tenant, guardian):
            made[name] = academics.absence(student=student).pk
    return made


def new_attachment(rows, which):
    """A file for the open submission, or for the assignment."""
    school, own = rows.school, not which.startswith("other_")
    if not which.endswith("open"):
        return {"assignment": school.assignment if own else school.other_assignment}
    with tenant_context(school.tenant, role="admin"):
        work = Submission.objects.select_related("assignment", "student").get(
            pk=rows.keys["submissions"]["open" if own else "other_open"]
        )
    return {"assignment": work.assignment, "submission": work, "student": work.student}


# Tables whose rows belong to a person of the staff, each after what it refers to.
OF_STAFF = (
    "saved_filters",
    "saved_views",
    "report_schedules",
    "report_recipients",
    "import_batches",
    "import_rows",
)


def staff_rows(school, name):
    """Insert one row of each of these tables as `name`'s own; return {table: id}."""
    made = {}
    with tenant_context(school.tenant, getattr(school, name)):
        for table in OF_STAFF:
            row = FACTORIES[table](**staff_row(table, school, name, made))
            made[table] = row.pk
    return made


def staff_row(table, school, name, keys):
    """Return what a new row of `name`'s refers to; `keys` has the other tables' ids."""
    person = getattr(school, name)
    return {
        "saved_filters": {"user": person},
        "saved_views": {"user": person},
        "report_schedules": {"owner": person},
        "report_recipients": {
            "schedule_id": keys.get("report_schedules"),
            # Somebody who is not on the list yet.
            "user": person if not keys.get("report_recipients") else school.student,
        },
        "import_batches": {"requested_by": person},
        "import_rows": {"batch_id": keys.get("import_batches")},
    }[table]


def new_row(table, school, which):
    """Return what a new row of `school` that is `which` refers to, by the model's fields."""
    own = which == "own"
    school_class = school.school_class if own else school.other_class
    student = school.student if own else school.other_student
    # Each class has its student already, and each student their guardian; the other's may join.
    other_student = school.other_student if own else school.student
    other_guardian = school.other_guardian_record if own else school.guardian_record
    return {
        "classes": {"teacher": school.teacher if own else school.outsider},
        "schedules": {"school_class": school_class},
        "enrollments": {"school_class": school_class, "student": other_student},
        "class_sessions": {"school_class": school_class},
        "assignments": {"school_class": school_class},
        "assignment_weights": {"school_class": school_class},
        "waitlist_entries": {"school_class": school_class, "student": other_student},
        "absences": {"student": student},
        "absence_calls": {"student": student},
        "student_merges": {"kept": school.student, "merged": school.other_student},
        "daily_attendance": {"student": student, "day": "2026-02-03"},
        "application_documents": {"application": school.application},
        "invoices": {"student": student},
        "payment_reminders": {"invoice": school.invoice},
        "reminder_opt_outs": {"guardian": school.guardian_record},
        "payments": {
            "invoice": school.invoice if own else school.other_invoice,
            "student": student,
        },
        "student_guardians": {"student": student, "guardian": other_guardian},
        "homerooms": {"year_group": school.year_group if own else school.other_year_group},
        "homeroom_teachers": {
            "homeroom": school.other_homeroom if own else school.homeroom,
            "teacher": school.teacher if own else school.outsider,
        },
        "terms": {"academic_year": school.academic_year},
        "fee_plans": {"audience": "class", "school_class": school_class},
        "fee_plan_items": {"plan": school.fee_plan, "fee": school.fee},
        "installments": {"plan": school.fee_plan},
        "student_discounts": {"student": other_student, "discount": school.discount},
        "billing_runs": {"plan": school.fee_plan},
        "bank_transactions": {"statement": school.bank_statement},
        "plan_charges": {
            "run": school.billing_run,
            "plan": school.fee_plan,
            "student": school.student,
            "invoice": school.invoice,
        },
        "exports": {"requested_by": getattr(school, which, None)},
        **dict.fromkeys(
            ("calendar_feeds", "conversations", "django_admin_log"),
            {"user": getattr(school, which, None)},
        ),
    }.get(table, {})


def columns(table, school, **given):
    """Return the columns of a new row of a school's."""
    made = columns_of(table, **given)
    return made if table == "tenants" else made | {"tenant_id": school.tenant.pk}


def new_mark(school, which):
    """A mark at a session that nobody's attendance was taken at yet."""
    own = which == "own"
    school_class = school.school_class if own else school.other_class
    with tenant_context(school.tenant, role="admin"):
        session = ClassSession.objects.filter(
            school_class=school_class, session_date="2026-02-03"
        ).first() or academics.class_session(school_class=school_class, session_date="2026-02-03")
    return {"class_session": session, "student": school.student if own else school.other_student}


def new_submission(school, which):
    """A submission for an assignment that nobody has handed in yet."""
    own = which == "own"
    with tenant_context(school.tenant, role="admin"):
        assignment = academics.assignment(
            school_class=school.school_class if own else school.other_class, type="quiz"
        )
    return {
        "assignment": assignment,
        "student": school.student if own else school.other_student,
    }


def new_grade(rows, which):
    """A grade for the submission that is not graded yet."""
    key = rows.keys["submissions"]["open" if which == "own" else "other_open"]
    with tenant_context(rows.school.tenant, role="admin"):
        work = Submission.objects.select_related("assignment", "student").get(pk=key)
    return {"submission": work, "student": work.student, "assignment": work.assignment}


def candidates(table, rows):
    """Return {which: columns} of the new rows that can be tried in a school."""
    school = rows.school
    if table == "attendance":
        new_rows = {which: new_mark(school, which) for which in ("own", "other")}
    elif table == "submissions":
        new_rows = {which: new_submission(school, which) for which in ("own", "other")}
    elif table == "grades":
        new_rows = {which: new_grade(rows, which) for which in ("own", "other")}
    elif table == "attachment_files":
        names = ("open", "other_open", "given", "other_given")
        new_rows = {which: new_attachment(rows, which) for which in names}
    elif table in OF_MONEY:
        new_rows = {which: new_money(table, rows, which) for which in TWO.split()}
    elif table in OF_STAFF:
        new_rows = {
            name: staff_row(table, school, name, {t: rows.keys[t][name] for t in OF_STAFF})
            for name in STAFF.split()
        }
    else:
        personal = ("conversations", "exports", "django_admin_log", "calendar_feeds")
        single = (
            "fees", "sponsors", "closed_months", "number_series", "payment_reminders",
            "reminder_opt_outs",
            "fee_plans", "fee_plan_items",
            "installments", "discounts", "student_discounts", "billing_runs", "plan_charges",
            "online_events", "bank_statements", "bank_transactions", "absence_calls",
            "student_merges",
            "applications", "application_documents",
            *OF_THE_SCHOOL, "tenant_domains", "users", "audit_logs", "sourced_records", "mails"
        )  # fmt: skip
        names = PEOPLE.split() if table in personal else ["own"] if table in single else TWO.split()
        new_rows = {which: new_row(table, school, which) for which in names}
    return {which: columns(table, school, **given) for which, given in new_rows.items()}


def fetch(sql, params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
        return row[0] if row else None


def insert(table, columns):
    names = ", ".join(columns)
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(columns.values()))


def tried(sql, params):
    """Return what `attempt` does, and undo what the statement did."""
    return attempt(sql, params, is_kept=False)


def attempt(sql, params, *, is_kept=True):
    """Return whether the policies and grants let the statement change one row.

    A row that others refer to is not deleted, but it was the foreign key that kept it.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, params)
            transaction.set_rollback(not is_kept)
            return cursor.rowcount == 1
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            return False
        if (
            getattr(error.__cause__, "diag", None)
            and error.__cause__.diag.constraint_name in FROZEN
        ):
            return False
        if sql.startswith("DELETE") and isinstance(
            error.__cause__, psycopg.errors.ForeignKeyViolation
        ):
            return True
        # Everybody has one calendar feed already: the policy let the second one through to its key.
        if sql.startswith("INSERT") and isinstance(error.__cause__, psycopg.errors.UniqueViolation):
            return True
        raise


def reach(table, command, rows, foreign):
    """Return which rows the current context reaches: names; the other school's as "foreign ..."."""
    column = CHANGED.get(table, "id")
    named = dict(rows.keys[table]) | {
        f"foreign {name}": value for name, value in foreign.keys[table].items()
    }
    if command == "select":
        seen = read_keys(table, [*named.values()])
        return {name for name, value in named.items() if value in seen}
    verb = {
        "update": f"UPDATE {table} SET {column} = {column} WHERE id = ",
        "delete": f"DELETE FROM {table} WHERE id = ",
    }[command]
    changed = changed_together(f"{verb} ANY(%s) RETURNING id", [*named.values()])
    if changed is not None:
        return {name for name, value in named.items() if value in changed}
    return {name for name, value in named.items() if tried(f"{verb} %s", [value])}


def read_keys(table, values):
    """Return which of the rows can be read; none where the role may not read the table at all."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {table} WHERE id = ANY(%s)", [values])
            return {row[0] for row in cursor.fetchall()}
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            return set()
        raise


def changed_together(sql, values):
    """Return the keys of the rows that one statement changes; None where it meets a refusal.

    Only row by row can it be told whom the refusal meant.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [values])
            transaction.set_rollback(True)
            return {row[0] for row in cursor.fetchall()}
    except DatabaseError:
        return None


def undone(question):
    """Answer the question and undo what it did."""
    with transaction.atomic():
        answer = question()
        transaction.set_rollback(True)
    return answer


def inserted(table, columns):
    """Return whether the policies take the new row; it is undone."""
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
    return tried(sql, list(columns.values()))


def everywhere(rows, foreign, context):
    """Return {table: {command: names}} of what `context` reaches (a maker of one)."""
    with context():
        return {table: reached(table, rows, foreign) for table in TABLES}


def reached(table, rows, foreign):
    """Return {command: names} of what the current context reaches in one table."""
    new = rows.new[table] | {f"foreign {name}": row for name, row in foreign.new[table].items()}
    return {
        "select": reach(table, "select", rows, foreign),
        "insert": {name for name, columns in new.items() if inserted(table, columns)},
        "update": reach(table, "update", rows, foreign),
        "delete": reach(table, "delete", rows, foreign),
    }


@pytest.mark.parametrize("viewer", PEOPLE.split())
def test_each_cell_of_the_policy_table(schools, viewer):
    cells = {table: {c: expected(table, viewer, c) for c in COMMANDS} for table in TABLES}
    for rows, foreign in (schools, schools[::-1]):
        person = getattr(rows.school, viewer)
        assert cells == everywhere(
            rows,
            foreign,
            lambda: tenant_context(rows.school.tenant, person),  # noqa: B023
        )


@pytest.mark.parametrize("viewer", PEOPLE.split())
def test_the_three_settings_alone_reach_the_same(schools, viewer):
    """As the application's own role: for clients that only set the specification's settings."""
    cells = {table: {c: expected(table, viewer, c) for c in COMMANDS} for table in TABLES}
    rows, foreign = schools
    person = getattr(rows.school, viewer)
    assert cells == everywhere(
        rows, foreign, lambda: settings(rows.school.tenant.pk, person.pk, person.role)
    )


# Each role of a person with another's rights; what acts for nobody, with an admin's settings.
OTHER_ROLES = [
    ("teacher", "admin"),
    ("student", "teacher"),
    ("guardian", "student"),
    ("admin", "guardian"),
    ("registrar", "admin"),
    ("registrar", "bursar"),
    ("bursar", "registrar"),
    ("admin", "visitor"),
    ("admin", "worker"),
]


@pytest.mark.parametrize(("viewer", "role"), OTHER_ROLES)
def test_as_another_database_role_a_person_reaches_nothing(schools, viewer, role):
    rows, foreign = schools
    person = getattr(rows.school, viewer)

    @contextmanager
    def acting():
        with settings(rows.school.tenant.pk, person.pk, person.role):
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL ROLE {ACTING[role]}")
            yield

    nothing = {table: dict.fromkeys(COMMANDS, set()) for table in TABLES}
    assert nothing == everywhere(rows, foreign, acting)


@contextmanager
def settings(tenant="", user="", role=""):
    """Raw settings, as forged SQL could set them."""
    with transaction.atomic(), connection.without_context(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE none")
        for name, value in (("tenant_id", tenant), ("user_id", user), ("user_role", role)):
            cursor.execute(f"SET LOCAL app.{name} = '{value}'")
        yield
        transaction.set_rollback(True)


STRANGERS = {
    "no context": lambda a, b: {},
    "no tenant": lambda a, b: {"user": a.admin.pk, "role": "admin"},
    "empty tenant of another's admin": lambda a, b: {"user": b.admin.pk, "role": "admin"},
    "anonymous": lambda a, b: {"tenant": a.tenant.pk},
    "unknown role": lambda a, b: {"tenant": a.tenant.pk, "role": "principal"},
    "a person without a role": lambda a, b: {"tenant": a.tenant.pk, "user": a.admin.pk},
    "a person of an unknown role": lambda a, b: {
        "tenant": a.tenant.pk,
        "user": a.admin.pk,
        "role": "principal",
    },
    "teacher nobody": lambda a, b: {"tenant": a.tenant.pk, "role": "teacher"},
    "student nobody": lambda a, b: {"tenant": a.tenant.pk, "role": "student"},
    "guardian nobody": lambda a, b: {"tenant": a.tenant.pk, "role": "guardian"},
    "another school's guardian": lambda a, b: {
        "tenant": a.tenant.pk,
        "user": b.guardian.pk,
        "role": "guardian",
    },
    "another school's teacher": lambda a, b: {
        "tenant": a.tenant.pk,
        "user": b.teacher.pk,
        "role": "teacher",
    },
    "another school's student": lambda a, b: {
        "tenant": a.tenant.pk,
        "user": b.student.pk,
        "role": "student",
    },
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_context_that_is_nobody_reaches_nothing(schools, stranger):
    rows, foreign = schools
    forged = STRANGERS[stranger](rows.school, foreign.school)
    nothing = {table: dict.fromkeys(COMMANDS, set()) for table in TABLES}
    if forged.get("role") in ("teacher", "student", "guardian"):
        # A school's name is no secret at its host, nor are its holidays.
        nothing |= {
            table: nothing[table] | {"select": expected(table, forged["role"], "select")}
            for table in OF_THE_SCHOOL
        }
    if forged.get("role") == "teacher":  # nor, among teachers, how it names its groups
        nothing |= {
            table: nothing[table] | {"select": expected(table, "teacher", "select")}
            for table in ("year_groups", "homerooms")
        }
    assert nothing == everywhere(rows, foreign, lambda: settings(**forged))


def test_another_schools_admin_writes_nothing_in_their_own_name(schools):
    """Tenant A and an admin of B: the trail has no such person, so no change is possible."""
    rows, foreign = schools
    # The rows of an import have no trail of their own; their batch has.
    for table in sorted(set(TABLES) - {"import_rows"}):
        with settings(rows.school.tenant.pk, foreign.school.admin.pk, "admin"):
            for columns in rows.new[table].values():
                with pytest.raises(DatabaseError), transaction.atomic():
                    insert(table, columns)


def test_an_operator_sees_schools_and_domains_only(cast, schools):
    allowed = {table: dict.fromkeys(COMMANDS, set()) for table in TABLES}
    both = {"own", "foreign own"}
    allowed["tenants"] = {"select": both, "insert": both, "update": both, "delete": set()}
    allowed["tenant_domains"] = dict.fromkeys(COMMANDS, both)
    rows, foreign = schools
    assert allowed == everywhere(
        rows, foreign, lambda: tenant_context(cast.platform, cast.operator)
    )


def test_every_table_of_a_school_is_in_the_policy_table(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity"
            " AND relnamespace = 'public'::regnamespace"
        )
        assert {row[0] for row in cursor.fetchall()} == set(TABLES) | NOBODYS


MOVES = [
    # A row of one's own that is moved to where one may not write.
    ("teacher", "attendance", "class_session_id", "other_session"),
    ("teacher", "grades", "assignment_id", "other_assignment"),
    ("teacher", "submissions", "assignment_id", "other_assignment"),
    ("teacher", "submissions", "student_id", "other_student"),
    ("admin", "conversations", "user_id", "teacher"),
    ("teacher", "exports", "requested_by", "admin"),
    ("student", "submissions", "student_id", "other_student"),
    ("student", "submissions", "assignment_id", "other_assignment"),
]


@pytest.mark.parametrize(("viewer", "table", "column", "target"), MOVES)
def test_a_row_cannot_be_moved_out_of_reach(schools, viewer, table, column, target):
    rows = schools[0]
    name = {"conversations": "admin", "exports": "teacher"}.get(table, "own")
    key = rows.keys[table]["open" if viewer == "student" else name]
    with tenant_context(rows.school.tenant, getattr(rows.school, viewer)):
        sql = f"UPDATE {table} SET {column} = %s WHERE id = %s"
        assert not attempt(sql, [getattr(rows.school, target).pk, key])


@pytest.mark.parametrize("table", [t for t in TABLES if t not in ("tenants", "audit_logs")])
def test_a_row_cannot_be_moved_to_another_school(schools, table):
    rows, foreign = schools
    person = rows.school.admin
    name = next(n for n in ("own", "admin") if n in rows.keys[table])
    with tenant_context(rows.school.tenant, person):
        sql = f"UPDATE {table} SET tenant_id = %s WHERE id = %s"
        assert not attempt(sql, [foreign.school.tenant.pk, rows.keys[table][name]])


# Supabase's identity ----------------------------------------------------------------------------


def claim(claims):
    """Have the transaction know the claims of a verified token, as PostgREST does."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL request.jwt.claims = '{json.dumps(claims) if claims else ''}'")


@pytest.mark.parametrize("viewer", PEOPLE.split())
def test_the_person_of_a_supabase_token_reaches_what_a_session_of_theirs_does(schools, viewer):
    """What PostgREST does: SET LOCAL ROLE, the claims of the verified token, its pre-request."""
    rows, foreign = schools
    person, account = getattr(rows.school, viewer), uuid.uuid4()
    with tenant_context(rows.school.tenant, role="admin"):
        User.objects.filter(pk=person.pk).update(auth_id=account)

    @contextmanager
    def token():
        with transaction.atomic(), connection.without_context():
            claim({"sub": str(account)})
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL ROLE {ACTING[person.role]}")
                cursor.execute("SELECT app.enter_jwt()")
            yield
            transaction.set_rollback(True)

    cells = {table: {c: expected(table, viewer, c) for c in COMMANDS} for table in TABLES}
    assert cells == everywhere(rows, foreign, token)
