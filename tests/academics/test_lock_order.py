"""Rows that a bulk change counts are locked in the order of their ids: two never deadlock."""

import uuid

import pytest

pytestmark = pytest.mark.database


def bulk(committed, table, columns, values):
    """Return a function that inserts rows (each a list without its tenant) by one statement."""
    names = ["tenant_id", *columns]
    row = "(" + ", ".join(["%s"] * len(names)) + ")"
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES " + ", ".join([row] * len(values))
    params = [value for row_values in values for value in [committed.tenant, *row_values]]

    def insert():
        done = committed.attempt(lambda db: db.execute(sql, params).rowcount)
        assert done == len(values)

    return insert


@pytest.fixture
def ids():
    """Two ids, the lower one first."""
    return sorted([uuid.uuid4(), uuid.uuid4()])


def test_enrollments_lock_their_classes_in_order(committed, ids):
    low, high = ids
    for class_id in (high, low):
        committed.school_class(id=class_id)
    (student,) = committed.students(1)
    enroll = bulk(
        committed, "enrollments", ["class_id", "student_id"], [[high, student], [low, student]]
    )
    assert committed.waits_alone(enroll, "classes", low, high) is True
    assert committed.fetch_one("SELECT sum(enrolled_count) FROM classes") == 2


def test_marks_lock_their_enrollments_in_order(committed, ids):
    low, high = ids
    class_id, students = committed.school_class(), committed.students(2)
    for pk, student in zip((high, low), students, strict=True):
        committed.new(
            "enrollments", id=pk, class_id=class_id, student_id=student,
            enrollment_date="2026-01-05",
        )  # fmt: skip
    session = committed.new(
        "class_sessions", class_id=class_id, session_date="2026-02-02",
        start_time="10:00", end_time="11:00",
    )  # fmt: skip
    mark = bulk(
        committed,
        "attendance",
        ["class_session_id", "student_id", "status"],
        [[session, student, "late"] for student in students],
    )
    assert committed.waits_alone(mark, "enrollments", low, high) is True
    assert committed.fetch_one("SELECT sum(attendance_rate) FROM enrollments") == 200


def test_payments_lock_their_invoices_in_order(committed, ids):
    low, high = ids
    (student,) = committed.students(1)
    for number, pk in enumerate((high, low)):
        committed.new(
            "invoices", id=pk, invoice_number=f"N-{number}", student_id=student, amount=10,
            issue_date="2026-01-05", due_date="2126-01-05",
        )  # fmt: skip
    pay = bulk(
        committed,
        "payments",
        ["invoice_id", "student_id", "amount", "payment_method", "payment_date"],
        [[pk, student, 10, "cash", "2026-02-01"] for pk in (high, low)],
    )
    assert committed.waits_alone(pay, "invoices", low, high) is True
    assert committed.fetch_one("SELECT array_agg(status) FROM invoices") == ["paid", "paid"]
