"""classes.enrolled_count is right whatever happens to enrollments, and never above capacity."""

import psycopg
import pytest
from django.db import IntegrityError, connections, transaction

from academics.models import Enrollment, SchoolClass
from core.models import AuditLog, User
from core.rls import tenant_context
from tests.factories.committed import insert

pytestmark = pytest.mark.database


@pytest.fixture
def school(cast):
    """The cast's school A in its admin's context; its classes have one student each."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def counts(*classes):
    return [SchoolClass.objects.get(pk=c.pk).enrolled_count for c in classes]


def name_of(error):
    return error.value.__cause__.diag.constraint_name


def people(count):
    return [
        User.objects.create_user(f"p{n}@example.com", name=f"P {n}", role="student")
        for n in range(count)
    ]


def test_inserting_counts(school):
    Enrollment.objects.create(student=school.other_student, school_class=school.school_class)
    assert counts(school.school_class, school.other_class) == [2, 1]


@pytest.mark.parametrize("status", ["completed", "dropped"])
def test_only_active_enrollments_count(school, status):
    Enrollment.objects.create(
        student=school.other_student, school_class=school.school_class, status=status
    )
    assert counts(school.school_class) == [1]


@pytest.mark.parametrize("status", ["completed", "dropped"])
def test_a_change_of_status_counts_both_ways(school, status):
    Enrollment.objects.filter(pk=school.enrollment.pk).update(status=status)
    assert counts(school.school_class) == [0]
    Enrollment.objects.filter(pk=school.enrollment.pk).update(status="active")
    assert counts(school.school_class) == [1]


def test_deleting_counts(school):
    school.enrollment.delete()
    assert counts(school.school_class, school.other_class) == [0, 1]


def test_a_change_of_class_counts_in_both(school):
    Enrollment.objects.filter(pk=school.enrollment.pk).update(school_class=school.other_class)
    assert counts(school.school_class, school.other_class) == [0, 2]


def test_a_change_of_class_and_status_at_once(school):
    Enrollment.objects.filter(pk=school.enrollment.pk).update(
        school_class=school.other_class, status="dropped"
    )
    assert counts(school.school_class, school.other_class) == [0, 1]


def test_bulk_changes_count_each_row(school):
    students = people(12)
    Enrollment.objects.bulk_create(
        Enrollment(student=s, school_class=c)
        for s in students
        for c in (school.school_class, school.other_class)
    )
    assert counts(school.school_class, school.other_class) == [13, 13]
    Enrollment.objects.filter(student__in=students[:5]).update(status="dropped")
    assert counts(school.school_class, school.other_class) == [8, 8]
    Enrollment.objects.filter(school_class=school.other_class).delete()
    assert counts(school.school_class, school.other_class) == [8, 0]


def test_a_rolled_back_savepoint_counts_nothing(school):
    with transaction.atomic():
        Enrollment.objects.create(student=school.other_student, school_class=school.school_class)
        assert counts(school.school_class) == [2]
        transaction.set_rollback(True)
    assert counts(school.school_class) == [1]


def test_the_last_seat_is_taken_and_one_more_refused(school):
    SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=2)
    first, second = people(2)
    Enrollment.objects.create(student=first, school_class=school.school_class)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Enrollment.objects.create(student=second, school_class=school.school_class)
    assert name_of(error) == "class_is_full"
    assert counts(school.school_class) == [2]
    Enrollment.objects.create(student=second, school_class=school.school_class, status="dropped")
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Enrollment.objects.filter(student=second).update(status="active")
    assert name_of(error) == "class_is_full"
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Enrollment.objects.filter(pk=school.other_enrollment.pk).update(
            school_class=school.school_class
        )
    assert name_of(error) == "class_is_full"


def test_a_bulk_enrollment_over_capacity_is_refused_whole(school):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Enrollment.objects.bulk_create(
            Enrollment(student=s, school_class=school.school_class) for s in people(20)
        )
    assert name_of(error) == "class_is_full"
    assert counts(school.school_class) == [1]


def test_capacity_cannot_fall_below_the_enrolled(school):
    Enrollment.objects.create(student=school.other_student, school_class=school.school_class)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=1)
    assert name_of(error) == "check_capacity"
    assert SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=2) == 1


def test_a_count_written_by_hand_is_ignored(school):
    SchoolClass.objects.filter(pk=school.school_class.pk).update(enrolled_count=7)
    assert counts(school.school_class) == [1]
    made = SchoolClass.objects.create(name="N", start_date="2026-01-01", enrolled_count=7)
    assert counts(made) == [0]


def test_a_student_is_actively_enrolled_once(school):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Enrollment.objects.create(student=school.student, school_class=school.school_class)
    assert name_of(error) == "idx_enrollments_student_class"
    Enrollment.objects.filter(pk=school.enrollment.pk).update(status="dropped")
    Enrollment.objects.create(student=school.student, school_class=school.school_class)
    assert counts(school.school_class) == [1]


def test_a_teacher_who_completes_an_enrollment_frees_the_seat(cast):
    with tenant_context(cast.a.tenant, cast.a.teacher):
        Enrollment.objects.filter(pk=cast.a.enrollment.pk).update(
            status="completed", completion_date="2026-06-30"
        )
        assert counts(cast.a.school_class) == [0]


def test_the_count_is_not_in_the_audit_trail(school):
    Enrollment.objects.create(student=school.other_student, school_class=school.school_class)
    entries = AuditLog.objects.filter(resource_id=school.school_class.pk)
    assert [entry.action for entry in entries] == ["class_created"]


@pytest.mark.django_db(databases=["default", "owner"])
def test_one_statement_of_the_owner_counts_in_every_school():
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE enrollments SET status = 'dropped' WHERE status = 'active'")
        assert cursor.rowcount == 4
        cursor.execute("SELECT enrolled_count, count(*) FROM classes GROUP BY 1")
        assert cursor.fetchall() == [(0, 4)]


# Races ------------------------------------------------------------------------------------------


def enroll(student, school_class):
    def task(connection):
        tenant = connection.execute("SELECT app.tenant_id()").fetchone()[0]
        return insert(
            connection, "enrollments", tenant_id=tenant, student_id=student, class_id=school_class
        )

    return task


def test_thirty_racing_for_twenty_seats(committed):
    school_class = committed.school_class(capacity=20)
    results = committed.race(*[enroll(s, school_class) for s in committed.students(30)])
    refusals = [r for r in results if isinstance(r, psycopg.Error)]
    assert {(type(r), r.diag.constraint_name) for r in refusals} == {
        (psycopg.errors.CheckViolation, "class_is_full")
    }
    assert len(refusals) == 10
    assert (
        committed.fetch_one("SELECT enrolled_count FROM classes WHERE id = %s", school_class) == 20
    )
    assert committed.fetch_one("SELECT count(*) FROM enrollments") == 20


def test_bulk_enrollments_in_opposite_order_do_not_deadlock(committed):
    classes = [committed.school_class(capacity=50) for _ in range(6)]
    students = committed.students(8)

    def bulk(students, classes):
        values = [(committed.tenant, s, c) for c in classes for s in students]
        rows = ", ".join(["(%s, %s, %s)"] * len(values))
        sql = f"INSERT INTO enrollments (tenant_id, student_id, class_id) VALUES {rows}"
        return lambda connection: connection.execute(sql, sum(values, ())).rowcount

    for _ in range(5):
        results = committed.race(
            bulk(students[:2], classes),
            bulk(students[2:4], classes[::-1]),
            bulk(students[4:6], classes[3:] + classes[:3]),
            bulk(students[6:], classes[::-1]),
        )
        assert results == [12, 12, 12, 12]
        counts = committed.db.execute("SELECT enrolled_count FROM classes").fetchall()
        assert counts == [(8,)] * 6
        committed.db.execute("DELETE FROM enrollments")


def test_swapping_classes_at_once_does_not_deadlock(committed):
    first_class, second_class = (committed.school_class() for _ in range(2))
    first, second = committed.students(2)
    committed.new("enrollments", student_id=first, class_id=first_class)
    committed.new("enrollments", student_id=second, class_id=second_class)

    def move(student, target):
        sql = "UPDATE enrollments SET class_id = %s WHERE student_id = %s"
        return lambda connection: connection.execute(sql, [target, student]).rowcount

    for target, other in [(second_class, first_class), (first_class, second_class)] * 5:
        assert committed.race(move(first, target), move(second, other)) == [1, 1]
        counts = committed.db.execute("SELECT enrolled_count FROM classes").fetchall()
        assert counts == [(1,), (1,)]


def test_a_falling_capacity_and_a_racing_enrollment(committed):
    """Whoever comes second is refused; never more enrolled than seats."""
    first, second = committed.students(2)
    school_class = committed.school_class(capacity=2)
    committed.new("enrollments", student_id=first, class_id=school_class)
    shrink = "UPDATE classes SET capacity = 1 WHERE id = %s"
    for _ in range(5):
        results = committed.race(
            enroll(second, school_class),
            lambda connection: connection.execute(shrink, [school_class]).rowcount,
        )
        assert [isinstance(r, psycopg.errors.CheckViolation) for r in results].count(True) == 1
        capacity, enrolled = committed.fetch_one("SELECT capacity, enrolled_count FROM classes")
        assert capacity == enrolled
        committed.db.execute("UPDATE classes SET capacity = 2")
        committed.db.execute("DELETE FROM enrollments WHERE student_id = %s", [second])
