"""Attendance is of those who were enrolled in the class on the day of the session."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from academics.models import Attendance, ClassSession, Enrollment
from core.constraints import RULES
from core.models import User
from core.rls import tenant_context
from tests.core.admin.test_refusals import errors, form_data

pytestmark = pytest.mark.database

DAY = date(2026, 2, 2)
SENTENCE = str(RULES["attendance_not_enrolled"][1])


@pytest.fixture
def school(cast):
    """School A in its admin's context; the classes have a session on `DAY`."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        yield cast.a


def day(offset):
    return None if offset is None else DAY + timedelta(days=offset)


def enroll(school, status, first, last):
    """Enroll the other student in the teacher's class; days are counted from `DAY`."""
    return Enrollment.objects.create(
        student=school.other_student,
        school_class=school.school_class,
        status=status,
        enrollment_date=day(first),
        completion_date=day(last),
    )


def mark(school):
    return Attendance.objects.create(
        class_session=school.session, student=school.other_student, status="present"
    )


def refused(do):
    """Return whether the database refuses by this rule."""
    try:
        with transaction.atomic():
            do()
    except IntegrityError as error:
        return error.__cause__.diag.constraint_name == "attendance_not_enrolled"
    return False


PLACES = [
    ("active", 0, None, True),
    ("active", -9, -1, True),  # a date that nobody has acted on
    ("active", 1, None, False),
    ("completed", -9, 0, True),
    ("completed", -9, -1, False),
    ("completed", -9, None, True),
    ("completed", 1, None, False),
    ("dropped", -9, 0, True),
    ("dropped", -9, -1, False),
    ("dropped", -9, None, False),
]


@pytest.mark.parametrize(("status", "first", "last", "allowed"), PLACES)
def test_the_enrollment_is_of_the_day(school, status, first, last, allowed):
    place = enroll(school, status, first, last)
    assert place.includes(DAY) == allowed
    assert refused(lambda: mark(school)) == (not allowed)


def test_who_is_not_in_the_class_has_no_mark(school):
    assert refused(lambda: mark(school))


@pytest.mark.parametrize("who", ["admin", "teacher"])
def test_raw_sql_is_refused_whoever_writes(cast, who):
    with tenant_context(cast.a.tenant, getattr(cast.a, who)), connection.cursor() as cursor:
        assert refused(
            lambda: cursor.execute(
                "INSERT INTO attendance (tenant_id, class_session_id, student_id, status)"
                " VALUES (%s, %s, %s, 'present')",
                [cast.a.tenant.pk, cast.a.session.pk, cast.a.other_student.pk],
            )
        )


def test_one_of_many_refuses_all(school):
    enroll(school, "active", 0, None)
    others = [school.other_student, school.outsider]
    rows = [Attendance(class_session=school.session, student=s, status="late") for s in others]
    assert refused(lambda: Attendance.objects.bulk_create(rows))
    assert Attendance.objects.filter(class_session=school.session).count() == 1


def test_a_mark_moves_to_nobody_else(school):
    own = Attendance.objects.filter(pk=school.attendance.pk)
    assert refused(lambda: own.update(student=school.other_student))
    assert refused(lambda: own.update(class_session=school.other_session))


def test_what_was_recorded_can_be_corrected_after_the_student_left(school):
    Enrollment.objects.filter(pk=school.enrollment.pk).update(
        status="dropped", completion_date=DAY - timedelta(days=1)
    )
    own = Attendance.objects.filter(pk=school.attendance.pk)
    assert not refused(lambda: own.update(status="absent", notes="ill"))
    assert own.get().status == "absent"


def test_many_marks_are_looked_at_by_their_keys(school):
    """Whatever the statistics say, neither table is read from end to end for each mark."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'refuse_unenrolled'")
        [source] = cursor.fetchone()
    assert source.count("offset 0") == 4


@pytest.mark.parametrize("who", ["admin", "teacher"])
def test_the_form_says_so_at_the_student(client, cast, sign_in, who):
    with tenant_context(cast.a.tenant, cast.a.admin):
        session = ClassSession.objects.create(
            school_class=cast.a.school_class,
            session_date=DAY - timedelta(days=60),
            start_time="10:00",
            end_time="11:00",
        )
    sign_in(client, cast.a, getattr(cast.a, who))
    address = reverse("admin:academics_attendance_add")
    data = form_data(client, address) | {
        "class_session": session.pk,
        "student": cast.a.student.pk,
        "status": "present",
    }
    assert errors(client.post(address, data)) == {"student": [SENTENCE]}


def test_the_register_says_so_when_somebody_left_meanwhile(client, cast, sign_in):
    """The mark is sent for who was on the register a moment ago."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        gone = User.objects.create_user("gone@a.example", name="Gone", role="student")
        place = Enrollment.objects.create(
            student=gone, school_class=cast.a.school_class, enrollment_date=DAY
        )
    sign_in(client, cast.a, cast.a.teacher)
    address = reverse("admin:register", args=[cast.a.session.pk])
    page = client.get(address)
    assert [row.line.name for row in page.context["rows"]] == ["Gone", "Student"]
    with tenant_context(cast.a.tenant, cast.a.admin):
        place.delete()
    data = {f"status-{gone.pk}": "present", f"opened-{gone.pk}": ""}
    answer = client.post(address, data, follow=True)
    assert [str(message) for message in answer.context["messages"]][:1] == [
        "1 student is no longer on this register; nothing was saved for them."
    ]
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert Attendance.objects.filter(student=gone).count() == 0


# The session's side: its date --------------------------------------------------------------------


def move(school, day):
    return ClassSession.objects.filter(pk=school.session.pk).update(session_date=day)


def moving_refused(school, day):
    """Return the constraint and the column that refuse the session's move to a day, or None."""
    try:
        with transaction.atomic():
            move(school, day)
    except IntegrityError as error:
        diag = error.__cause__.diag
        return diag.constraint_name, diag.column_name
    return None


@pytest.mark.parametrize(("status", "first", "last", "allowed"), PLACES)
def test_a_session_moves_to_days_on_which_all_who_have_a_mark_were_enrolled(
    school, status, first, last, allowed
):
    Enrollment.objects.filter(pk=school.enrollment.pk).update(enrollment_date=day(-90))
    move(school, day(-30))
    place = enroll(school, "active", -90, None)
    mark(school)
    Enrollment.objects.filter(pk=place.pk).update(
        status=status, enrollment_date=day(first), completion_date=day(last)
    )
    refusal = None if allowed else ("class_session_not_enrolled", "session_date")
    assert moving_refused(school, DAY) == refusal
    assert ClassSession.objects.get(pk=school.session.pk).session_date == (
        DAY if allowed else day(-30)
    )


def test_a_session_without_attendance_moves_anywhere(school):
    Attendance.objects.filter(class_session=school.session).delete()
    assert moving_refused(school, day(-900)) is None


def test_a_session_keeps_a_day_that_was_right_when_attendance_was_taken(school):
    Enrollment.objects.filter(pk=school.enrollment.pk).update(
        status="dropped", completion_date=day(-1)
    )
    own = ClassSession.objects.filter(pk=school.session.pk)
    assert own.update(topic="Fractions", status="completed", session_date=DAY) == 1


@pytest.mark.parametrize("who", ["admin", "teacher"])
def test_the_form_says_so_at_the_date(client, cast, sign_in, who):
    sign_in(client, cast.a, getattr(cast.a, who))
    address = reverse("admin:academics_classsession_change", args=[cast.a.session.pk])
    data = form_data(client, address) | {"session_date": day(-900).isoformat()}
    sentence = str(RULES["class_session_not_enrolled"][1])
    assert errors(client.post(address, data)) == {"session_date": [sentence]}
