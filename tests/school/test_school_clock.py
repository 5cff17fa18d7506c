"""School A is a day ahead of UTC and of school B: every page goes by the school's own clock."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from academics.models import Assignment, Attendance, ClassSession, Grade, Submission
from academics.selectors import attendance_day
from academics.services import enrollment as desk
from core import jobs
from core.defaults import today
from core.models import User
from core.rls import tenant_context
from exchange import exports
from exchange.exports import lists
from finance.models import Invoice
from reporting import catalog
from tests.factories import finance

pytestmark = pytest.mark.usefixtures("after_midnight")

MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)
NOW = datetime(2026, 3, 9, 11, 30, tzinfo=UTC)  # 00:30 on Tuesday at school A


def office(school):
    return tenant_context(school.tenant, school.admin)


@pytest.fixture
def teacher(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.teacher)


@pytest.fixture
def student(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.student)


def lesson(school, start, end, day=TUESDAY):
    with office(school):
        return ClassSession.objects.create(
            school_class=school.school_class, session_date=day, start_time=start, end_time=end
        )


# --- today ----------------------------------------------------------------------------------------


def test_each_school_has_its_own_day(cast):
    days = {}
    for name in ("a", "b", "platform"):
        tenant = getattr(cast, name) if name == "platform" else getattr(cast, name).tenant
        with tenant_context(tenant, role="admin"):
            days[name] = (today(), tenant.today())
    assert days == {
        "a": (TUESDAY, TUESDAY),
        "b": (MONDAY, MONDAY),
        "platform": (MONDAY, MONDAY),
    }


def test_outside_a_school_it_is_utcs(db):
    assert today() == MONDAY


def test_an_invoice_due_on_monday_is_overdue_where_it_is_tuesday(cast):
    counts = {}
    for name, school in (("a", cast.a), ("b", cast.b)):
        with office(school):
            invoice = finance.invoice(student=school.student, due_date=MONDAY)
            rows = Invoice.objects.overdue().filter(pk=invoice.pk)
            counts[name] = rows.count()
    assert counts == {"a": 1, "b": 0}


def test_who_is_enrolled_or_dropped_today_is_so_at_the_school(cast):
    for school, day in ((cast.a, TUESDAY), (cast.b, MONDAY)):
        with office(school):
            desk.enroll(school_class=school.school_class, students=[school.other_student])
            new = school.school_class.enrollments.get(student=school.other_student)
            assert new.enrollment_date == day
            desk.drop(enrollment=school.enrollment)
            school.enrollment.refresh_from_db()
            assert school.enrollment.completion_date == day


def test_periods_begin_with_the_schools_day(cast):
    first_days = {}
    for name, school in (("a", cast.a), ("b", cast.b)):
        with office(school):
            summary = catalog.get("attendance_summary_v1").source({"period": "today"})
            first_days[name] = summary.settings["app.period_from"]
    assert first_days == {"a": "2026-03-10", "b": "2026-03-09"}


# --- moments --------------------------------------------------------------------------------------


def handed_in_now(school):
    with office(school):
        Assignment.objects.filter(pk=school.assignment.pk).update(due_date=MONDAY)
        Grade.objects.filter(assignment=school.assignment).delete()
        Submission.objects.filter(pk=school.submission.pk).update(submitted_at=NOW)


@pytest.mark.parametrize(
    ("name", "day", "late"),
    [("a", "Tuesday, 10 March 2026, 00:30", True), ("b", "Monday, 9 March 2026, 04:30", False)],
)
def test_days_late_are_counted_at_the_school(client, cast, sign_in, name, day, late):
    school = getattr(cast, name)
    handed_in_now(school)
    sign_in(client, school, school.student)
    page = client.get(reverse("my_assignment", args=[school.assignment.pk])).content.decode()
    assert f"Handed in on {day}." in page
    assert ("Handed in 1 day late." in page) == late


def test_a_saved_grade_says_the_schools_time(teacher, cast):
    cell = {"student": str(cast.a.student.pk), "assignment": str(cast.a.assignment.pk)}
    answer = teacher.post(
        reverse("admin:gradebook_cells", args=[cast.a.school_class.pk]),
        {"cells": [cell | {"text": "18", "version": cast.a.grade.updated_at.isoformat()}]},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["time"]) == (200, "00:30")


def test_a_job_runs_at_the_schools_time(cast):
    template = lists.template_id(admin.site.get_model_admin(User))
    filenames = {}
    for name, school in (("a", cast.a), ("b", cast.b)):
        with jobs.job_context(school.tenant.pk, school.admin.pk, "export") as (_tenant, user):
            export = exports.request(kind="list", template_id=template, by=user, file_format="csv")
            filenames[name] = export.filename[-19:]
    assert filenames == {"a": "2026-03-10-0030.csv", "b": "2026-03-09-0430.csv"}


# --- the register ---------------------------------------------------------------------------------


def test_the_day_knows_which_lesson_is_on(cast):
    """Begun at 00:30 sharp: missing; not before."""
    for start, end in [(time(0), time(0, 20)), (time(0, 30), time(1)), (time(0, 31), time(1, 30))]:
        lesson(cast.a, start, end)
    zone = timezone.override(cast.a.tenant.timezone)
    with zone, tenant_context(cast.a.tenant, cast.a.teacher):
        states = [(m.state, m.is_current) for m in attendance_day.meetings(TUESDAY)]
    assert states == [("missing", False), ("missing", True), ("later", False)]


@pytest.mark.parametrize(
    ("start", "day", "expected"),
    [
        (time(0, 30), TUESDAY, False),
        (time(0, 31), TUESDAY, True),
        (time(0, 31), MONDAY, False),
    ],
)
def test_the_register_says_that_it_is_of_later(teacher, cast, start, day, expected):
    session = lesson(cast.a, start, time(2), day)
    with office(cast.a):
        Attendance.objects.filter(class_session=session).delete()
    page = teacher.get(reverse("admin:register", args=[session.pk])).context
    assert page["is_later"] == expected


# --- weeks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("week", ["2026-W54", "nonsense", "0000-W01", "2026-W06-1", ""])
def test_a_week_that_is_none_is_the_schools_own(client, cast, sign_in, after_midnight, week):
    """On Sunday in UTC and at school B it is already Monday at school A."""
    after_midnight.shift(timedelta(days=-1))
    weeks = {}
    for name, school in (("a", cast.a), ("b", cast.b)):
        sign_in(client, school, school.student)
        shown = client.get(reverse("my_timetable"), {"week": week}).context["week"]
        sign_in(client, school, school.admin)
        scope = {"week": week, "school_class": school.school_class.pk}
        same = client.get(reverse("admin:timetable"), scope).context["week"]
        assert same.monday == shown.monday
        weeks[name] = (shown.monday, [day.date for day in shown.days if day.is_today])
    assert weeks == {
        "a": (MONDAY, [MONDAY]),
        "b": (MONDAY - timedelta(days=7), []),  # no lessons: a Sunday is not shown
    }
