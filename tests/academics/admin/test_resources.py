"""Classes, enrollments and attendance from and to files."""

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from academics.models import Attendance, ClassSession, Enrollment, SchoolClass
from core.models import User
from core.rls import tenant_context
from tests.factories.files import body, complaints, confirm, preview, signed_in, totals

CLASS = ["Class code", "Name", "Capacity", "Teacher e-mail", "First day", "Last day", "Status"]
ENROLLMENT = ["Student e-mail", "Class code", "Enrolled on", "Status"]
ATTENDANCE = ["Class code", "Date", "From", "Student e-mail", "Status", "Notes"]


@pytest.fixture
def client(cast):
    return signed_in(cast.a, cast.a.admin)


@pytest.fixture
def teacher(cast):
    return signed_in(cast.a, cast.a.teacher)


def as_admin(cast):
    return tenant_context(cast.a.tenant, cast.a.admin)


def student(cast, email="second@school-a.example", **fields):
    with as_admin(cast):
        return User.objects.create(email=email, name="Second", role="student", **fields)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
@pytest.mark.parametrize(("model", "count"), [(SchoolClass, 2), (Enrollment, 2), (Attendance, 2)])
def test_an_export_can_be_imported_and_changes_nothing(cast, client, model, count, file_format):
    with as_admin(cast):
        SchoolClass.objects.update(description='=HYPERLINK("x")', end_date=date(2026, 12, 24))
        Attendance.objects.update(notes="-late bus\nagain")
    url = reverse(f"admin:academics_{model._meta.model_name}_export")
    exported = body(client.post(url, {"file_format": file_format}))
    page = preview(client, model, exported, f"list.{file_format}")
    assert complaints(page) == []
    assert totals(page)["unchanged"] == count
    assert sum(totals(page).values()) == count
    confirm(client, model, page)


# --- classes ------------------------------------------------------------------------------------


def test_classes_are_added_and_changed(cast, client):
    page = preview(
        client,
        SchoolClass,
        [
            CLASS,
            ["c1", "Own Class", "25", cast.a.teacher.email, "2026-01-05", "", "active"],
            ["BIO-1", "Biology", "", "", "2026-02-01", "2026-07-01", ""],
        ],
    )
    assert totals(page)["changed"] == 1
    confirm(client, SchoolClass, page)
    with as_admin(cast):
        assert SchoolClass.objects.get(pk=cast.a.school_class.pk).capacity == 25
        new = SchoolClass.objects.get(code="BIO-1")
        assert (new.capacity, new.status, new.teacher) == (20, "active", None)


def test_wrong_classes_are_named(cast, client):
    full = "The capacity must be above zero and not below the number enrolled."
    student(cast)
    with as_admin(cast):
        SchoolClass.objects.create(name="Twin", code="TWIN", start_date=date(2026, 1, 1))
        SchoolClass.objects.create(name="Twin", code="twin", start_date=date(2026, 1, 1))
    page = preview(
        client,
        SchoolClass,
        [
            CLASS,
            ["N1", "No day", "", "", "", "", ""],
            ["N2", "Bad end", "", "", "2026-02-01", "2026-01-01", ""],
            ["N3", "Bad teacher", "", "nobody@a.example", "2026-02-01", "", ""],
            ["N4", "Not teacher", "", cast.a.student.email, "2026-02-01", "", ""],
            ["N5", "Bad number", "many", "", "2026-02-01", "", ""],
            ["TWIN", "Which", "", "", "2026-02-01", "", ""],
            ["N6", "Zero", "0", "", "2026-02-01", "", ""],
            ["", "No code", "", "", "2026-02-01", "", ""],
        ],
    )
    assert complaints(page) == [
        (2, "First day", "A new row needs “First day”."),
        (3, "Last day", "The last day is before the first day."),
        (4, "Teacher e-mail", "Nobody you can see has the e-mail address “nobody@a.example”."),
        (5, "Teacher e-mail", "Student is not a teacher."),
        (6, "Capacity", "“many” is not a whole number."),
        (7, "Class code", "2 classes have the code “TWIN”; give each its own first."),
        (8, "Capacity", full),
        (9, "Class code", "This is required."),
    ]


# --- enrollments --------------------------------------------------------------------------------


def test_students_are_enrolled_and_counted(cast, client):
    added = student(cast)
    page = preview(client, Enrollment, [ENROLLMENT, [added.email, "C1", "2026-02-01", ""]])
    confirm(client, Enrollment, page)
    with as_admin(cast):
        enrollment = Enrollment.objects.get(student=added)
        assert (enrollment.status, enrollment.enrollment_date) == ("active", date(2026, 2, 1))
        assert SchoolClass.objects.get(pk=cast.a.school_class.pk).enrolled_count == 2


def test_a_full_class_speaks_in_the_preview(cast, client):
    with as_admin(cast):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(capacity=2)
    people = [student(cast, f"s{i}@a.example") for i in range(3)]
    page = preview(client, Enrollment, [ENROLLMENT, *([p.email, "C1", "", ""] for p in people)])
    assert complaints(page) == [
        (3, "Class code", "The class is full."),
        (4, "Class code", "The class is full."),
    ]
    with as_admin(cast):
        assert Enrollment.objects.count() == 2


def test_one_leaves_and_another_comes_in_one_file(cast, client):
    with as_admin(cast):
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(capacity=1)
    added = student(cast)
    rows = [[cast.a.student.email, "C1", "", "dropped"], [added.email, "C1", "", "active"]]
    page = preview(client, Enrollment, [ENROLLMENT, *rows])
    assert complaints(page) == []
    confirm(client, Enrollment, page)
    with as_admin(cast):
        assert Enrollment.objects.get(student=added).status == "active"


def test_who_left_and_came_back_keeps_both_rows(cast, client):
    with as_admin(cast):
        Enrollment.objects.filter(pk=cast.a.enrollment.pk).update(status="dropped")
        Enrollment.objects.create(
            student=cast.a.student,
            school_class=cast.a.school_class,
            enrollment_date=date(2026, 3, 1),
        )
    exported = body(
        client.post(reverse("admin:academics_enrollment_export"), {"file_format": "csv"})
    )
    page = preview(client, Enrollment, exported)
    assert totals(page)["unchanged"] == 3


def test_wrong_enrollments_are_named(cast, client):
    page = preview(
        client,
        Enrollment,
        [
            ENROLLMENT,
            ["nobody@a.example", "NONE-1", "soon", "maybe"],
            [cast.a.teacher.email, "C1", "", ""],
            [cast.b.student.email, "C1", "", ""],
        ],
    )
    assert [(row, label) for row, label, _s in complaints(page)] == [
        (2, "Student e-mail"),
        (2, "Class code"),
        (2, "Enrolled on"),
        (2, "Status"),
        (3, "Student e-mail"),
        (4, "Student e-mail"),
    ]


# --- attendance ---------------------------------------------------------------------------------


def test_attendance_is_changed_and_added(cast, client):
    added = student(cast)
    with as_admin(cast):
        Enrollment.objects.create(
            student=added, school_class=cast.a.school_class, enrollment_date=date(2026, 2, 2)
        )
    page = preview(
        client,
        Attendance,
        [
            ATTENDANCE,
            ["C1", "2026-02-02", "10:00", cast.a.student.email, "Late", "bus"],
            ["C1", "02.02.2026", "", added.email, "absent", ""],
        ],
    )
    assert complaints(page) == []
    confirm(client, Attendance, page)
    with as_admin(cast):
        changed = Attendance.objects.get(pk=cast.a.attendance.pk)
        assert (changed.status, changed.notes) == ("late", "bus")
        assert changed.recorded_by == cast.a.admin
        assert changed.recorded_at > cast.a.attendance.recorded_at
        new = Attendance.objects.get(student=added)
        assert (new.class_session, new.recorded_by) == (cast.a.session, cast.a.admin)


def test_a_teacher_imports_attendance_of_own_classes_only(cast, teacher):
    page = preview(
        teacher,
        Attendance,
        [
            ATTENDANCE,
            ["C1", "2026-02-02", "10:00", cast.a.student.email, "late", ""],
            ["OTHER_C1", "2026-02-02", "10:00", cast.a.student.email, "late", ""],
        ],
    )
    assert complaints(page) == [
        (3, "Class code", "There is no class with the code “OTHER_C1” that you can see.")
    ]
    page = preview(
        teacher,
        Attendance,
        [ATTENDANCE, ["C1", "2026-02-02", "10:00", cast.a.student.email, "late", ""]],
    )
    confirm(teacher, Attendance, page)
    with as_admin(cast):
        assert Attendance.objects.get(pk=cast.a.attendance.pk).status == "late"
        assert Attendance.objects.get(pk=cast.a.other_attendance.pk).status == "present"


def test_wrong_attendance_is_named(cast, client):
    with as_admin(cast):
        ClassSession.objects.create(
            school_class=cast.a.school_class,
            session_date=date(2026, 2, 2),
            start_time=time(14),
            end_time=time(15),
        )
    mail = cast.a.student.email
    page = preview(
        client,
        Attendance,
        [
            ATTENDANCE,
            ["C1", "2026-02-02", "", mail, "late", ""],
            ["C1", "2026-02-03", "", mail, "late", ""],
            ["C1", "2026-02-02", "11:30", mail, "late", ""],
            ["C1", "2/3/2026", "half", mail, "odd", ""],
            ["C1", "2026-02-02", "10:00", cast.a.other_student.email, "late", ""],
            ["C1", "2026-02-02", "10:00", cast.a.teacher.email, "late", ""],
            ["C1", "2026-02-02", "10:00", mail, "", ""],
        ],
    )
    name = "Own Class (C1)"
    assert complaints(page)[:3] == [
        (2, "From", f"{name} has 2 sessions on 2026-02-02; say which by its start time."),
        (3, "Date", f"{name} has no session on 2026-02-03."),
        (4, "From", f"{name} has no session on 2026-02-02 at 11:30."),
    ]
    assert [(row, label) for row, label, _s in complaints(page)[3:]] == [
        (5, "Date"),
        (5, "From"),
        (5, "Status"),
        (6, "Student e-mail"),
        (7, "Student e-mail"),
        (8, "Status"),
    ]
    with as_admin(cast):
        assert Attendance.objects.count() == 2


def test_who_joined_later_has_no_attendance_before(cast, client):
    with as_admin(cast):
        Enrollment.objects.create(
            student=cast.a.other_student,
            school_class=cast.a.school_class,
            enrollment_date=date(2026, 2, 3),
        )
    row = ["C1", "2026-02-02", "10:00", cast.a.other_student.email, "late", ""]
    sentence = "Other_Student was not enrolled in Own Class (C1) on 2026-02-02."
    page = preview(client, Attendance, [ATTENDANCE, row])
    assert complaints(page) == [(2, "Student e-mail", sentence)]


def test_five_thousand_rows_take_few_queries(cast, client, settings):
    settings.IMPORT_BACKGROUND_ROWS = 5000
    with as_admin(cast):
        school_class = cast.a.school_class
        SchoolClass.objects.filter(pk=school_class.pk).update(capacity=100)
        people = User.objects.bulk_create(
            [User(email=f"p{i}@a.example", name=f"P{i}", role="student") for i in range(50)]
        )
        Enrollment.objects.bulk_create(
            [
                Enrollment(student=p, school_class=school_class, enrollment_date=date(2026, 3, 1))
                for p in people
            ]
        )
        days = [date.fromordinal(date(2026, 3, 1).toordinal() + i) for i in range(100)]
        ClassSession.objects.bulk_create(
            [
                ClassSession(
                    school_class=school_class,
                    session_date=day,
                    start_time=time(9),
                    end_time=time(10),
                )
                for day in days
            ]
        )
    rows = [["C1", str(day), "09:00", p.email, "present", ""] for day in days for p in people]
    with CaptureQueriesContext(connection) as captured:
        page = preview(client, Attendance, [ATTENDANCE, *rows])
    assert totals(page)["new"] == 5000
    assert len(captured) < 130
