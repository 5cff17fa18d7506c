"""Saving one register from several connections at once."""

import json

import pytest

from academics.services.register import SAVE
from core.constraints import explain

pytestmark = pytest.mark.database
STUDENTS = 30


@pytest.fixture
def session(committed):
    return committed.new(
        "class_sessions",
        class_id=committed.school_class(capacity=STUDENTS),
        session_date="2026-02-02",
        start_time="10:00",
        end_time="11:00",
    )


@pytest.fixture
def attending(committed, session):
    """Return a function that makes so many students, enrolled in the session's class in time."""

    def make(count):
        students = committed.students(count)
        class_id = committed.fetch_one("SELECT class_id FROM class_sessions WHERE id = %s", session)
        for student in students:
            committed.new(
                "enrollments", class_id=class_id, student_id=student, enrollment_date="2026-01-05"
            )
        return students

    return make


def save(school, session, students, status, version=None):
    """Return a task that saves these students' marks; it returns the students written."""
    marks = [
        {"student_id": str(student), "status": status, "version": version} for student in students
    ]
    values = {
        "tenant": school.tenant,
        "key": session,
        "by": school.admin,
        "marks": json.dumps(marks, default=str),
    }
    return lambda connection: {row[0] for row in connection.execute(SAVE, values).fetchall()}


def test_of_many_savers_of_one_register_one_wins_each_row(committed, session, attending):
    students = attending(STUDENTS)
    statuses = ["present", "absent", "late", "excused"]
    tasks = [
        # In all orders, so that they would deadlock if the statement kept them.
        save(committed, session, students[turn * 7 :] + students[: turn * 7], status)
        for turn, status in enumerate(statuses)
    ]
    written = committed.race(*tasks)
    assert sorted(map(len, written)) == [0, 0, 0, STUDENTS]
    winner = next(status for status, rows in zip(statuses, written, strict=True) if rows)
    query = (
        "SELECT array_agg(DISTINCT status), count(*) FROM attendance WHERE class_session_id = %s"
    )
    assert committed.fetch_one(query, session) == ([winner], STUDENTS)

    version = committed.fetch_one("SELECT updated_at FROM attendance LIMIT 1")
    again = committed.race(*(save(committed, session, students, s, version) for s in statuses))
    assert sorted(map(len, again)) == [0, 0, 0, STUDENTS]


def test_marks_are_locked_in_the_order_of_the_students(committed, session, attending):
    low, high = sorted(attending(2))
    committed.attempt(save(committed, session, [low, high], "late"))
    marks = dict(committed.db.execute("SELECT student_id, id FROM attendance").fetchall())
    version = committed.fetch_one("SELECT updated_at FROM attendance LIMIT 1")
    late = save(committed, session, [high, low], "absent", version)
    done = []
    assert committed.waits_alone(
        lambda: done.append(committed.attempt(late)), "attendance", marks[low], marks[high]
    )
    assert done == [{low, high}]


CANCEL = "UPDATE class_sessions SET status = 'cancelled'"
NEXT_MONTH = "UPDATE class_sessions SET session_date = current_date + 30"


@pytest.mark.parametrize("change", [CANCEL, NEXT_MONTH])
def test_a_session_that_somebody_is_just_taking_is_not_taken_away(
    committed, session, attending, change
):
    (student,) = attending(1)
    with committed.connect() as teacher:
        assert save(committed, session, [student], "late")(teacher) == {student}
        with committed.overtaken(lambda: committed.attempt(lambda db: db.execute(change))) as end:
            assert committed.fetch_one("SELECT status FROM class_sessions") == "scheduled"
            teacher.commit()
            refused = end()
    assert explain(refused).constraint == "class_session_attended"
    query = "SELECT status, session_date::text FROM class_sessions"
    assert committed.fetch_one(query) == ("scheduled", "2026-02-02")
    assert committed.fetch_one("SELECT count(*) FROM attendance") == 1


def test_attendance_that_comes_while_the_session_is_cancelled_is_refused(
    committed, session, attending
):
    (student,) = attending(1)
    late = save(committed, session, [student], "late")
    with committed.connect() as office:
        office.execute(CANCEL)
        with committed.overtaken(lambda: committed.attempt(late)) as end:
            office.commit()
            refused = end()
    assert explain(refused).constraint == "attendance_session_cancelled"
    assert committed.fetch_one("SELECT status FROM class_sessions") == "cancelled"
    assert committed.fetch_one("SELECT count(*) FROM attendance") == 0


def test_a_session_with_attendance_stays_in_the_past(committed, session, attending):
    committed.attempt(save(committed, session, attending(1), "late"))
    to_come = "UPDATE class_sessions SET session_date = current_date + 30"
    refused = committed.attempt(lambda connection: connection.execute(to_come))
    assert explain(refused).constraint == "class_session_attended"
    committed.db.execute("UPDATE class_sessions SET session_date = session_date - 7")
