"""The reports. A new one is a view in reporting/sql/ and an entry here."""

from django.utils.translation import gettext_lazy as _

from academics.models import Attendance, Enrollment
from core.exchange.columns import Date, Moment, Number
from core.models import User
from finance.models import Invoice, Payment
from reporting.catalog import filters
from reporting.catalog.report import OFFICE, Column, Report

PEOPLE, CLASSES, ATTENDANCE = _("People"), _("Classes"), _("Attendance")
MONEY = _("Money")

STUDENT = filters.Person(
    name="student",
    column="student_id",
    label=_("Student"),
    help_text=_("Part of the name or e-mail."),
)
CLASS = filters.Class(
    name="class", column="class_id", label=_("Class"), help_text=_("Part of the name or code.")
)

REPORTS = [
    Report(
        name="user_roster",
        title=_("User roster"),
        description=_("Everybody of the school, with role, status and last sign-in."),
        subject=PEOPLE,
        view="view_user_roster",
        columns=(
            Column("id", _("ID"), hidden=True),
            Column("email", _("E-mail")),
            Column("name", _("Name")),
            Column("role", _("Role"), choices=User.Role),
            Column("status", _("Status"), choices=User.Status),
            Column("created_at", _("Created"), Moment()),
            Column("last_login", _("Last sign-in"), Moment(), nullable=True),
        ),
        filters=(
            filters.Person(
                name="person",
                column="id",
                label=_("Person"),
                help_text=_("Part of the name or e-mail."),
            ),
            filters.Choice(name="role", column="role", label=_("Role"), choices=User.Role),
            filters.Choice(name="status", column="status", label=_("Status"), choices=User.Status),
            filters.DateRange(column="created_at", label=_("Created"), moments=True),
        ),
        order="name",
        sorts={"name": (), "email": (), "created_at": (), "last_login": ("name",)},
    ),
    Report(
        name="class_enrollment",
        title=_("Class enrollment"),
        description=_("Who is, or was, enrolled in which class."),
        subject=CLASSES,
        view="view_class_enrollment_keyed",
        columns=(
            Column("class_id", _("Class ID"), hidden=True),
            Column("class_name", _("Class")),
            Column("level", _("Level"), nullable=True),
            Column("student_id", _("Student ID"), hidden=True),
            Column("student_name", _("Student"), nullable=True),
            Column("student_email", _("Student e-mail"), nullable=True),
            Column("enrollment_date", _("Enrolled on"), Date()),
            Column("enrollment_status", _("Status"), choices=Enrollment.Status),
            Column("attendance_rate", _("Attendance rate"), Number(5), nullable=True, percent=True),
            Column("current_grade", _("Current grade"), nullable=True),
            Column("teacher_name", _("Teacher"), nullable=True),
        ),
        filters=(
            STUDENT,
            CLASS,
            filters.Choice(
                name="status",
                column="enrollment_status",
                label=_("Status"),
                choices=Enrollment.Status,
            ),
            filters.DateRange(column="enrollment_date", label=_("Enrolled")),
        ),
        order="class_name",
        sorts={
            "class_name": ("student_name",),
            "student_name": ("class_name",),
            "enrollment_date": ("class_name", "student_name"),
            "attendance_rate": ("class_name", "student_name"),
        },
    ),
    Report(
        name="attendance_report",
        title=_("Attendance report"),
        description=_("Every attendance record with its date, class and people."),
        subject=ATTENDANCE,
        view="view_attendance_report_keyed",
        columns=(
            Column("session_date", _("Date"), Date()),
            Column("class_name", _("Class")),
            Column("class_id", _("Class ID"), hidden=True),
            Column("student_name", _("Student"), nullable=True),
            Column("student_id", _("Student ID"), hidden=True),
            Column("attendance_status", _("Status"), choices=Attendance.Status),
            Column("notes", _("Notes"), nullable=True),
            Column("teacher_name", _("Teacher"), nullable=True),
        ),
        filters=(
            STUDENT,
            CLASS,
            filters.Choice(
                name="status",
                column="attendance_status",
                label=_("Status"),
                choices=Attendance.Status,
            ),
            filters.DateRange(column="session_date", label=_("Date")),
        ),
        order="-session_date",
        sorts={"session_date": ("class_name", "student_name")},
    ),
    Report(
        name="payment_ledger",
        title=_("Payment ledger"),
        description=_("Every payment with its invoice."),
        subject=MONEY,
        view="view_payment_ledger_keyed",
        columns=(
            Column("payment_date", _("Paid on"), Date()),
            Column("student_name", _("Student"), nullable=True),
            Column("student_email", _("Student e-mail"), nullable=True),
            Column("amount", _("Amount"), Number()),
            Column("currency", _("Currency")),
            Column("payment_method", _("Method"), choices=Payment.Method),
            Column("invoice_number", _("Invoice number"), nullable=True),
            Column("invoice_status", _("Invoice status"), choices=Invoice.Status),
            Column("transaction_id", _("Transaction id"), nullable=True),
        ),
        filters=(
            STUDENT,
            filters.Invoice(
                name="invoice",
                column="invoice_id",
                label=_("Invoice"),
                help_text=_("Part of the invoice number."),
            ),
            filters.Choice(
                name="method",
                column="payment_method",
                label=_("Method"),
                choices=Payment.Method,
            ),
            filters.Choice(
                name="status",
                column="invoice_status",
                label=_("Invoice status"),
                choices=Invoice.Status,
            ),
            filters.DateRange(column="payment_date", label=_("Paid")),
        ),
        roles=OFFICE,
        order="-payment_date",
        sorts={"payment_date": ()},
    ),
]
