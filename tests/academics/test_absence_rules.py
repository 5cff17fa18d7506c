"""What PostgreSQL makes of absences: who decided, what overlaps, which marks they excuse."""

from datetime import date, time

import pytest
from django.db import connection

from academics.models import Absence, AbsenceCall, Attendance, Enrollment
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
        yield cast.a


def absent(**fields):
    given = {"starts_on": DAY, "ends_on": DAY, "status": "approved"}
    return academics.absence(**(given | fields))


def mark(school, status="absent", session=None):
    return academics.attendance(
        class_session=session or school.session, student=school.student, status=status
    )


def now(row):
    row.refresh_from_db()
    return row.status, row.absence_id


# --- marks --------------------------------------------------------------------------------------
def test_an_approved_absence_excuses_the_marks_of_its_days(school):
    tomorrow = academics.class_session(school_class=school.school_class, session_date=NEXT)
    covered, outside = mark(school), mark(school, session=tomorrow)
    absence = absent(student=school.student)
    assert now(covered) == ("excused", absence.pk)
    assert now(outside) == ("absent", None)
    Absence.objects.filter(pk=absence.pk).update(ends_on=NEXT)
    assert now(outside) == ("excused", absence.pk)
    Absence.objects.filter(pk=absence.pk).update(starts_on=NEXT)
    assert now(covered) == ("absent", None)


@pytest.mark.parametrize("ending", ["declined", "reported", "deleted"])
def test_the_marks_go_back_when_it_ends(school, ending):
    row = mark(school)
    absence = absent(student=school.student)
    assert now(row)[0] == "excused"
    if ending == "deleted":
        Absence.objects.filter(pk=absence.pk).delete()
    else:
        Absence.objects.filter(pk=absence.pk).update(status=ending)
    assert now(row) == ("absent", None)


def test_a_mark_that_was_changed_by_hand_stays(school):
    row = mark(school)
    absence = absent(student=school.student)
    with tenant_context(school.tenant, school.teacher):
        Attendance.objects.filter(pk=row.pk).update(status="present")
    Absence.objects.filter(pk=absence.pk).update(status="declined")
    assert now(row) == ("present", None)


def test_a_mark_put_back_to_absent_by_hand_is_not_excused_again(school):
    row = mark(school)
    absence = absent(student=school.student)
    Attendance.objects.filter(pk=row.pk).update(status="absent")
    Absence.objects.filter(pk=absence.pk).update(ends_on=NEXT, note="longer")
    assert now(row) == ("absent", None)


def test_a_note_does_not_untie_a_mark(school):
    row = mark(school)
    absence = absent(student=school.student)
    Attendance.objects.filter(pk=row.pk).update(notes="sent homework")
    assert now(row) == ("excused", absence.pk)


def test_only_marks_that_say_absent_change(school):
    row = mark(school, "late")
    absent(student=school.student)
    assert now(row) == ("late", None)


def test_an_undecided_absence_changes_nothing(school):
    row = mark(school)
    absent(student=school.student, status="reported")
    assert now(row) == ("absent", None)


@pytest.mark.parametrize(
    ("begins", "ends", "status"),
    [
        (None, time(10), "absent"),  # the lesson begins at ten
        (None, time(10, 1), "excused"),
        (time(10), None, "excused"),
        (time(10, 1), None, "absent"),
        (time(9), time(12), "excused"),
    ],
)
def test_a_part_of_a_day_excuses_the_lessons_that_begin_in_it(school, begins, ends, status):
    row = mark(school)
    absent(student=school.student, starts_at=begins, ends_at=ends)
    assert now(row)[0] == status


def test_a_teacher_who_saves_the_offered_mark_ties_it(school):
    absence = absent(student=school.student)
    with tenant_context(school.tenant, school.teacher):
        row = mark(school, "excused")
        other = mark_of_other_day(school)
    assert (now(row), now(other)) == (("excused", absence.pk), ("excused", None))
    absence.delete()
    assert (now(row), now(other)) == (("absent", None), ("excused", None))


def mark_of_other_day(school):
    session = academics.class_session(school_class=school.school_class, session_date=NEXT)
    return mark(school, "excused", session)


def test_nobody_ties_a_mark_to_another_absence(school):
    absence = absent(student=school.other_student)
    row = mark(school, "excused")
    Attendance.objects.filter(pk=row.pk).update(absence=absence)
    assert now(row) == ("excused", None)


def test_the_attendance_rate_follows(school):
    mark(school)
    place = Enrollment.objects.filter(pk=school.enrollment.pk)
    assert place.get().attendance_rate == 0
    absence = absent(student=school.student)
    assert place.get().attendance_rate is None
    absence.delete()
    assert place.get().attendance_rate == 0


# --- the row ------------------------------------------------------------------------------------
def test_approved_absences_of_a_student_share_no_moment(school):
    absent(student=school.student, ends_on=NEXT)
    with refused_by("absences_overlap"):
        absent(student=school.student, starts_on=NEXT, ends_on=NEXT)
    absent(student=school.other_student, starts_on=NEXT, ends_on=NEXT)
    reported = absent(student=school.student, status="reported")
    with refused_by("absences_overlap"):
        Absence.objects.filter(pk=reported.pk).update(status="approved")


def test_two_appointments_on_one_day_are_two_absences(school):
    absent(student=school.student, ends_at=time(9))
    absent(student=school.student, starts_at=time(14))
    with refused_by("absences_overlap"):
        absent(student=school.student, starts_at=time(8, 59), ends_at=time(10))


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("check_absence_dates", {"ends_on": date(2026, 2, 1)}),
        ("check_absence_length", {"ends_on": date(2027, 2, 4)}),
        ("check_absence_times", {"ends_on": NEXT, "starts_at": time(9)}),
        ("check_absence_times", {"starts_at": time(9), "ends_at": time(9)}),
        ("check_absence_reason", {"reason": ""}),
        ("check_absence_status", {"status": "lost"}),
        ("check_absence_file", {"filename": "letter.pdf"}),
    ],
)
def test_wrong_absences_are_refused(school, rule, fields):
    with refused_by(rule):
        absent(student=school.student, **fields)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("check_absence_file_name", {"stored_name": "attachments/x"}),
        ("check_absence_file_type", {"content_type": "text/html"}),
        ("check_absence_size", {"size": 0}),
    ],
)
def test_wrong_files_are_refused(school, rule, fields):
    file = {"stored_name": "absences/a", "filename": "a", "content_type": "image/png", "size": 1}
    with refused_by(rule):
        absent(student=school.student, **(file | fields))
    assert absent(student=school.student, **file).pk


def test_who_reported_and_who_decided_is_whoever_asks(school):
    with tenant_context(school.tenant, school.guardian):
        row = absent(student=school.student, status="reported", reported_by=school.other_guardian)
    assert (row_of(row).reported_by, row_of(row).source) == (school.guardian, "guardian")
    assert (row_of(row).decided_by, row_of(row).decided_at) == (None, None)
    Absence.objects.filter(pk=row.pk).update(
        status="approved", decided_by=school.teacher, reported_by=school.teacher, source="office"
    )
    now = row_of(row)
    assert (now.decided_by, now.decided_at is not None) == (school.admin, True)
    assert (now.reported_by, now.source) == (school.guardian, "guardian")
    Absence.objects.filter(pk=row.pk).update(status="reported")
    assert (row_of(row).decided_by, row_of(row).decided_at) == (None, None)


def row_of(row):
    return Absence.objects.select_related("reported_by", "decided_by").get(pk=row.pk)


def test_a_guardian_neither_approves_nor_speaks_for_others(school):
    with tenant_context(school.tenant, school.guardian):
        with refused_by("policy"):
            absent(student=school.student)
        with refused_by("policy"):
            absent(student=school.other_student, status="reported")
        own = absent(student=school.student, status="reported")
    with tenant_context(school.tenant, school.admin):
        Absence.objects.filter(pk=own.pk).update(status="approved")
    with tenant_context(school.tenant, school.guardian):
        Absence.objects.filter(pk=own.pk).delete()
        assert Absence.objects.filter(pk=own.pk).exists()


@pytest.mark.parametrize("column", ["note", "stored_name", "filename"])
def test_a_teacher_reads_the_absence_without_note_and_file(school, column):
    absent(student=school.student, note="private")
    with tenant_context(school.tenant, school.teacher), connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM absences WHERE status = 'approved'")
        assert cursor.fetchall() == [("Ill",)]
        with refused_by("privilege"):
            cursor.execute(f"SELECT {column} FROM absences")


def test_calls_bear_who_called(school):
    call = AbsenceCall.objects.create(
        student=school.student, day=DAY, outcome="no_answer", recorded_by=school.teacher
    )
    call.refresh_from_db()
    assert call.recorded_by_id == school.admin.pk
    with refused_by("check_absence_call_outcome"):
        AbsenceCall.objects.create(student=school.student, day=DAY, outcome="lost")


# --- codes and minutes --------------------------------------------------------------------------
def use_codes(school, codes):
    Tenant.objects.filter(pk=school.tenant.pk).update(
        settings=school.tenant.settings | {"attendance_codes": codes}
    )


def test_a_mark_has_a_code_of_the_school_for_its_status(school):
    use_codes(school, [["M", "Medical", "excused"]])
    row = mark(school, "excused")
    rows = Attendance.objects.filter(pk=row.pk)
    rows.update(code="M")
    with refused_by("attendance_code_of_school"):
        rows.update(code="U")
    with refused_by("attendance_code_of_school"):
        rows.update(status="absent")
    use_codes(school, [])
    rows.update(notes="it keeps the code that was given up")
    assert rows.get().code == "M"


@pytest.mark.parametrize(
    "codes",
    ["M", [["M", "Medical"]], [["M", "Medical", "ill"]], [["", "x", "late"]],
     [["M", "a", "late"], ["m", "b", "late"]]],
)  # fmt: skip
def test_wrong_codes_are_refused(school, codes):
    with refused_by("check_attendance_codes"):
        use_codes(school, codes)


@pytest.mark.parametrize(("status", "minutes"), [("present", 5), ("late", 0), ("late", 601)])
def test_minutes_stand_beside_late_alone(school, status, minutes):
    row = mark(school, "late")
    Attendance.objects.filter(pk=row.pk).update(minutes_late=5)
    with refused_by("check_attendance_minutes"):
        Attendance.objects.filter(pk=row.pk).update(status=status, minutes_late=minutes)
