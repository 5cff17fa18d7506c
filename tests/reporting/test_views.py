"""The four report views: the specification's columns, under the rights of the reader."""

from decimal import Decimal

import pytest
from django.db import connection

from core.models import User
from core.rls import tenant_context
from reporting.models import AttendanceReport, ClassEnrollmentReport, PaymentLedger, UserRoster

pytestmark = pytest.mark.database

# As in the specification, and tenant_id at the end where it had none.
COLUMNS = {
    "view_user_roster": "id email name role status created_at last_login tenant_id",
    "view_class_enrollment": "class_id class_name level student_id student_name student_email"
    " enrollment_date enrollment_status attendance_rate current_grade teacher_name tenant_id",
    "view_attendance_report": "session_date class_name class_id student_name student_id"
    " attendance_status notes teacher_name tenant_id",
    "view_payment_ledger": "payment_date student_name student_email amount currency"
    " payment_method invoice_number invoice_status transaction_id tenant_id",
}
# What each person of a school reads: (roster, enrollment, attendance, ledger) by student.
READERS = {
    "admin": (5, {"Student", "Other_Student"}, {"Student", "Other_Student"}, 2),
    "teacher": (2, {"Student"}, {"Student"}, 0),
    "outsider": (2, {"Other_Student"}, {"Other_Student"}, 0),
    "student": (1, {"Student"}, {"Student"}, 1),
    "other_student": (1, {"Other_Student"}, {"Other_Student"}, 1),
}


def select(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.mark.parametrize("view", COLUMNS)
def test_the_columns_are_the_specifications(db, view):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {view}")
        assert [column.name for column in cursor.description] == COLUMNS[view].split()


@pytest.mark.parametrize("reader", READERS)
def test_each_reader_sees_what_their_policies_allow(cast, reader):
    roster, enrolled, attended, payments = READERS[reader]
    for school in (cast.a, cast.b):
        with tenant_context(school.tenant, getattr(school, reader)):
            assert len(select("SELECT * FROM view_user_roster")) == roster
            found = select("SELECT student_name, tenant_id FROM view_class_enrollment")
            assert set(found) == {(name, school.tenant.pk) for name in enrolled}
            found = select("SELECT student_name, tenant_id FROM view_attendance_report")
            assert set(found) == {(name, school.tenant.pk) for name in attended}
            assert len(select("SELECT * FROM view_payment_ledger")) == payments


def test_the_rows_are_joined_right(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        row = ClassEnrollmentReport.objects.get(student_id=cast.a.student.pk)
        assert (row.id, row.class_id) == (cast.a.enrollment.pk, cast.a.school_class.pk)
        assert (row.class_name, row.teacher_name) == ("Own Class", "Teacher")
        assert (row.attendance_rate, row.current_grade) == (Decimal(100), "B")
        row = AttendanceReport.objects.get(student_id=cast.a.student.pk)
        assert (row.id, row.session_date) == (cast.a.attendance.pk, cast.a.session.session_date)
        assert (row.attendance_status, row.teacher_name) == ("present", "Teacher")
        row = PaymentLedger.objects.get(student_name="Student")
        assert (row.id, row.amount, row.currency) == (cast.a.payment.pk, Decimal(40), "USD")
        assert (row.invoice_number, row.payment_method) == ("INV-1", "cash")
        row = UserRoster.objects.get(pk=cast.a.teacher.pk)
        assert (row.email, row.role, row.status) == (cast.a.teacher.email, "teacher", "active")


def test_a_student_still_has_the_line_of_a_teacher_they_may_not_see(cast):
    with tenant_context(cast.a.tenant, cast.a.student):
        assert not User.objects.filter(role="teacher").exists()
        assert select("SELECT class_name, teacher_name FROM view_class_enrollment") == [
            ("Own Class", None)
        ]


def test_deleted_people_and_classes_are_left_out(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.student.delete()
        assert not UserRoster.objects.filter(pk=cast.a.student.pk).exists()
        assert {row.student_name for row in ClassEnrollmentReport.objects.all()} == {
            "Other_Student"
        }
        cast.a.other_class.delete()
        assert not ClassEnrollmentReport.objects.exists()


@pytest.mark.parametrize("view", COLUMNS)
def test_a_view_cannot_be_written_through(db, view):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(current_user, %s, 'INSERT, UPDATE, DELETE')", [view]
        )
        assert cursor.fetchone() == (False,)
