"""Who graded, took attendance or took the money is whoever was asking."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from core.rls import tenant_context

pytestmark = [pytest.mark.database, pytest.mark.django_db]

# Table -> (the column of its author, an UPDATE that is its author's work)
AUTHORED = {
    "grades": ("graded_by", "score = 1"),
    "attendance": ("recorded_by", "notes = 'n'"),
}


def run(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0] if cursor.description else cursor.rowcount


@pytest.mark.parametrize("table", AUTHORED)
def test_whoever_changes_a_mark_is_its_author(cast, table):
    column, work = AUTHORED[table]
    forged = f"UPDATE {table} SET {work}, {column} = %s RETURNING {column}"
    silent = f"UPDATE {table} SET {work}2 RETURNING {column}".replace("'n'2", "'m'")
    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert run(forged, cast.a.outsider.pk) == cast.a.teacher.pk
        assert run(silent) == cast.a.teacher.pk
        assert run(f"UPDATE {table} SET {column} = %s RETURNING {column}", cast.a.admin.pk) == (
            cast.a.teacher.pk
        )


def test_a_letter_that_is_worked_out_anew_keeps_its_author(cast):
    with tenant_context(cast.a.tenant, cast.a.teacher):
        run("UPDATE grades SET score = 2")
    with tenant_context(cast.a.tenant, cast.a.admin):
        sql = "UPDATE grades SET grade = 'F' WHERE id = %s RETURNING graded_by"
        assert run(sql, cast.a.grade.pk) == cast.a.teacher.pk


def test_a_payment_is_recorded_by_whoever_enters_it(cast):
    sql = (
        "INSERT INTO payments (tenant_id, invoice_id, student_id, amount, payment_method,"
        " payment_date, recorded_by) VALUES (%s, %s, %s, 1, 'cash', '2026-03-01', %s)"
        " RETURNING recorded_by"
    )
    a = cast.a
    row = [a.tenant.pk, a.invoice.pk, a.student.pk, a.teacher.pk]
    with tenant_context(a.tenant, a.admin):
        assert run(sql, *row) == a.admin.pk
        forged = "UPDATE payments SET recorded_by = %s WHERE id = %s RETURNING recorded_by"
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run(forged, a.teacher.pk, a.payment.pk)
    with tenant_context(a.tenant, role="admin"):  # a command keeps what it is given
        assert run(sql, *row) == a.teacher.pk
