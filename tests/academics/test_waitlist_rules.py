"""A freed seat goes to the first who waits, in the same transaction, and to nobody twice."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from academics.models import Enrollment, SchoolClass, WaitlistEntry
from core.models import AuditLog, User
from core.rls import tenant_context

pytestmark = pytest.mark.database


@pytest.fixture
def school(cast):
    """School A in its admin's context; its class has one seat, which is taken."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(capacity=1)
        WaitlistEntry.objects.all().delete()
        yield cast.a


def queue(school, count=2):
    """Let new students wait for the class; returns their entries in order."""
    return [
        WaitlistEntry.objects.create(
            school_class=school.school_class,
            student=User.objects.create_user(f"w{n}@example.com", name=f"W {n}", role="student"),
        )
        for n in range(count)
    ]


def enrolled(school):
    """Return the names of those actively enrolled in the class."""
    active = Enrollment.objects.active().filter(school_class=school.school_class)
    return sorted(active.values_list("student__name", flat=True))


def states(entries):
    rows = WaitlistEntry.objects.in_bulk([entry.pk for entry in entries])
    return [rows[entry.pk].status for entry in entries]


def refusal(do):
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        do()
    return error.value.__cause__.diag.constraint_name


def test_the_first_gets_the_seat_that_is_dropped(school):
    entries = queue(school)
    school.enrollment.status = "dropped"
    school.enrollment.save()
    assert enrolled(school) == ["W 0"]
    assert states(entries) == ["enrolled", "waiting"]
    assert SchoolClass.objects.get(pk=school.school_class.pk).enrolled_count == 1
    trail = AuditLog.objects.filter(action="enrollment_created").latest("timestamp")
    assert trail.user_id == school.admin.pk


def test_a_seat_is_freed_by_deleting_and_by_moving(school):
    entries = queue(school, 3)
    school.enrollment.delete()
    assert enrolled(school) == ["W 0"]
    SchoolClass.objects.filter(pk=school.other_class.pk).update(capacity=5)
    moved = Enrollment.objects.active().get(school_class=school.school_class)
    moved.school_class = school.other_class
    moved.save()
    assert enrolled(school) == ["W 1"]
    assert states(entries) == ["enrolled", "enrolled", "waiting"]


def test_more_seats_take_in_as_many(school):
    entries = queue(school, 3)
    SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=3)
    assert enrolled(school) == ["Student", "W 0", "W 1"]
    assert states(entries) == ["enrolled", "enrolled", "waiting"]


def test_who_waits_for_a_free_seat_has_it(school):
    SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=2)
    assert states(queue(school)) == ["enrolled", "waiting"]


def test_a_class_that_ends_takes_nobody_in(school):
    entries = queue(school)
    Enrollment.objects.filter(pk=school.enrollment.pk).update(status="completed")
    assert enrolled(school) == []
    SchoolClass.objects.filter(pk=school.school_class.pk).update(status="completed")
    Enrollment.objects.filter(pk=school.enrollment.pk).delete()
    assert states(entries) == ["waiting", "waiting"]
    SchoolClass.objects.filter(pk=school.school_class.pk).update(status="active")
    assert enrolled(school) == ["W 0"]


@pytest.mark.parametrize(
    "end", [{"status": "completed"}, {"status": "cancelled"}, {"deleted_at": "2026-03-01T00:00Z"}]
)
def test_a_seat_that_is_freed_in_a_class_that_is_over_goes_to_nobody(school, end):
    entries = queue(school)
    SchoolClass.objects.filter(pk=school.school_class.pk).update(**end)
    Enrollment.objects.filter(pk=school.enrollment.pk).update(status="dropped")
    assert (enrolled(school), states(entries)) == ([], ["waiting", "waiting"])


def test_suspended_people_are_passed_over(school):
    entries = queue(school)
    User.objects.filter(pk=entries[0].student_id).update(status="suspended")
    school.enrollment.delete()
    assert states(entries) == ["waiting", "enrolled"]


def test_a_refused_change_leaves_the_queue_as_it_was(school):
    entries = queue(school)
    with transaction.atomic():
        school.enrollment.delete()
        assert states(entries) == ["enrolled", "waiting"]
        transaction.set_rollback(True)
    assert enrolled(school) == ["Student"]
    assert states(entries) == ["waiting", "waiting"]


def test_nobody_waits_twice_or_for_a_seat_they_have(school):
    entry = queue(school, 1)[0]
    again = {"school_class": school.school_class, "student_id": entry.student_id}
    assert refusal(lambda: WaitlistEntry.objects.create(**again)) == "idx_waitlist_waiting"
    taken = {"school_class": school.school_class, "student": school.student}
    assert refusal(lambda: WaitlistEntry.objects.create(**taken)) == "waitlist_already_enrolled"


def test_a_place_is_not_handed_on_nor_moved_up(school):
    entry = queue(school, 1)[0]
    own = WaitlistEntry.objects.filter(pk=entry.pk)
    kept = "waitlist_entries_keep_place"
    assert refusal(lambda: own.update(student=school.other_student)) == kept
    assert refusal(lambda: own.update(queued_at="2020-01-01T00:00Z")) == kept
    own.update(status="withdrawn")
    assert refusal(lambda: own.update(status="waiting")) == kept
    assert own.get().decided_at is not None


def test_the_time_in_the_queue_is_not_the_clients(school):
    first = queue(school, 1)[0]
    early = WaitlistEntry.objects.create(
        school_class=school.school_class,
        student=school.other_student,
        queued_at="2020-01-01T00:00Z",
    )
    assert list(WaitlistEntry.objects.waiting()) == [first, early]


def test_everybody_sees_their_own_place_only(school, cast):
    entries = queue(school)
    place = "SELECT app.waitlist_place(%s)"

    def place_seen_by(person):
        with tenant_context(school.tenant, person), connection.cursor() as cursor:
            cursor.execute(place, [entries[1].pk])
            return cursor.fetchone()[0]

    assert place_seen_by(school.admin) == 2
    assert place_seen_by(school.teacher) == 2
    assert place_seen_by(entries[1].student) == 2
    assert place_seen_by(entries[0].student) is None
    assert place_seen_by(school.outsider) is None
    assert place_seen_by(school.guardian) is None
    with tenant_context(cast.b.tenant, cast.b.admin), connection.cursor() as cursor:
        cursor.execute(place, [entries[1].pk])
        assert cursor.fetchone()[0] is None


# Races ------------------------------------------------------------------------------------------


def freeing(enrollment):
    return lambda db: db.execute(
        "UPDATE enrollments SET status = 'dropped', completion_date = enrollment_date"
        " WHERE id = %s",
        [enrollment],
    )


def joining(committed, class_id, student):
    return lambda db: db.execute(
        "INSERT INTO waitlist_entries (tenant_id, class_id, student_id) VALUES (%s, %s, %s)",
        [committed.tenant, class_id, student],
    )


def taking(committed, class_id, student):
    return lambda db: db.execute(
        "INSERT INTO enrollments (tenant_id, class_id, student_id) VALUES (%s, %s, %s)",
        [committed.tenant, class_id, student],
    )


def test_twenty_threads_free_and_take_seats(committed):
    """Ten of ten seats are given up while five join the queue and five try to slip in.

    Eight have waited before. No seat is lost or given twice, and the queue keeps its order.
    """
    students = committed.students(28)
    made = committed.school_class(capacity=10)
    seats = [
        committed.new("enrollments", class_id=made, student_id=student) for student in students[:10]
    ]
    for student in students[10:18]:
        committed.new("waitlist_entries", class_id=made, student_id=student)
    results = committed.race(
        *map(freeing, seats),
        *(joining(committed, made, student) for student in students[18:23]),
        *(taking(committed, made, student) for student in students[23:28]),
    )
    errors = [result for result in results if isinstance(result, psycopg.Error)]
    assert {error.diag.constraint_name for error in errors} <= {"class_is_full"}
    active = committed.db.execute(
        "SELECT student_id FROM enrollments WHERE class_id = %s AND status = 'active'", [made]
    ).fetchall()
    assert len(active) == len(set(active)) == 10
    assert committed.fetch_one("SELECT enrolled_count FROM classes WHERE id = %s", made) == 10
    rows = committed.db.execute(
        "SELECT status, student_id FROM waitlist_entries WHERE class_id = %s"
        " ORDER BY queued_at, id",
        [made],
    ).fetchall()
    assert len(rows) == 13
    got = [student for status, student in rows if status == "enrolled"]
    # Who got a seat stood before everybody who still waits, and everybody enrolled is one of them
    # or slipped into a seat when nobody was waiting.
    assert [status for status, _ in rows] == ["enrolled"] * len(got) + ["waiting"] * (13 - len(got))
    assert [student for _, student in rows[:8]] == students[10:18]
    slipped = len(active) - len(got)
    assert slipped == 5 - len(errors)
    assert {student for (student,) in active} >= set(got)
