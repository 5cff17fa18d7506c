"""Sessions are made from the weekly slots: once, not on closed days, and only what nobody touched
is taken back."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connections

from academics.models import Attendance, ClassSession, ClosedDay, Schedule, SchoolClass
from academics.services import timetable
from core import hosts
from core.rls import tenant_context

pytestmark = pytest.mark.database
# Mondays: 2, 9, 16, 23 and 30 March, 6 April (Easter of the cast is closed from the 3rd to it).
SPAN = {"first": date(2026, 3, 1), "last": date(2026, 4, 6)}
MONDAYS = [date(2026, 3, day) for day in (2, 9, 16, 23, 30)]


@pytest.fixture
def school(cast):
    """School A in its admin's context; its teacher's class meets on Mondays at 10."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def dates(school_class, **conditions):
    rows = ClassSession.objects.filter(
        school_class=school_class, session_date__range=(SPAN["first"], SPAN["last"]), **conditions
    )
    return list(rows.order_by("session_date", "start_time").values_list("session_date", flat=True))


def test_each_lesson_becomes_a_session_once_and_closed_days_none(school):
    assert timetable.generate(**SPAN) == timetable.Done(new=5, taken_back=0)
    assert dates(school.school_class, generated=True) == MONDAYS
    assert timetable.generate(**SPAN, take_back=True) == timetable.Done(new=0, taken_back=0)


def test_the_preview_counts_the_same_and_changes_nothing(school):
    ClassSession.objects.create(
        school_class=school.school_class,
        session_date=MONDAYS[0],
        start_time=time(10, 30),
        end_time=time(11, 30),
        status="cancelled",
    )
    plan = timetable.preview(**SPAN)
    assert plan.classes == [
        timetable.ClassCount(school.school_class.pk, "Own Class", "C1", 4, 1, 0, 1)
    ]
    assert plan.holidays == [timetable.Holiday("Easter", date(2026, 4, 3), date(2026, 4, 6), 1)]
    assert dates(school.school_class) == MONDAYS[:1]
    assert timetable.generate(**SPAN) == timetable.Done(new=4, taken_back=0)
    assert not timetable.preview(**SPAN).new


@pytest.mark.parametrize(
    ("table", "values", "expected"),
    [
        (Schedule, {"valid_from": MONDAYS[1], "valid_to": MONDAYS[3]}, MONDAYS[1:4]),
        (SchoolClass, {"start_date": MONDAYS[2]}, MONDAYS[2:]),
        (SchoolClass, {"end_date": MONDAYS[1]}, MONDAYS[:2]),
        (SchoolClass, {"status": "completed"}, []),
        (SchoolClass, {"deleted_at": "2026-01-01T00:00Z"}, []),
    ],
)
def test_dates_of_slot_and_class_are_kept(school, table, values, expected):
    table.objects.filter(pk__in=[school.schedule.pk, school.school_class.pk]).update(**values)
    timetable.generate(**SPAN)
    assert dates(school.school_class) == expected


def test_only_the_classes_asked_for(school):
    Schedule.objects.create(
        school_class=school.other_class, weekday=2, start_time="10:00", end_time="11:00"
    )
    assert timetable.generate(**SPAN, classes=[school.other_class.pk]).new == 5
    assert dates(school.school_class) == []


def test_take_back_deletes_what_no_slot_explains_and_nobody_touched(school):
    timetable.generate(**SPAN)
    made = {row.session_date: row for row in ClassSession.objects.filter(generated=True)}
    Attendance.objects.create(
        class_session=made[MONDAYS[0]], student=school.student, status="present"
    )
    ClassSession.objects.filter(pk=made[MONDAYS[1]].pk).update(topic="Fractions")
    ClassSession.objects.filter(pk=made[MONDAYS[2]].pk).update(status="cancelled")
    by_hand = ClassSession.objects.create(
        school_class=school.school_class,
        session_date=MONDAYS[3],
        start_time=time(15),
        end_time=time(16),
    )
    Schedule.objects.filter(pk=school.schedule.pk).update(weekday=3)
    span = SPAN | {"take_back": True}
    plan = timetable.preview(**span)
    assert (plan.new, plan.taken_back) == (5, 2)
    assert timetable.generate(**span) == timetable.Done(new=5, taken_back=2)
    kept = ClassSession.objects.filter(session_date__in=MONDAYS)
    assert {row.pk for row in kept} == {made[day].pk for day in MONDAYS[:3]} | {by_hand.pk}


def test_take_back_empties_a_day_that_was_closed_later(school):
    timetable.generate(**SPAN)
    ClosedDay.objects.create(name="Storm", start_date=MONDAYS[0], end_date=MONDAYS[0])
    assert timetable.generate(**SPAN) == timetable.Done(new=0, taken_back=0)
    assert timetable.generate(**SPAN, take_back=True) == timetable.Done(new=0, taken_back=1)
    assert dates(school.school_class) == MONDAYS[1:]


def test_a_shorter_lesson_takes_the_place_of_the_longer(school):
    timetable.generate(**SPAN)
    Schedule.objects.filter(pk=school.schedule.pk).update(end_time=time(10, 45))
    assert timetable.generate(**SPAN) == timetable.Done(new=0, taken_back=0)
    assert timetable.generate(**SPAN, take_back=True) == timetable.Done(new=5, taken_back=5)
    assert dates(school.school_class, end_time=time(10, 45)) == MONDAYS


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (date(2026, 2, 28), "The last day is before the first day."),
        (date(2027, 4, 5), "At most 400 days at a time; choose a shorter span."),
    ],
)
def test_a_span_that_cannot_be(school, last, sentence):
    with pytest.raises(ValidationError) as error:
        timetable.generate(first=SPAN["first"], last=last)
    assert error.value.message_dict == {"last": [sentence]}


def test_statements_do_not_grow(school, django_assert_num_queries):
    timetable.preview(**SPAN)  # the context is sent with the first query
    with django_assert_num_queries(6):  # savepoint, lock, lock, delete, insert, release
        timetable.generate(**SPAN, take_back=True)
    for number in range(3):
        school_class = SchoolClass.objects.create(name=f"C{number}", start_date=SPAN["first"])
        Schedule.objects.create(
            school_class=school_class, weekday=4, start_time="8:00", end_time="9:00"
        )
    with django_assert_num_queries(6):
        assert timetable.generate(**SPAN, take_back=True).new == 15
    with django_assert_num_queries(2):
        timetable.preview(**SPAN)


def test_another_schools_timetable_is_not_touched(cast, school):
    timetable.generate(**SPAN)
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert ClassSession.objects.filter(generated=True).count() == 0


def generate_at(tenant):
    with tenant_context(tenant, role="admin"):
        return timetable.generate(**SPAN).new


def at_once(count, task):
    """Run the task in so many threads with connections of their own; return the results."""
    barrier = threading.Barrier(count)

    def run(_number):
        barrier.wait(timeout=30)
        try:
            return task()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_two_at_once_make_no_doubles(committed, django_db_blocker):
    for number in range(5):
        class_id = committed.school_class(name=f"Class {number}", teacher_id=None)
        committed.new(
            "schedules", class_id=class_id, weekday=1, start_time="10:00", end_time="11:00"
        )
    with django_db_blocker.unblock():
        tenant = hosts.find(f"{committed.subdomain}.localhost")
        results = at_once(2, lambda: generate_at(tenant))
    assert sorted(results) == [0, 30]
    assert committed.fetch_one("SELECT count(*) FROM class_sessions") == 30


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_command(cast):
    def run(*options, school="school-a"):
        out = io.StringIO()
        span = ["--from", "2026-03-01", "--to", "2026-04-06"]
        call_command("generate_sessions", "--school", school, *span, *options, stdout=out)
        return out.getvalue()

    assert run("--dry-run").splitlines() == [
        "Own Class: 5 new, 0 there already, 0 to take back, 1 on closed days",
        "Easter: closed from 2026-04-03 to 2026-04-06",
        "Nothing was done: 5 new, 0 to take back.",
    ]
    assert run() == "5 sessions made, 0 taken back.\n"
    assert run("--take-back") == "0 sessions made, 0 taken back.\n"
    with pytest.raises(CommandError, match="There is no school “nowhere”."):
        run(school="nowhere")
