"""What PostgreSQL makes of the marks of days: who takes them, and what excuses them."""

from datetime import date, time, timedelta

import pytest
from django.db import connection

from academics.models import Absence, Attendance, DailyAttendance
from core.defaults import today
from core.models import Tenant
from core.rls import tenant_context
from tests.factories import academics
from tests.refusals import refused_by

pytestmark = pytest.mark.database

DAY, NEXT = date(2026, 2, 2), date(2026, 2, 3)


@pytest.fixture
def school(cast):
    """School A in its admin's context, without the marks of the cast."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        Attendance.objects.all().delete()
        DailyAttendance.objects.all().delete()
        yield cast.a


def mark(school, status="absent", day=DAY, **fields):
    given = {"student": school.student, "status": status, "day": day}
    return academics.daily_attendance(**(given | fields))


def absent(school, **fields):
    given = {"student": school.student, "starts_on": DAY, "ends_on": DAY, "status": "approved"}
    return academics.absence(**(given | fields))


def now(row):
    row.refresh_from_db()
    return row.status, row.absence_id


def test_an_approved_absence_excuses_its_days_as_long_as_it_lasts(school):
    covered, outside = mark(school), mark(school, day=NEXT)
    absence = absent(school)
    assert [now(covered), now(outside)] == [("excused", absence.pk), ("absent", None)]
    Absence.objects.filter(pk=absence.pk).update(starts_on=NEXT, ends_on=NEXT)
    assert [now(covered), now(outside)] == [("absent", None), ("excused", absence.pk)]
    Absence.objects.filter(pk=absence.pk).update(status="declined")
    assert now(outside) == ("absent", None)
    Absence.objects.filter(pk=absence.pk).update(status="approved")
    Absence.objects.filter(pk=absence.pk).delete()
    assert now(outside) == ("absent", None)


def test_a_mark_that_was_changed_by_hand_stays(school):
    row = mark(school)
    absence = absent(school)
    with tenant_context(school.tenant, school.teacher):
        DailyAttendance.objects.filter(pk=row.pk).update(status="late", minutes_late=5)
    Absence.objects.filter(pk=absence.pk).update(status="declined")
    assert now(row) == ("late", None)
    assert row.recorded_by == school.teacher


def test_the_offered_mark_is_tied_to_its_absence(school):
    absence = absent(school)
    with tenant_context(school.tenant, school.teacher):
        assert now(mark(school, "excused")) == ("excused", absence.pk)
        assert now(mark(school, "excused", day=NEXT)) == ("excused", None)


@pytest.mark.parametrize(
    ("begins", "ends", "taken_at", "status"),
    [
        (time(13), None, None, "absent"),  # an appointment in the afternoon
        (None, time(11), None, "excused"),
        (None, time(11), "11:30", "absent"),
        (time(11), time(12), "11:30", "excused"),
    ],
)
def test_a_part_of_a_day_excuses_it_at_the_time_of_the_register(
    school, begins, ends, taken_at, status
):
    settings = school.tenant.settings | ({"daily_register_time": taken_at} if taken_at else {})
    Tenant.objects.filter(pk=school.tenant.pk).update(settings=settings)
    row = mark(school)
    absent(school, starts_at=begins, ends_at=ends)
    assert now(row)[0] == status


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"status": "away"}, "check_daily_attendance_status"),
        ({"minutes_late": 5}, "check_daily_attendance_minutes"),
        ({"status": "late", "minutes_late": 601}, "check_daily_attendance_minutes"),
        ({"code": "Z"}, "attendance_code_of_school"),
        ({"day": date(1899, 12, 31)}, "check_daily_attendance_day"),
        ({"day": NEXT}, "idx_daily_attendance_student_day"),
    ],
)
def test_wrong_marks_are_refused(school, fields, rule):
    mark(school, day=NEXT)
    with refused_by(rule):
        mark(school, **fields)


def test_no_mark_is_of_a_day_to_come_or_of_somebody_who_is_no_student(school):
    mark(school, day=today())
    with refused_by("daily_attendance_future"):
        mark(school, day=today() + timedelta(days=1))
    with refused_by("daily_attendance_of_student"):
        mark(school, student=school.teacher)


def test_a_teacher_takes_the_homeroom_that_they_lead_and_reads_whom_they_teach(school):
    theirs = mark(school, student=school.other_student)
    with tenant_context(school.tenant, school.teacher):
        mine = mark(school, recorded_by=school.admin)
        assert mine.recorded_by == school.admin
        mine.refresh_from_db()
        assert mine.recorded_by == school.teacher  # whoever is asking
        with refused_by("policy"):
            mark(school, student=school.other_student, day=NEXT)
        assert DailyAttendance.objects.filter(pk=theirs.pk).update(status="present") == 0
        assert list(DailyAttendance.objects.all()) == [mine]
    # Taught, but not led: read only.
    academics.enrollment(student=school.other_student, school_class=school.school_class)
    with tenant_context(school.tenant, school.teacher):
        assert DailyAttendance.objects.filter(pk=theirs.pk).exists()
        assert DailyAttendance.objects.filter(pk=theirs.pk).update(status="present") == 0


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"attendance_taken": "weekly"}, "check_attendance_taken"),
        ({"daily_register_time": "25:00"}, "check_daily_register_time"),
    ],
)
def test_settings_that_mean_nothing_are_refused(school, wrong, rule):
    kept = school.tenant.settings
    with refused_by(rule):
        Tenant.objects.filter(pk=school.tenant.pk).update(settings=kept | wrong)
    for good in ("classes", "daily", "both"):
        Tenant.objects.filter(pk=school.tenant.pk).update(
            settings=kept | {"attendance_taken": good, "daily_register_time": "07:45"}
        )


def student_days(school):
    with connection.cursor() as cursor:
        cursor.execute(
            "select day, status from view_student_days where student_id = %s order by day",
            [school.student.pk],
        )
        return cursor.fetchall()


def test_no_day_counts_twice(school):
    """The day's mark where there is one, else the lessons together."""
    lessons = [
        academics.class_session(
            school_class=school.school_class, session_date=day, start_time=start, end_time=time(20)
        )
        for day in (DAY, NEXT)
        for start in (time(8), time(12))
    ]
    for lesson, status in zip(lessons, ("absent", "excused", "absent", "late"), strict=True):
        academics.attendance(class_session=lesson, student=school.student, status=status)
    assert student_days(school) == [(DAY, "absent"), (NEXT, "present")]
    mark(school, "present")
    assert student_days(school) == [(DAY, "present"), (NEXT, "present")]
