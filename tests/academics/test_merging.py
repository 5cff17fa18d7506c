"""Two records of one student are made one, and two again: what moves, what is refused, who may."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from academics.models import (
    Absence,
    Attendance,
    DailyAttendance,
    Enrollment,
    Grade,
    StudentMerge,
    Submission,
)
from academics.selectors import duplicates
from academics.services import merging
from core.models import StudentGuardian, User
from core.rls import tenant_context
from tests.factories import academics, core
from tests.refusals import refused_by

pytestmark = pytest.mark.database

DAY = date(2026, 2, 2)


@pytest.fixture
def school(cast):
    """School A in its admin's context, with a second record of its student."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        cast.a.double = core.user(
            name="Student", email="double@a.example", phone="555", homeroom=cast.a.other_homeroom
        )
        yield cast.a


def rows_of(student):
    """Return {table: ids} of everything that moves."""
    tables = [Enrollment, Attendance, DailyAttendance, Submission, Grade, Absence, StudentGuardian]
    return {model: set(model.objects.filter(student=student).values_list("pk", flat=True))
            for model in tables}  # fmt: skip


def fill(school):
    """Give the second record a class of its own with marks, work, an absence and a guardian."""
    double, school_class = school.double, school.other_class
    academics.enrollment(student=double, school_class=school_class, enrollment_date=DAY)
    session = academics.class_session(
        school_class=school_class, session_date=DAY, start_time=time(8), end_time=time(9)
    )
    academics.attendance(class_session=session, student=double, status="absent")
    academics.absence(student=double, starts_on=DAY, ends_on=DAY, status="approved")
    academics.daily_attendance(student=double, day=DAY, status="late")
    work = academics.submission(student=double, assignment=school.other_assignment)
    academics.grade(submission=work, student=double, assignment=work.assignment, score=12)
    core.student_guardian(student=double, guardian=school.other_guardian_record)


def merge(school, **values):
    return merging.merge(kept=school.student, merged=school.double, values=values)


def test_everything_moves_and_goes_back(school):
    fill(school)
    before = rows_of(school.student), rows_of(school.double)
    excused = Attendance.objects.get(student=school.double)
    assert excused.status == "excused"
    made = merge(school, email="double@a.example", phone="555")
    assert not User.objects.filter(pk=school.double.pk).exists()
    assert rows_of(school.student) == {
        model: before[0][model] | before[1][model] for model in before[0]
    }
    assert not any(rows_of(school.double).values())
    excused.refresh_from_db()
    assert (excused.status, excused.absence.student) == ("excused", school.student)
    school.student.refresh_from_db()
    assert (school.student.email, school.student.phone) == ("double@a.example", "555")
    assert made.merged_by == school.admin
    merging.undo(made)
    assert (rows_of(school.student), rows_of(school.double)) == before
    excused.refresh_from_db()
    assert (excused.status, excused.student) == ("excused", school.double)
    assert User.objects.get(pk=school.student.pk).email == "student@school-a.example"
    with refused_by("merge_undone"):
        merging.undo(made)


def test_what_is_there_for_both_counts_once(school):
    academics.enrollment(
        student=school.double,
        school_class=school.school_class,
        enrollment_date=school.session.session_date,
    )
    academics.attendance(class_session=school.session, student=school.double, status="absent")
    kept = Attendance.objects.get(class_session=school.session, student=school.student)
    seats = school.school_class.__class__.objects.filter(pk=school.school_class.pk)
    taken = seats.get().enrolled_count
    made = merge(school)
    assert seats.get().enrolled_count == taken - 1
    assert Attendance.objects.get(class_session=school.session) == kept
    assert sorted(part["table"] for part in made.removed) == ["attendance", "enrollments"]
    merging.undo(made)
    assert seats.get().enrolled_count == taken
    assert Attendance.objects.get(student=school.double).status == "absent"


def test_what_changed_since_cannot_be_undone(school):
    fill(school)
    made = merge(school, phone="555")
    User.objects.filter(pk=school.student.pk).update(phone="556")
    with pytest.raises(ValidationError, match="was changed since the merge"):
        merging.undo(made)
    User.objects.filter(pk=school.student.pk).update(phone="555")
    DailyAttendance.objects.filter(student=school.student, day=DAY).update(status="absent")
    with refused_by("merge_changed_since"):
        merging.undo(made)


def test_what_nobody_can_decide_is_refused(school):
    money = {"kept": school.double, "merged": school.student, "values": {}}
    with refused_by("merge_moves_money"):
        merging.merge(**money)
    assert "Invoices and payments stay" in merging.preview(**money).refusal
    with refused_by("merge_two_students"):
        merging.merge(kept=school.student, merged=school.teacher, values={})
    with refused_by("merge_two_students"):
        merging.merge(kept=school.student, merged=school.student, values={})
    academics.submission(student=school.double, assignment=school.assignment)
    with refused_by("merge_same_assignment"):
        merge(school)


def test_a_preview_changes_nothing(school):
    fill(school)
    before = rows_of(school.double)
    preview = merging.preview(kept=school.student, merged=school.double, values={"phone": "555"})
    assert dict(preview.moved)["enrollments"] == 1
    assert rows_of(school.double) == before
    assert school.student.phone != "555"
    assert User.objects.filter(pk=school.double.pk).exists()


@pytest.mark.parametrize("role", ["teacher", "student", "guardian", "bursar"])
def test_nobody_else_merges(cast, role):
    pair = [cast.a.student.pk, cast.a.other_student.pk]
    merge = "CALL app.merge_students(gen_random_uuid(), %s, %s)"
    with (
        tenant_context(cast.a.tenant, getattr(cast.a, role)),
        connection.cursor() as cursor,
        refused_by("privilege"),
    ):
        cursor.execute(merge, pair)


def test_another_schools_students_are_none(cast):
    with tenant_context(cast.a.tenant, cast.a.admin), refused_by("merge_two_students"):
        merging.merge(kept=cast.a.student, merged=cast.b.other_student, values={})


def test_likely_pairs(school):
    people = [
        core.user(name=name, email=f"d{n}@a.example", metadata={"birth_date": born} if born else {})
        for n, (name, born) in enumerate(
            [
                ("Sofía Ramírez", "2012-05-03"),
                ("RAMIREZ Sofia", None),
                ("Sofia Ramirez", "2011-01-01"),  # another one: both dates are known
                ("Sofia Ramires", "2012-05-03"),
            ]
        )
    ]
    reasons = {
        frozenset([pair.first.pk, pair.second.pk]): pair.reason
        for pair in duplicates.pairs()
        if {pair.first.pk, pair.second.pk} <= {person.pk for person in people}
    }
    sofia, turned, other, near = (person.pk for person in people)
    assert reasons == {
        frozenset([sofia, turned]): "name",
        frozenset([turned, other]): "name",
        frozenset([sofia, near]): "birth_date",
    }


# --- the pages ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "status"), [("registrar", 200), ("bursar", 403), ("teacher", 403), ("student", 302)]
)
def test_the_pages_by_role(cast, client, sign_in, role, status):
    sign_in(client, cast.a, getattr(cast.a, role))
    pair = [cast.a.student.pk, cast.a.other_student.pk]
    for url in (
        reverse("admin:duplicates"),
        reverse("admin:merge_students", args=pair),
        reverse("admin:merge_undo", args=[cast.a.student_merge.pk]),
    ):
        assert client.get(url).status_code == status
    if status == 200:
        foreign = [cast.a.student.pk, cast.b.student.pk]
        assert client.get(reverse("admin:merge_students", args=foreign)).status_code == 404
        assert client.get(reverse("admin:merge_students", args=pair[:1] * 2)).status_code == 404
        undo = reverse("admin:merge_undo", args=[cast.b.student_merge.pk])
        assert client.get(undo).status_code == 404


def test_a_registrar_merges_and_undoes(cast, client, sign_in):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        double = core.user(name="Double", email="double@a.example", phone="555 01")
        core.student_guardian(student=double, guardian=school.other_guardian_record)
    sign_in(client, school, school.registrar)
    url = reverse("admin:merge_students", args=[school.student.pk, double.pk])
    assert "Double" in client.get(url).content.decode()
    page = client.post(url, {"step": "preview", "pick-email": "merged"})
    assert [count for _name, count in page.context["preview"].moved] == [1]
    answer = client.post(url, {"step": "merge", "pick-email": "merged", "pick-name": "kept"})
    assert answer["Location"] == reverse("admin:student_profile", args=[school.student.pk])
    with tenant_context(school.tenant, school.admin):
        kept = User.objects.get(pk=school.student.pk)
        assert (kept.name, kept.email, kept.phone) == ("Student", "double@a.example", "555 01")
        made = StudentMerge.objects.get(merged=double.pk)
    client.post(reverse("admin:merge_undo", args=[made.pk]))
    with tenant_context(school.tenant, school.admin):
        assert User.objects.get(pk=double.pk).email == "double@a.example"
        made.refresh_from_db()
        assert made.undone_by == school.registrar
    # Who has invoices stays: the other way round is refused, on the page.
    turned = reverse("admin:merge_students", args=[double.pk, school.student.pk])
    assert "they do not move" in client.post(turned, {"step": "merge"}).content.decode()
