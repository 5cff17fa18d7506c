"""The database's own day is the school's: in the views, the policies and the triggers.

Its clock cannot be stopped. Between these two zones lie more than 24 hours, so that at any moment
at least one of them has another date than UTC. now() is one moment for a whole test.
"""

from datetime import time, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from academics.models import (
    Assignment,
    Attendance,
    ClassSession,
    Enrollment,
    SchoolClass,
    Submission,
    WaitlistEntry,
)
from academics.services import assignments
from academics.services import enrollment as desk
from core.models import Tenant
from core.rls import tenant_context
from reporting import catalog
from reporting.catalog.paging import fetch

pytestmark = pytest.mark.database

DAY = timedelta(days=1)
SUMMARY = catalog.get("attendance_summary_v1")


@pytest.fixture(params=["Etc/GMT-14", "Etc/GMT+12"], ids=["east", "west"])
def school(request, cast):
    """School A, at one end of the calendar."""
    with office(cast.a):
        cast.a.tenant.settings = {"timezone": request.param}
        Tenant.objects.filter(pk=cast.a.tenant.pk).update(settings=cast.a.tenant.settings)
    return cast.a


@pytest.fixture
def now(school):
    """The moment at the school, without a zone, as PostgreSQL's now() has it."""
    with office(school), connection.cursor() as cursor:
        cursor.execute("select now() at time zone %s", [school.tenant.settings["timezone"]])
        return cursor.fetchone()[0]


def office(school):
    return tenant_context(school.tenant, school.admin)


def refused(act):
    """Return the name of the rule that refuses what act() does; None when it is done."""
    try:
        with transaction.atomic():
            act()
    except DatabaseError as error:
        return error.__cause__.diag.constraint_name or error.__cause__.sqlstate
    return None


def rows(report, school, **asked):
    report = catalog.get(report)
    with office(school):
        return fetch(report, report.parse({"period": "all"} | asked)).rows


# --- attendance -----------------------------------------------------------------------------------


def test_attendance_is_of_days_up_to_the_schools_today(school, now):
    def mark(day):
        session = ClassSession.objects.create(
            school_class=school.school_class,
            session_date=day, start_time=time(0), end_time=time(0, 1),
        )  # fmt: skip
        Attendance.objects.create(class_session=session, student=school.student, status="late")

    with office(school):
        assert refused(lambda: mark(now.date())) is None
        assert refused(lambda: mark(now.date() + DAY)) == "attendance_session_future"


def test_an_attended_session_is_not_moved_past_the_schools_today(school, now):
    def move(day):
        ClassSession.objects.filter(pk=school.session.pk).update(session_date=day)

    with office(school):
        assert refused(lambda: move(now.date() + DAY)) == "class_session_attended"
        assert refused(lambda: move(now.date())) is None


def test_a_register_is_missing_from_the_minute_its_session_began(school, now):
    with office(school):
        for name, start in [("begun", now), ("to begin", now + timedelta(microseconds=1))]:
            school_class = SchoolClass.objects.create(name=name, start_date=now.date() - DAY)
            Enrollment.objects.create(
                school_class=school_class, student=school.student, enrollment_date=now.date() - DAY
            )
            ClassSession.objects.create(
                school_class=school_class,
                session_date=now.date(), start_time=start.time(), end_time=time.max,
            )  # fmt: skip
    missing = rows("missing_registers_v1", school)
    assert [(row[0], row[3], row[-1]) for row in missing] == [(now.date(), "begun", 0)]


def test_a_tenth_missed_is_chronic_and_less_is_not(school, now):
    """One of ten sessions; one of eleven."""
    with office(school):
        Attendance.objects.all().delete()
        for place, count in ((school.enrollment, 10), (school.other_enrollment, 11)):
            for number in range(count):
                session = ClassSession.objects.create(
                    school_class_id=place.school_class_id,
                    session_date=now.date() - number * DAY,
                    start_time=time(0),
                    end_time=time(0, 1),
                )
                status = "present" if number else "excused"
                Attendance.objects.create(
                    class_session=session, student_id=place.student_id, status=status
                )
    rates = {row[0]: (str(row[-2]), row[-1]) for row in rows(SUMMARY.id, school)}
    assert rates == {"Student": ("10.00", True), "Other_Student": ("9.09", False)}


# --- what closes by itself ------------------------------------------------------------------------


def closing(school, day):
    """Return an assignment that closes after a day."""
    with office(school):
        return Assignment.objects.create(
            school_class=school.school_class, title="Closing", type="homework", max_score=20,
            assigned_date=day - DAY, due_date=day, closes_automatically=True,
        )  # fmt: skip


@pytest.mark.parametrize(("days", "taken"), [(-1, False), (0, True), (1, True)])
def test_what_closes_by_itself_takes_work_to_the_end_of_its_due_day(school, now, days, taken):
    assignment = closing(school, now.date() + days * DAY)

    def hand_in():
        Submission.objects.create(assignment=assignment, student=school.student)

    with tenant_context(school.tenant, school.student):
        assert (refused(hand_in) is None) == taken


@pytest.mark.parametrize(("days", "number"), [(-1, 1), (0, 0), (1, 0)])
def test_the_nightly_job_closes_it_the_day_after(school, now, days, number):
    closing(school, now.date() + days * DAY)
    assert assignments.close_due() == number


# --- places ---------------------------------------------------------------------------------------


def test_who_moves_up_is_enrolled_on_the_schools_day(school, now):
    with office(school):
        SchoolClass.objects.filter(pk=school.school_class.pk).update(capacity=1)
        WaitlistEntry.objects.create(school_class=school.school_class, student=school.other_student)
        desk.drop(enrollment=school.enrollment)
        new = Enrollment.objects.active().get(school_class=school.school_class)
    assert (new.student_id, new.enrollment_date) == (school.other_student.pk, now.date())


def test_who_was_dropped_without_a_day_left_on_the_schools(school, now):
    with office(school):
        Enrollment.objects.filter(pk=school.enrollment.pk).update(status="dropped")
    events = rows("enrollment_changes_v1", school, event="dropped")
    assert [row[0] for row in events] == [now.date()]
