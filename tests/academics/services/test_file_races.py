"""A student who adds or takes away a file while the work is being graded: graded work stays."""

import psycopg
import pytest

pytestmark = pytest.mark.database

ADD = """
    INSERT INTO attachment_files (tenant_id, assignment_id, submission_id, student_id, name,
                                  filename, content_type, size)
    VALUES (%(tenant)s, %(work)s, %(handed_in)s, %(student)s, 'attachments/late', 'f.txt',
            'text/plain', 1)
"""
TAKE_AWAY = "DELETE FROM attachment_files WHERE submission_id = %(handed_in)s"


@pytest.fixture
def ids(committed):
    """What was handed in: a text and a file."""
    class_id, [student] = committed.school_class(), committed.students(1)
    work = committed.new(
        "assignments", class_id=class_id, title="Essay", type="homework", max_score=20,
        assigned_date="2026-01-05", due_date="2026-01-06",
    )  # fmt: skip
    committed.new("enrollments", student_id=student, class_id=class_id)
    handed_in = committed.new(
        "submissions", student_id=student, assignment_id=work, content='{"text": "words"}'
    )
    committed.new(
        "attachment_files", assignment_id=work, submission_id=handed_in, student_id=student,
        name="attachments/early", filename="f.txt", content_type="text/plain", size=1,
    )  # fmt: skip
    return {"tenant": committed.tenant, "work": work, "handed_in": handed_in, "student": student}


def names(committed, ids):
    sql = "SELECT name FROM attachment_files WHERE submission_id = %s ORDER BY name"
    return [name for (name,) in committed.db.execute(sql, [ids["handed_in"]]).fetchall()]


def by_student(committed, ids, sql):
    """Return a function that runs the statement as the student; it returns the rule or None."""

    def run():
        with committed.connect("student", ids["student"]) as student:
            try:
                student.execute(sql, ids)
            except psycopg.Error as error:
                return error.diag.constraint_name
        return None

    return run


def grade(connection, ids):
    connection.execute(
        "INSERT INTO grades (tenant_id, submission_id, student_id, assignment_id, score)"
        " VALUES (%(tenant)s, %(handed_in)s, %(student)s, %(work)s, 8)",
        ids,
    )


@pytest.mark.parametrize("sql", [ADD, TAKE_AWAY])
def test_who_changes_files_while_the_work_is_graded_is_refused(committed, ids, sql):
    with committed.connect() as teacher:
        grade(teacher, ids)
        with committed.overtaken(by_student(committed, ids, sql)) as result:
            teacher.commit()
            assert result() == "submission_is_graded"
    assert names(committed, ids) == ["attachments/early"]


@pytest.mark.parametrize(("sql", "left"), [(ADD, ["attachments/early", "attachments/late"]),
                                           (TAKE_AWAY, [])])  # fmt: skip
def test_a_grading_that_was_given_up_is_none(committed, ids, sql, left):
    with committed.connect() as teacher:
        grade(teacher, ids)
        with committed.overtaken(by_student(committed, ids, sql)) as result:
            teacher.rollback()
            assert result() is None
    assert names(committed, ids) == left
