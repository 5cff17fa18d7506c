"""From a refusal of the database to a sentence at the right form field.

The one place that knows what each constraint, trigger and key means to a person. Every name here
exists in the catalog, and every constraint of the catalog that a person can meet is here; a test
compares the two.
"""

from dataclasses import dataclass

import psycopg.errors
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# name -> (form field, or None for the whole form; sentence). `{detail}` is what the trigger said.
RULES = {
    # core
    "idx_tenants_subdomain": ("subdomain", gettext_lazy("Another school has this subdomain.")),
    "check_tenant_status": ("status", gettext_lazy("This status does not exist.")),
    "check_settings": ("settings", gettext_lazy("The settings must be a JSON object.")),
    "check_grading_scale": (
        "settings",
        gettext_lazy(
            "The grading scale is a list of [grade, lower bound in percent]; no bound twice,"
            " the lowest 0."
        ),
    ),
    "tenants_schema_name_key": ("subdomain", gettext_lazy("Another school has this subdomain.")),
    "tenants_allow_columns": (
        None,
        gettext_lazy("Only an operator of the platform can change the subdomain or the status."),
    ),
    "tenant_domains_domain_key": ("domain", gettext_lazy("Another school has this domain.")),
    "idx_users_tenant_email": (
        "email",
        gettext_lazy("Someone at this school already has this e-mail address."),
    ),
    "idx_users_auth_id": ("auth_id", gettext_lazy("Someone at this school has this auth id.")),
    "check_email_format": ("email", gettext_lazy("This is not a valid e-mail address.")),
    "check_role": ("role", gettext_lazy("The role must be admin, teacher or student.")),
    "check_user_status": (
        "status",
        gettext_lazy("The status must be active, suspended or archived."),
    ),
    "users_allow_columns": (
        None,
        gettext_lazy("Only an admin can change a role, status or e-mail address."),
    ),
    # academics
    "class_is_full": ("school_class", gettext_lazy("The class is full.")),
    "check_capacity": (
        "capacity",
        gettext_lazy("The capacity must be above zero and not below the number enrolled."),
    ),
    "check_dates": ("end_date", gettext_lazy("The last day is before the first day.")),
    "check_class_status": (
        "status",
        gettext_lazy("The status must be active, completed or cancelled."),
    ),
    "check_schedule_weekday": ("weekday", gettext_lazy("Weekdays run from 1, Monday, to 7.")),
    "check_schedule_times": ("end_time", gettext_lazy("The end must be after the start.")),
    "check_schedule_dates": ("valid_to", gettext_lazy("The last day is before the first day.")),
    "idx_enrollments_student_class": (
        "student",
        gettext_lazy("The student is already enrolled in this class."),
    ),
    "check_enrollment_status": (
        "status",
        gettext_lazy("The status must be active, completed or dropped."),
    ),
    "check_enrollment_dates": (
        "completion_date",
        gettext_lazy("The completion is before the enrollment."),
    ),
    "check_attendance_rate": (
        "attendance_rate",
        gettext_lazy("The attendance rate must be between 0 and 100."),
    ),
    "enrollments_allow_columns": (
        None,
        gettext_lazy("A teacher can change the grade, the status and the completion only."),
    ),
    "check_session_times": ("end_time", gettext_lazy("The end must be after the start.")),
    "check_session_status": (
        "status",
        gettext_lazy("The status must be scheduled, completed or cancelled."),
    ),
    "class_sessions_keep_class": (
        "school_class",
        gettext_lazy("A session cannot move to another class."),
    ),
    "idx_attendance_session_student": (
        "student",
        gettext_lazy("The student's attendance at this session is already recorded."),
    ),
    "check_attendance_status": (
        "status",
        gettext_lazy("The status must be present, absent, late or excused."),
    ),
    "check_assignment_type": (
        "type",
        gettext_lazy("The type must be homework, quiz, exam or project."),
    ),
    "check_assignment_status": ("status", gettext_lazy("The status must be active or closed.")),
    "check_assignment_dates": ("due_date", gettext_lazy("It is due before it is given.")),
    "check_assignment_max_score": (
        "max_score",
        gettext_lazy("The highest score must be above zero."),
    ),
    "assignments_keep_class": (
        "school_class",
        gettext_lazy("An assignment cannot move to another class."),
    ),
    "submissions_allow_columns": (
        None,
        gettext_lazy("A student can change the work itself, nothing else."),
    ),
    "idx_submissions_assignment_student": (
        "student",
        gettext_lazy("The student has already handed in this assignment."),
    ),
    "check_submission_status": (
        "status",
        gettext_lazy("The status must be submitted or graded."),
    ),
    "idx_grades_submission": ("submission", gettext_lazy("This submission is already graded.")),
    "check_grade_score": ("score", gettext_lazy("A score cannot be negative.")),
    "check_grade_score_number": ("score", gettext_lazy("The score must be a number.")),
    "grades_submission_fk": (
        "submission",
        gettext_lazy("The submission is of another student or assignment."),
    ),
    # finance
    "idx_invoices_number": (
        "invoice_number",
        gettext_lazy("Another invoice already has this number."),
    ),
    "check_invoice_status": (
        "status",
        gettext_lazy("The status must be pending, paid, overdue or cancelled."),
    ),
    "check_invoice_amount": ("amount", gettext_lazy("The amount cannot be negative.")),
    "check_invoice_amount_number": ("amount", gettext_lazy("The amount must be a number.")),
    "check_invoice_dates": ("due_date", gettext_lazy("It is due before it is issued.")),
    "check_line_items": (
        "line_items",
        gettext_lazy(
            "Each item needs a description, a quantity and a unit price,"
            " and together they must make the amount."
        ),
    ),
    "invoice_has_payments": (
        "status",
        gettext_lazy("This invoice already has payments; remove them first."),
    ),
    "invoice_below_paid": (
        "amount",
        gettext_lazy("More than this was already paid."),
    ),
    "invoice_not_covered": (
        "status",
        gettext_lazy("An invoice is paid when its payments cover it; record the payment instead."),
    ),
    "payments_invoice_fk": (
        "student",
        gettext_lazy("The invoice is of another student."),
    ),
    "check_amount_positive": ("amount", gettext_lazy("The amount must be above zero.")),
    "check_amount_number": ("amount", gettext_lazy("The amount must be a number.")),
    "check_payment_method": (
        "payment_method",
        gettext_lazy("The method must be stripe, cash or bank_transfer."),
    ),
    "payment_of_cancelled_invoice": (
        "invoice",
        gettext_lazy("This invoice is cancelled and takes no payments."),
    ),
    "payment_currency": (
        "currency",
        gettext_lazy("The payment must be in the invoice's currency."),
    ),
    "payment_overpays": (
        "amount",
        gettext_lazy("With this payment, more than the invoice's amount would be paid."),
    ),
    # reporting
    "idx_sourced_records_sourced_id": (
        "sourced_id",
        gettext_lazy("This sourcedId is already known."),
    ),
    "check_export_kind": ("kind", gettext_lazy("This kind of file does not exist.")),
    "check_export_status": ("status", gettext_lazy("This status does not exist.")),
    "check_export_origin": ("origin", gettext_lazy("This origin does not exist.")),
    "check_export_format": (
        "file_format",
        gettext_lazy("The format must be csv, xlsx, pdf or zip."),
    ),
    "idx_saved_filters_name": (
        "name",
        gettext_lazy("You already have filters of this name for this report."),
    ),
    "check_schedule_frequency": (
        "frequency",
        gettext_lazy("A weekly report needs a weekday (1 to 7), a monthly one a day (1 to 31)."),
    ),
    "check_schedule_format": ("file_format", gettext_lazy("The format must be csv, xlsx or pdf.")),
    "idx_report_recipients_user": (
        "user",
        gettext_lazy("This person is already on the list of recipients."),
    ),
    "check_import_status": ("status", gettext_lazy("This status does not exist.")),
    "check_import_outcome": ("outcome", gettext_lazy("This outcome does not exist.")),
}


# Columns and keys (without _id) whose form field is called otherwise.
FIELDS = {"class": "school_class", "session": "class_session", "auth": "auth_id"}


@dataclass(frozen=True)
class Refusal:
    """What a person is told: a sentence, and the table, column or field it is about.

    `field` is None when it is about the whole form; `table` is the database table of the row.
    """

    message: str
    field: str | None
    table: str | None
    constraint: str | None


def explain(error):
    """Return the `Refusal` that a DatabaseError stands for, or None when it is a fault of ours."""
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    diag = getattr(cause, "diag", None)
    if diag is None:
        return None
    name, table = diag.constraint_name, diag.table_name
    if name in RULES:
        field, message = RULES[name]
        if name == "invoice_has_payments":
            field = diag.column_name or field
        return Refusal(str(message), field, table, name)
    if isinstance(cause, psycopg.errors.ForeignKeyViolation):
        return _foreign_key(diag)
    if isinstance(cause, psycopg.errors.NotNullViolation):
        return Refusal(_("This is required."), _field(diag.column_name), table, None)
    if isinstance(cause, psycopg.errors.NumericValueOutOfRange):
        return Refusal(_("A number is too large."), None, table, None)
    if isinstance(cause, psycopg.errors.StringDataRightTruncation):
        return Refusal(_("A text is too long."), None, table, None)
    if isinstance(cause, psycopg.errors.InsufficientPrivilege):
        return Refusal(_("You are not allowed to do this."), None, table, None)
    return None


def _field(column):
    """The form field of a column."""
    name = (column or "").removesuffix("_id")
    return FIELDS.get(name, name) or None


def _foreign_key(diag):
    """A row that is still referred to, or a reference to a row that is not there."""
    if "still referenced" in (diag.message_detail or ""):
        return Refusal(
            _("This is still in use (%(table)s) and cannot be deleted.")
            % {"table": (diag.table_name or "").replace("_", " ")},
            None,
            diag.table_name,
            diag.constraint_name,
        )
    # Under row-level security PostgreSQL does not say which column it was; our keys' names do.
    name = (diag.constraint_name or "").removeprefix(f"{diag.table_name}_").removesuffix("_fk")
    return Refusal(
        _("This does not exist at your school."),
        FIELDS.get(name, name) or None,
        diag.table_name,
        diag.constraint_name,
    )
