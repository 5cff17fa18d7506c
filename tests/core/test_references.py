"""Every reference is to a row of the same school: the keys are composite."""

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from core.rls import tenant_context
from tests.core.test_policies import OF_STAFF, insert

pytestmark = pytest.mark.database

REFERENCES = [
    ("classes", "teacher_id", "teacher"),
    ("schedules", "class_id", "school_class"),
    ("enrollments", "student_id", "student"),
    ("enrollments", "class_id", "school_class"),
    ("class_sessions", "class_id", "school_class"),
    ("attendance", "class_session_id", "session"),
    ("attendance", "student_id", "student"),
    ("attendance", "recorded_by", "teacher"),
    ("assignments", "class_id", "school_class"),
    ("submissions", "assignment_id", "assignment"),
    ("submissions", "student_id", "student"),
    ("grades", "submission_id", "submission"),
    ("grades", "student_id", "student"),
    ("grades", "assignment_id", "assignment"),
    ("grades", "graded_by", "teacher"),
    ("invoices", "student_id", "student"),
    ("payments", "invoice_id", "invoice"),
    ("payments", "student_id", "student"),
    ("payments", "recorded_by", "admin"),
    ("payments", "payer_guardian_id", "guardian_record"),
    ("payments", "payer_sponsor_id", "sponsor"),
    ("invoices", "payer_guardian_id", "guardian_record"),
    ("invoices", "payer_sponsor_id", "sponsor"),
    ("invoice_lines", "invoice_id", "invoice"),
    ("invoice_lines", "fee_id", "fee"),
    ("invoice_lines", "class_id", "school_class"),
    ("invoice_lines", "term_id", "term"),
    ("payment_allocations", "payment_id", "payment"),
    ("payment_allocations", "invoice_id", "invoice"),
    ("payment_allocations", "recorded_by", "admin"),
    ("payment_reversals", "payment_id", "payment"),
    ("payment_reversals", "recorded_by", "admin"),
    ("credit_notes", "invoice_id", "invoice"),
    ("credit_notes", "recorded_by", "admin"),
    ("payment_reminders", "invoice_id", "invoice"),
    ("payment_reminders", "late_fee_invoice_id", "invoice"),
    ("payment_reminders", "recorded_by", "admin"),
    ("reminder_opt_outs", "student_id", "student"),
    ("reminder_opt_outs", "guardian_id", "guardian_record"),
    ("reminder_opt_outs", "recorded_by", "admin"),
    ("fee_plans", "class_id", "school_class"),
    ("fee_plan_items", "plan_id", "fee_plan"),
    ("fee_plan_items", "fee_id", "fee"),
    ("installments", "plan_id", "fee_plan"),
    ("student_discounts", "student_id", "student"),
    ("student_discounts", "discount_id", "discount"),
    ("billing_runs", "plan_id", "fee_plan"),
    ("billing_runs", "installment_id", "installment"),
    ("billing_runs", "requested_by", "admin"),
    ("billing_runs", "undone_by", "admin"),
    ("online_checkouts", "invoice_id", "invoice"),
    ("online_checkouts", "started_by", "admin"),
    ("online_events", "payment_id", "payment"),
    ("bank_statements", "recorded_by", "admin"),
    ("bank_transactions", "statement_id", "bank_statement"),
    ("mails", "recipient_id", "student"),
    ("mails", "requested_by_id", "admin"),
    ("exports", "requested_by", "admin"),
    ("report_schedules", "owner_id", "admin"),
    ("report_recipients", "schedule_id", "report_schedule"),
    ("report_recipients", "user_id", "student"),
    ("import_batches", "requested_by", "admin"),
    ("import_batches", "undone_by", "admin"),
    ("import_rows", "batch_id", "import_batch"),
    ("guardians", "user_id", "student"),
    ("student_guardians", "student_id", "other_student"),
    ("student_guardians", "guardian_id", "other_guardian_record"),
    ("users", "year_group_id", "year_group"),
    ("users", "homeroom_id", "homeroom"),
    ("homerooms", "year_group_id", "year_group"),
    ("homeroom_teachers", "homeroom_id", "other_homeroom"),
    ("homeroom_teachers", "teacher_id", "outsider"),
    ("terms", "academic_year_id", "academic_year"),
    ("classes", "term_id", "term"),
    ("classes", "grading_scale_id", "grading_scale"),
    ("assignment_weights", "class_id", "school_class"),
    ("attachment_files", "assignment_id", "assignment"),
    ("attachment_files", "submission_id", "submission"),
    ("attachment_files", "student_id", "student"),
    ("attachment_files", "uploaded_by", "teacher"),
    ("waitlist_entries", "class_id", "school_class"),
    ("waitlist_entries", "student_id", "student"),
    ("absences", "student_id", "student"),
    ("absences", "reported_by", "admin"),
    ("absence_calls", "student_id", "student"),
    ("daily_attendance", "student_id", "student"),
    ("daily_attendance", "recorded_by", "admin"),
    ("absence_calls", "recorded_by", "admin"),
    ("applications", "entered_by", "admin"),
    ("application_documents", "application_id", "application"),
    ("application_documents", "uploaded_by", "admin"),
]


STAMPED = {
    ("attendance", "recorded_by"),
    ("grades", "graded_by"),
    ("attachment_files", "uploaded_by"),
    ("exports", "requested_by"),
    ("import_batches", "requested_by"),
    ("mails", "requested_by_id"),
    ("payments", "recorded_by"),
    ("payment_allocations", "recorded_by"),
    ("payment_reversals", "recorded_by"),
    ("credit_notes", "recorded_by"),
    ("payment_reminders", "recorded_by"),
    ("reminder_opt_outs", "recorded_by"),
    ("online_checkouts", "started_by"),
    ("bank_statements", "recorded_by"),
    ("absences", "reported_by"),
    ("absence_calls", "recorded_by"),
    ("daily_attendance", "recorded_by"),
    ("applications", "entered_by"),
    ("application_documents", "uploaded_by"),
}


@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_a_reference_stays_within_the_school(schools, table, column, target):
    """The other school's row exists; its id is refused as if it did not. One's own is taken."""
    rows, foreign = schools
    ours, theirs = rows.school, foreign.school
    which = {"exports": "admin", "attachment_files": "open"} | dict.fromkeys(OF_STAFF, "admin")
    new = rows.new[table][which.get(table, "own")]
    # A person's own work is stamped with their name, whatever they send; the school's own is not.
    person = {"role": "admin"} if (table, column) in STAMPED else {"user": ours.admin}
    model, stranger = type(getattr(theirs, target)), key_of(foreign, target)
    with tenant_context(ours.tenant, **person):
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            insert(table, new | {column: stranger})
        assert isinstance(error.value.__cause__, psycopg.errors.ForeignKeyViolation)
        insert(table, new | ({column: key_of(rows, target)} if column not in new else {}))
    with tenant_context(theirs.tenant, theirs.admin):
        assert model.objects.filter(pk=stranger).exists()


def key_of(rows, target):
    """Return the key of a school's row; of what belongs to one of the staff, of the admin's."""
    row = getattr(rows.school, target)
    table = row._meta.db_table
    return rows.keys[table]["admin"] if table in OF_STAFF else row.pk


@pytest.mark.django_db(databases=["default", "owner"])
def test_every_reference_of_the_catalog_is_in_the_list_above():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT conrelid::regclass::text, attname::text FROM pg_constraint"
            " JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)"
            " WHERE contype = 'f' AND cardinality(conkey) > 1 AND attname <> 'tenant_id'"
        )
        private = {
            ("sessions", "user_id"),
            ("credentials", "id"),
            ("django_admin_log", "user_id"),
            ("conversations", "user_id"),
            ("saved_filters", "user_id"),
            ("saved_views", "user_id"),
            ("calendar_feeds", "user_id"),
            # Kept by a trigger, whatever is written.
            ("schedules", "teacher_id"),
            ("absences", "decided_by"),
            ("applications", "decided_by"),
            # tests/academics/test_application_rules.py
            ("applications", "student_id"),
            ("attendance", "absence_id"),
            # tests/academics/test_merging.py
            *(
                ("student_merges", name)
                for name in ("kept_id", "merged_id", "merged_by", "undone_by")
            ),
            ("daily_attendance", "absence_id"),
            ("audit_logs", "user_id"),
            ("payment_allocations", "reversal_id"),
            ("payment_allocations", "credit_note_id"),
            *(("plan_charges", f"{name}_id") for name in ("run", "plan", "student", "invoice")),
            # tests/finance/test_online_payment.py
            ("online_events", "checkout_id"),
            # tests/finance/test_billing_rules.py
            ("fee_plans", "year_group_id"),
            # tests/finance/test_bank_rules.py
            ("bank_transactions", "payment_id"),
            ("closed_months", "closed_by"),
            ("closed_months", "reopened_by"),
        }
        assert set(cursor.fetchall()) == {(t, c) for t, c, _ in REFERENCES} | private
