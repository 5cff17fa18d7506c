"""Saving one register from several connections at once."""

import json

import psycopg
import pytest

from academics.services.register import SAVE
from core.constraints import explain

pytestmark = pytest.mark.database
STUDENTS = 30


@pytest.fixture
def session(committed):
    return committed.new(
        "class_sessions",
        class_id=committed.school_class(),
        session_date="2026-02-02",
        start_time="10:00",
        end_time="11:00",
    )


def save(school, session, students, status, version=None):
    """Return a task that saves these students' marks; it returns the students written."""
    marks = [{"student_id": str(one), "status": status, "version": version} for one in students]
    values = {
        "tenant": school.tenant,
        "session": session,
        "by": school.admin,
        "marks": json.dumps(marks, default=str),
    }
    return lambda connection: {row[0] for row in connection.execute(SAVE, values).fetchall()}


def test_of_many_savers_of_one_register_one_wins_each_row(committed, session):
    students = committed.students(STUDENTS)
    statuses = ["present", "absent", "late", "excused"]
    tasks = [
        # In all orders, so that they would deadlock if the statement kept them.
        save(committed, session, students[turn * 7 :] + students[: turn * 7], status)
        for turn, status in enumerate(statuses)
    ]
    written = committed.race(*tasks)
    assert sorted(map(len, written)) == [0, 0, 0, STUDENTS]
    winner = next(status for status, rows in zip(statuses, written, strict=True) if rows)
    found = (
        "SELECT array_agg(DISTINCT status), count(*) FROM attendance WHERE class_session_id = %s"
    )
    assert committed.one(found, session) == ([winner], STUDENTS)

    version = committed.one("SELECT updated_at FROM attendance LIMIT 1")
    again = committed.race(*(save(committed, session, students, s, version) for s in statuses))
    assert sorted(map(len, again)) == [0, 0, 0, STUDENTS]


def test_a_session_is_cancelled_or_has_attendance_never_both(committed, session):
    (student,) = committed.students(1)

    def cancel(connection):
        connection.execute("UPDATE class_sessions SET status = 'cancelled'")

    saved, cancelled = committed.race(save(committed, session, [student], "late"), cancel)
    status = committed.one("SELECT status FROM class_sessions")
    count = committed.one("SELECT count(*) FROM attendance")
    if isinstance(saved, psycopg.Error):
        assert explain(saved).constraint == "attendance_session_cancelled"
        assert (cancelled, status, count) == (None, "cancelled", 0)
    else:
        assert explain(cancelled).constraint == "class_session_attended"
        assert (status, count) == ("scheduled", 1)


def test_a_session_with_attendance_stays_in_the_past(committed, session):
    committed.attempt(save(committed, session, committed.students(1), "late"))
    to_come = "UPDATE class_sessions SET session_date = current_date + 30"
    refused = committed.attempt(lambda connection: connection.execute(to_come))
    assert explain(refused).constraint == "class_session_attended"
    committed.db.execute("UPDATE class_sessions SET session_date = session_date - 7")
