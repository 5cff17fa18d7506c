"""The four reports as files: the columns of the specification's views, in their order.

The tenant's id, the last column of each view, stays in the school.
"""

from django.utils.translation import gettext_lazy as _

from core.exchange.columns import Column, Date, Moment, Number
from core.exchange.resources import ViewResource, register
from reporting.models import AttendanceReport, ClassEnrollmentReport, PaymentLedger, UserRoster


@register(UserRoster)
class UserRosterResource(ViewResource):
    template_name = "user_roster"

    id = Column("id", _("ID"))
    email = Column("email", _("E-mail"))
    name = Column("name", _("Name"))
    role = Column("role", _("Role"))
    status = Column("status", _("Status"))
    created_at = Column("created_at", _("Created"), Moment())
    last_login = Column("last_login", _("Last sign-in"), Moment())

    class Meta:
        model = UserRoster


@register(ClassEnrollmentReport)
class ClassEnrollmentResource(ViewResource):
    template_name = "class_enrollment"

    class_id = Column("class_id", _("Class ID"))
    class_name = Column("class_name", _("Class"))
    level = Column("level", _("Level"))
    student_id = Column("student_id", _("Student ID"))
    student_name = Column("student_name", _("Student"))
    student_email = Column("student_email", _("Student e-mail"))
    enrollment_date = Column("enrollment_date", _("Enrolled on"), Date())
    enrollment_status = Column("enrollment_status", _("Status"))
    attendance_rate = Column("attendance_rate", _("Attendance rate"), Number(5))
    current_grade = Column("current_grade", _("Current grade"))
    teacher_name = Column("teacher_name", _("Teacher"))

    class Meta:
        model = ClassEnrollmentReport


@register(AttendanceReport)
class AttendanceReportResource(ViewResource):
    template_name = "attendance_report"

    session_date = Column("session_date", _("Date"), Date())
    class_name = Column("class_name", _("Class"))
    class_id = Column("class_id", _("Class ID"))
    student_name = Column("student_name", _("Student"))
    student_id = Column("student_id", _("Student ID"))
    attendance_status = Column("attendance_status", _("Status"))
    notes = Column("notes", _("Notes"))
    teacher_name = Column("teacher_name", _("Teacher"))

    class Meta:
        model = AttendanceReport


@register(PaymentLedger)
class PaymentLedgerResource(ViewResource):
    template_name = "payment_ledger"

    payment_date = Column("payment_date", _("Paid on"), Date())
    student_name = Column("student_name", _("Student"))
    student_email = Column("student_email", _("Student e-mail"))
    amount = Column("amount", _("Amount"), Number())
    currency = Column("currency", _("Currency"))
    payment_method = Column("payment_method", _("Method"))
    invoice_number = Column("invoice_number", _("Invoice number"))
    invoice_status = Column("invoice_status", _("Invoice status"))
    transaction_id = Column("transaction_id", _("Transaction id"))

    class Meta:
        model = PaymentLedger
