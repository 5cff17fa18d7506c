"""Teachers see who changed a grade or mark of theirs, from what to what; of their classes only."""

import pytest
from django.db import connection
from django.urls import reverse

from academics.models import Attendance, Grade
from core.models import AuditLog
from core.rls import tenant_context
from tests.core.admin.test_refusals import url
from tests.refusals import refused_by

pytestmark = pytest.mark.django_db


def page_of(name, school):
    row = school.school_class if name == "gradebook_changes" else school.session
    return reverse(f"admin:{name}", args=[row.pk])


def change(school):
    """Let the office change a grade and a mark of the teacher's class, and the colleague's."""
    with tenant_context(school.tenant, school.admin):
        Grade.objects.filter(pk=school.grade.pk).update(score=3)
        Grade.objects.filter(pk=school.other_grade.pk).update(score=4)
        Attendance.objects.filter(pk=school.attendance.pk).update(status="absent")
        Attendance.objects.filter(pk=school.other_attendance.pk).update(status="late")


def entries_of(response):
    return [
        (e.student, e.work, e.who, e.title, [(c.label, c.before, c.after) for c in e.changes])
        for e in response.context["entries"]
        if not e.log.action.endswith("_created")
    ]


SCORE = ("Student", "essay", "Admin", "Grade changed", [("Score", "17.00", "3.00")])
STATUS = ("Student", None, "Admin", "Attendance record changed", [("Status", "Present", "Absent")])


@pytest.mark.parametrize("who", ["admin", "teacher"])
@pytest.mark.parametrize(
    ("name", "expected"), [("gradebook_changes", SCORE), ("register_changes", STATUS)]
)
def test_who_changed_it_from_what_to_what(client, cast, sign_in, who, name, expected):
    change(cast.a)
    sign_in(client, cast.a, getattr(cast.a, who))
    assert entries_of(client.get(page_of(name, cast.a))) == [expected]


@pytest.mark.parametrize("name", ["gradebook_changes", "register_changes"])
@pytest.mark.parametrize(
    ("who", "status"), [("outsider", 404), ("student", 302), ("guardian", 302)]
)
def test_nobody_else_reads_it(client, cast, sign_in, name, who, status):
    sign_in(client, cast.a, getattr(cast.a, who))
    assert client.get(page_of(name, cast.a)).status_code == status


@pytest.mark.parametrize("name", ["gradebook_changes", "register_changes"])
def test_another_schools_page_is_not_there(client, cast, sign_in, name):
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(page_of(name, cast.b)).status_code == 404


def count(sql, key):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {sql}", [key])
        return cursor.fetchone()[0]


GRADES, MARKS = "app.grade_changes(%s, 99)", "app.attendance_changes(%s, 99)"


@pytest.mark.parametrize(
    ("who", "own", "others"),
    [
        ("admin", True, True),
        ("teacher", True, False),
        ("outsider", False, True),
    ],
)
def test_the_database_answers_of_own_classes_only(cast, who, own, others):
    change(cast.a)
    school = cast.a
    with tenant_context(school.tenant, getattr(school, who)):
        counts = [
            count(GRADES, school.school_class.pk) > 0,
            count(GRADES, school.other_class.pk) > 0,
            count(MARKS, school.session.pk) > 0,
            count(MARKS, school.other_session.pk) > 0,
        ]
        assert counts == [own, others, own, others]
        assert (count(GRADES, cast.b.school_class.pk), count(MARKS, cast.b.session.pk)) == (0, 0)
        if who != "admin":
            with refused_by("privilege"):
                AuditLog.objects.count()


@pytest.mark.parametrize("who", ["student", "guardian"])
def test_the_database_answers_no_student_or_guardian(cast, who):
    with tenant_context(cast.a.tenant, getattr(cast.a, who)):
        for sql, row in ((GRADES, cast.a.school_class), (MARKS, cast.a.session)):
            with refused_by("privilege"):
                count(sql, row.pk)


def test_deleted_rows_are_still_listed(client, cast, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Grade.objects.filter(pk=cast.a.grade.pk).delete()
        Attendance.objects.filter(pk=cast.a.attendance.pk).delete()
    sign_in(client, cast.a, cast.a.teacher)
    [grade] = entries_of(client.get(page_of("gradebook_changes", cast.a)))
    assert grade[:4] == ("Student", "essay", "Admin", "Grade deleted")
    assert ("Score", "17.00", None) in grade[4]
    [mark] = entries_of(client.get(page_of("register_changes", cast.a)))
    assert mark == (
        "Student",
        None,
        "Admin",
        "Attendance record deleted",
        [("Status", "Present", None)],
    )


def test_the_pages_lead_there(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    book = client.get(reverse("admin:gradebook", args=[cast.a.school_class.pk]))
    assert page_of("gradebook_changes", cast.a) in book.content.decode()
    register = client.get(reverse("admin:register", args=[cast.a.session.pk]))
    assert page_of("register_changes", cast.a) in register.content.decode()


@pytest.mark.parametrize("name", ["grade", "attendance"])
def test_the_history_of_one_is_the_teachers_to_read(client, cast, sign_in, name):
    change(cast.a)
    sign_in(client, cast.a, cast.a.teacher)
    row = getattr(cast.a, name)
    response = client.get(url(type(row), "history", row))
    assert [e.who for e in response.context["trail"] if e.log.action.endswith("_updated")] == [
        "Admin"
    ]
    assert "have a change history" not in response.content.decode()
