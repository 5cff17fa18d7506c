"""Two who save the same grades at the same moment: nobody overwrites the other unseen."""

import uuid
from decimal import Decimal

import pytest
from django.db import connections

from academics.models import SchoolClass
from academics.selectors import gradebook
from academics.services import grades
from academics.services.grades import CONFLICT, SAVED, Cell
from core import hosts
from core.models import User
from core.rls import tenant_context

pytestmark = pytest.mark.database

OFFICE = "UPDATE grades SET score = 12 WHERE id = %s"


@pytest.fixture
def graded(committed):
    """Two grades (8 of 20) of one assignment: [(id of the grade, id of the student)], lowest first.

    The grade with the lower id was made last and is the later student's: whoever reads them by
    the table or by the students meets the other one first.
    """
    class_id, students = committed.school_class(), sorted(committed.students(2), reverse=True)
    work = committed.new(
        "assignments", class_id=class_id, title="Essay", type="homework", max_score=20,
        assigned_date="2026-01-05", due_date="2026-01-06",
    )  # fmt: skip
    made = list(zip(sorted([uuid.uuid4(), uuid.uuid4()]), students, strict=True))
    for grade, student in reversed(made):
        committed.new("enrollments", student_id=student, class_id=class_id)
        handed_in = committed.new("submissions", student_id=student, assignment_id=work)
        committed.new(
            "grades", id=grade, submission_id=handed_in, student_id=student, assignment_id=work,
            score=8,
        )  # fmt: skip
    return class_id, work, made


@pytest.fixture
def saving(committed, graded, django_db_blocker):
    """Return a function that has the teacher save a cell of each of the grades as they saw it."""
    class_id, work, made = graded
    versions = dict(committed.db.execute("SELECT student_id, updated_at FROM grades").fetchall())
    entered = [
        Cell(student, work, text="17", version=versions[student].isoformat())
        for _grade, student in made
    ]

    def save():
        try:
            tenant = hosts.find(f"{committed.subdomain}.localhost")
            teacher = User(pk=committed.teacher, tenant_id=tenant.pk, role="teacher")
            with tenant_context(tenant, teacher):
                school_class = SchoolClass.objects.get(pk=class_id)
                return grades.enter(school_class=school_class, entered=entered, by=teacher)
        finally:
            connections.close_all()

    with django_db_blocker.unblock():
        yield save


def scores(committed, made):
    scores_by_id = dict(committed.db.execute("SELECT id, score FROM grades").fetchall())
    return [scores_by_id[grade] for grade, _student in made]


def test_of_two_who_save_one_grade_the_second_gets_a_conflict(committed, graded, saving):
    _class_id, _work, made = graded
    with committed.connect() as office:
        office.execute(OFFICE, [made[0][0]])
        with committed.overtaken(saving) as result:
            office.commit()
            conflict, saved = result()
    assert (conflict.state, conflict.grade.score) == (CONFLICT, 12)
    assert gradebook.version(conflict.grade) != conflict.cell.version
    assert (saved.state, saved.grade.score) == (SAVED, 17)
    assert scores(committed, made) == [Decimal(12), Decimal(17)]


def test_a_saver_who_gave_up_was_nobody(committed, graded, saving):
    _class_id, _work, made = graded
    with committed.connect() as office:
        office.execute(OFFICE, [made[0][0]])
        with committed.overtaken(saving) as result:
            office.rollback()
            assert [outcome.state for outcome in result()] == [SAVED, SAVED]
    assert scores(committed, made) == [Decimal(17), Decimal(17)]


def test_grades_are_locked_in_the_order_of_their_ids(committed, graded, saving):
    """Who waits for the lower one does not hold the higher one yet, so nobody deadlocks."""
    _class_id, _work, made = graded
    low, high = (grade for grade, _student in made)
    assert committed.waits_alone(saving, "grades", low, high) is True
    assert scores(committed, made) == [Decimal(17), Decimal(17)]
