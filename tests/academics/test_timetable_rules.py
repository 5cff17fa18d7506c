"""Nobody teaches and no room is used twice at the same time, however the slots come about."""

from datetime import date, time

import psycopg
import pytest
from django.db import IntegrityError, transaction

from academics.models import ClassSession, Schedule, SchoolClass
from core.constraints import explain
from core.rls import tenant_context

pytestmark = pytest.mark.database
ROOM = "The room is taken at that time: Own Class (C1), Monday 10:00–11:00."
TEACHER = "The teacher has another lesson at that time: Own Class (C1), Monday 10:00–11:00."


@pytest.fixture
def school(cast):
    """School A in its admin's context; its teacher's class meets on Mondays at 10 in room 12."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def slot(school_class, **values):
    at = {"weekday": 1, "start_time": time(10, 30), "end_time": time(11, 30)}
    return Schedule.objects.create(school_class=school_class, **at | values)


def refused(change):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        change()
    refusal = explain(error.value)
    return refusal.field, refusal.message


@pytest.mark.parametrize("room", ["12", " 12 "])
def test_a_room_is_taken(school, room):
    assert refused(lambda: slot(school.other_class, room=room)) == ("room", ROOM)


@pytest.mark.parametrize(
    "values",
    [
        {"weekday": 2},
        {"start_time": time(11)},
        {"start_time": time(9), "end_time": time(10)},
        {"room": "13"},
        {"room": None},
        {"valid_to": date(2026, 1, 4)},  # before the first class begins
    ],
)
def test_a_room_is_free_otherwise(school, values):
    slot(school.other_class, **{"room": "12"} | values)
    assert Schedule.objects.count() == 2


def test_a_teacher_teaches_one_class_at_a_time(school):
    second = SchoolClass.objects.create(
        name="Second", teacher=school.teacher, start_date=date(2026, 1, 5)
    )
    assert refused(lambda: slot(second)) == ("start_time", TEACHER)
    slot(second, start_time=time(11), end_time=time(12))


def test_slots_of_different_weeks_do_not_clash(school):
    Schedule.objects.filter(pk=school.schedule.pk).update(valid_to=date(2026, 3, 1))
    slot(school.other_class, room="12", valid_from=date(2026, 3, 2))
    with pytest.raises(IntegrityError), transaction.atomic():
        Schedule.objects.filter(pk=school.schedule.pk).update(valid_to=date(2026, 3, 2))


def test_a_class_that_changes_takes_its_slots_along(school):
    slot(school.other_class, room="13")
    classes = SchoolClass.objects.filter(pk=school.other_class.pk)
    assert refused(lambda: classes.update(teacher=school.teacher)) == ("start_time", TEACHER)
    classes.update(status="cancelled", teacher=school.teacher)
    assert refused(lambda: classes.update(status="active")) == ("start_time", TEACHER)
    classes.update(status="active", start_date=date(2026, 7, 1), teacher=school.outsider)
    SchoolClass.objects.filter(pk=school.school_class.pk).update(end_date=date(2026, 6, 30))
    classes.update(teacher=school.teacher)


def test_a_deleted_class_frees_its_room_and_comes_back_only_into_a_free_one(school):
    school.school_class.delete()
    slot(school.other_class, room="12")
    deleted = SchoolClass.all_objects.filter(pk=school.school_class.pk)
    assert refused(deleted.restore)[0] == "room"


def test_other_schools_rooms_are_other_rooms(cast):
    with tenant_context(cast.b.tenant, cast.b.admin):
        Schedule.objects.all().delete()
    with tenant_context(cast.a.tenant, cast.a.admin):
        slot(cast.a.other_class, room="14")
    with tenant_context(cast.b.tenant, cast.b.admin):
        slot(cast.b.other_class, room="14")
        assert [schedule.room for schedule in Schedule.objects.all()] == ["14"]


def test_a_generated_session_that_is_moved_is_no_longer_the_timetables(school):
    session = ClassSession.objects.create(
        school_class=school.school_class,
        session_date=date(2026, 2, 9),
        start_time=time(10),
        end_time=time(11),
        generated=True,
    )
    ClassSession.objects.filter(pk=session.pk).update(topic="Fractions")
    session.refresh_from_db()
    assert session.generated
    ClassSession.objects.filter(pk=session.pk).update(session_date=date(2026, 2, 10))
    session.refresh_from_db()
    assert not session.generated


INSERT = (
    "INSERT INTO schedules (tenant_id, class_id, weekday, start_time, end_time, room)"
    " VALUES (%s, %s, 1, '10:00', '11:00', 'Lab')"
)


def test_two_at_once_cannot_take_the_same_room(committed):
    classes = [committed.school_class(name=name, teacher_id=None) for name in ("One", "Two")]

    def book(class_id):
        return lambda connection: connection.execute(INSERT, [committed.tenant, class_id]).rowcount

    results = committed.race(*map(book, classes))
    winner = results.index(1)
    refusal = explain(results[1 - winner])
    assert (refusal.field, refusal.message) == (
        "room",
        f"The room is taken at that time: {('One', 'Two')[winner]}, Monday 10:00–11:00.",
    )
    assert committed.fetch_one("SELECT count(*) FROM schedules") == 1


def test_the_constraint_stands_behind_the_trigger(committed):
    """A transaction that looks at an older moment does not see the other slot."""
    classes = [committed.school_class(name=name, teacher_id=None) for name in ("One", "Two")]
    with committed.connect() as late:
        late.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert late.execute("SELECT count(*) FROM schedules").fetchone()[0] == 0
        committed.db.execute(INSERT, [committed.tenant, classes[0]])
        with pytest.raises(psycopg.errors.ExclusionViolation) as error:
            late.execute(INSERT, [committed.tenant, classes[1]])
        late.rollback()
    assert explain(error.value).message == "The room is taken at that time."
