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
    "check_role": ("role", gettext_lazy("The role must be admin, teacher, student or guardian.")),
    "check_user_status": (
        "status",
        gettext_lazy("The status must be active, suspended or archived."),
    ),
    "users_allow_columns": (
        None,
        gettext_lazy("Only an admin can change a role, status or e-mail address."),
    ),
    "check_guardian_email": ("email", gettext_lazy("This is not a valid e-mail address.")),
    "check_guardian_relation": ("relation", gettext_lazy("This relation does not exist.")),
    "idx_guardians_user": ("user", gettext_lazy("Another guardian has this account.")),
    "idx_student_guardians_pair": (
        "guardian",
        gettext_lazy("This guardian is already on the student's list."),
    ),
    "student_guardians_keep_pair": (
        "student",
        gettext_lazy("This belongs to its student and guardian; add the other pair instead."),
    ),
    "idx_calendar_feeds_user": (None, gettext_lazy("You already have a calendar address.")),
    # academics
    "idx_academic_years_name": ("name", gettext_lazy("Another year has this name.")),
    "check_academic_year_dates": (
        "end_date",
        gettext_lazy("The last day is before the first day."),
    ),
    "academic_years_overlap": (
        "start_date",
        gettext_lazy("Another academic year already has some of these days."),
    ),
    "year_without_its_terms": (
        "start_date",
        gettext_lazy("A term of this year would lie outside it; change the term first."),
    ),
    "idx_terms_name": ("name", gettext_lazy("Another term of this year has this name.")),
    "check_academic_year_century": (
        "start_date",
        gettext_lazy("The days must lie between the years 1900 and 9000."),
    ),
    "check_term_dates": ("end_date", gettext_lazy("The last day is before the first day.")),
    "terms_overlap": ("start_date", gettext_lazy("Another term already has some of these days.")),
    "term_outside_year": (
        "start_date",
        gettext_lazy("The term must lie within its academic year."),
    ),
    "check_closed_day_dates": (
        "end_date",
        gettext_lazy("The last day is before the first day."),
    ),
    "schedules_room_booked": (
        "room",
        gettext_lazy("The room is taken at that time{detail}."),
    ),
    "schedules_teacher_booked": (
        "start_time",
        gettext_lazy("The teacher has another lesson at that time{detail}."),
    ),
    "attendance_session_cancelled": (
        "class_session",
        gettext_lazy("This session is cancelled and takes no attendance."),
    ),
    "attendance_session_future": (
        "class_session",
        gettext_lazy("This session is still to come; attendance can be taken on its day."),
    ),
    "class_session_attended": (
        None,
        gettext_lazy(
            "Attendance was taken at this session, so it took place: it can neither be cancelled"
            " nor moved to a day to come."
        ),
    ),
    "idx_grading_scales_name": ("name", gettext_lazy("Another scale has this name.")),
    "idx_grading_scales_default": (
        "is_default",
        gettext_lazy("The school already has a default scale."),
    ),
    "check_grading_scale_steps": (
        "steps",
        gettext_lazy("A scale needs grades with lower bounds; no bound twice, the lowest 0."),
    ),
    "idx_assignment_weights_type": (
        "type",
        gettext_lazy("This type already has a weight in this class."),
    ),
    "check_assignment_weight": ("weight", gettext_lazy("A weight is between 0 and 100.")),
    "check_assignment_weight_number": ("weight", gettext_lazy("The weight must be a number.")),
    "check_assignment_weight_type": (
        "type",
        gettext_lazy("The type must be homework, quiz, exam or project."),
    ),
    "idx_attachment_files_name": (None, gettext_lazy("This file is already there.")),
    "check_attachment_size": ("size", gettext_lazy("A file has 1 byte to 50 MB.")),
    "check_attachment_name": ("name", gettext_lazy("This is no uploaded file.")),
    "check_attachment_submission": (
        "submission",
        gettext_lazy("A student's file belongs to what they handed in."),
    ),
    "attachment_files_submission_fk": (
        "submission",
        gettext_lazy("The submission is of another student or assignment."),
    ),
    "idx_waitlist_waiting": (
        "student",
        gettext_lazy("The student is already waiting for this class."),
    ),
    "check_waitlist_status": (
        "status",
        gettext_lazy("The status must be waiting, enrolled or withdrawn."),
    ),
    "waitlist_already_enrolled": (
        "student",
        gettext_lazy("The student is already enrolled in this class."),
    ),
    "waitlist_entries_keep_place": (
        "status",
        gettext_lazy("A place in the queue keeps its student and class; add a new one instead."),
    ),
    "class_is_completed": (
        None,
        gettext_lazy("The class is completed and its grades are final; ask an admin."),
    ),
    "check_grade_excused": ("score", gettext_lazy("Who is excused has no score.")),
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
        gettext_lazy(
            "A teacher can change the grade, the comment, the status and the completion only."
        ),
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
        gettext_lazy("The work is the student's, who can change the work itself and nothing else."),
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
        # Our triggers' own words. (Of its own constraints PostgreSQL tells nothing under row-level
        # security; what it would tell otherwise is no sentence.)
        told = diag.message_detail if diag.context else None
        text = str(message).replace("{detail}", f": {told}" if told else "")
        return Refusal(text, field, table, name)
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
    if isinstance(cause, psycopg.errors.DeadlockDetected):
        return Refusal(
            _("Somebody else changed the same at this moment; nothing was saved. Try again."),
            None,
            None,
            None,
        )
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
