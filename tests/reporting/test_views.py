"""The specification's four report views: its columns, under the rights of the reader."""

from contextlib import nullcontext
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from core.models import User
from core.rls import tenant_context
from tests.refusals import refused_by

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
# What each person of a school reads: (roster, enrollment, attendance, ledger) by student. (None:
# money is no business of teachers.)
READERS = {
    "admin": (9, {"Student", "Other_Student"}, {"Student", "Other_Student"}, 2),
    "teacher": (2, {"Student"}, {"Student"}, None),
    "outsider": (2, {"Other_Student"}, {"Other_Student"}, None),
    "student": (1, {"Student"}, {"Student"}, 1),
    "other_student": (1, {"Other_Student"}, {"Other_Student"}, 1),
}


def select(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
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
            visible = select("SELECT student_name, tenant_id FROM view_class_enrollment")
            assert set(visible) == {(name, school.tenant.pk) for name in enrolled}
            visible = select("SELECT student_name, tenant_id FROM view_attendance_report")
            assert set(visible) == {(name, school.tenant.pk) for name in attended}
            with nullcontext() if payments else refused_by("privilege"):
                assert len(select("SELECT * FROM view_payment_ledger")) == payments


def test_the_rows_are_joined_right(cast):
    a = cast.a
    with tenant_context(a.tenant, a.admin):
        assert select(
            "SELECT id, class_id, class_name, teacher_name, attendance_rate, current_grade"
            " FROM view_class_enrollment_keyed WHERE student_id = %s",
            a.student.pk,
        ) == [(a.enrollment.pk, a.school_class.pk, "Own Class", "Teacher", Decimal(100), "B")]
        assert select(
            "SELECT id, session_date, attendance_status, teacher_name"
            " FROM view_attendance_report_keyed WHERE student_id = %s",
            a.student.pk,
        ) == [(a.attendance.pk, a.session.session_date, "present", "Teacher")]
        assert select(
            "SELECT id, amount, currency, invoice_number, payment_method, payment_date"
            " FROM view_payment_ledger_keyed WHERE student_name = 'Student'"
        ) == [(a.payment.pk, Decimal(40), "USD", "INV-1", "cash", a.payment.payment_date)]
        assert select(
            "SELECT email, role, status FROM view_user_roster WHERE id = %s", a.teacher.pk
        ) == [(a.teacher.email, "teacher", "active")]


def test_a_student_still_has_the_line_of_a_teacher_they_may_not_see(cast):
    with tenant_context(cast.a.tenant, cast.a.student):
        assert not User.objects.filter(role="teacher").exists()
        assert select("SELECT class_name, teacher_name FROM view_class_enrollment") == [
            ("Own Class", None)
        ]


def test_deleted_people_and_classes_are_left_out(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.student.delete()
        assert not select("SELECT FROM view_user_roster WHERE id = %s", cast.a.student.pk)
        assert select("SELECT student_name, enrollment_date FROM view_class_enrollment") == [
            ("Other_Student", date(2026, 1, 5))
        ]
        cast.a.other_class.delete()
        assert not select("SELECT FROM view_class_enrollment")


@pytest.mark.parametrize("view", COLUMNS)
def test_a_view_cannot_be_written_through(db, view):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(current_user, %s, 'INSERT, UPDATE, DELETE')", [view]
        )
        assert cursor.fetchone() == (False,)


def test_only_office_and_own_teacher_see_when_a_place_was_given_up(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        sql = "UPDATE enrollments SET status = 'dropped' WHERE id = %s RETURNING id"
        select(sql, cast.a.enrollment.pk)
        sql = (
            "SELECT timestamp FROM audit_logs WHERE resource_id = %s"
            " AND changes -> 'status' ->> 'after' = 'dropped'"
        )
        (at,) = select(sql, cast.a.enrollment.pk)

    def dropped_at(school, user):
        with tenant_context(school.tenant, user):
            return select("SELECT app.dropped_at(%s)", cast.a.enrollment.pk)[0]

    nobody = (None,)
    staff = ("admin", "teacher", "outsider")
    assert {name: dropped_at(cast.a, getattr(cast.a, name)) for name in staff} == {
        "admin": at,
        "teacher": at,
        "outsider": nobody,
    }
    for person in (cast.a.student, None):
        with refused_by("privilege"):
            dropped_at(cast.a, person)
    assert dropped_at(cast.b, cast.b.admin) == nobody
    assert dropped_at(cast.b, cast.b.teacher) == nobody
    assert select("SELECT app.dropped_at(%s)", cast.a.enrollment.pk) == [nobody]
