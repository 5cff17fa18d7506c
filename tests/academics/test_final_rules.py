"""A grade and the end of its class at the same moment: one of them comes first, and is seen."""

import psycopg
import pytest

pytestmark = pytest.mark.database

COMPLETE = "UPDATE classes SET status = 'completed' WHERE id = %s"
GRADE = (
    "INSERT INTO grades (tenant_id, submission_id, student_id, assignment_id, score)"
    " VALUES (%s, %s, %s, %s, 8)"
)
WEIGH = (
    "INSERT INTO assignment_weights (tenant_id, class_id, type, weight) VALUES (%s, %s, 'quiz', 1)"
)


@pytest.fixture
def taught(committed):
    """A class with something handed in: (its id, the statements of its teacher)."""
    class_id, (student,) = committed.school_class(), committed.students(1)
    committed.new("enrollments", student_id=student, class_id=class_id)
    work = committed.new(
        "assignments",
        class_id=class_id,
        title="Quiz",
        type="quiz",
        max_score=10,
        assigned_date="2026-01-05",
        due_date="2026-01-06",
    )
    handed_in = committed.new("submissions", student_id=student, assignment_id=work)
    grade = (GRADE, [committed.tenant, handed_in, student, work])
    return class_id, {"grade": grade, "weight": (WEIGH, [committed.tenant, class_id])}


@pytest.mark.parametrize("kind", ["grade", "weight"])
def test_what_comes_while_the_class_is_completed_is_refused(committed, taught, kind):
    class_id, statements = taught

    def write():
        who = {"role": "teacher", "user": committed.teacher}
        return committed.attempt(lambda db: db.execute(*statements[kind]).rowcount, **who)

    with committed.connect() as office:
        office.execute(COMPLETE, [class_id])
        with committed.overtaken(write) as result:
            office.commit()
            refused = result()
    assert isinstance(refused, psycopg.errors.CheckViolation)
    assert refused.diag.constraint_name == "class_is_completed"
    assert committed.fetch_one("SELECT count(*) FROM grades") == 0


def test_a_class_is_completed_after_the_grade_that_was_on_its_way(committed, taught):
    class_id, statements = taught

    def complete():
        return committed.attempt(lambda db: db.execute(COMPLETE, [class_id]).rowcount)

    with committed.connect(role="teacher", user=committed.teacher) as teacher:
        teacher.execute(*statements["grade"])
        with committed.overtaken(complete) as result:
            assert committed.fetch_one("SELECT status FROM classes") == "active"
            teacher.commit()
            assert result() == 1
    assert committed.fetch_one("SELECT current_grade FROM enrollments") == "B-"
