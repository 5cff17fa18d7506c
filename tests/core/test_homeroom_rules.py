"""Year groups and homerooms: what the database keeps true, whoever writes."""

import psycopg.errors
import pytest
from django.db import DatabaseError, IntegrityError, transaction

from academics.models import Enrollment
from core.models import AuditLog, Guardian, Homeroom, HomeroomTeacher, User, YearGroup
from core.rls import tenant_context
from tests.factories import core

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def school(cast):
    with tenant_context(cast.a.tenant, cast.a.registrar):
        yield cast.a


def groups_of(person):
    return User.objects.values_list("year_group__name", "homeroom__name").get(pk=person.pk)


def change(person, **values):
    User.objects.filter(pk=person.pk).update(**values)
    return groups_of(person)


def test_the_year_group_follows_the_homeroom(school):
    assert groups_of(school.student) == ("Year 7", "7A")
    assert change(school.student, homeroom=school.other_homeroom) == ("Year 8", "8A")


def test_a_new_student_in_a_homeroom_is_in_its_year_group(school):
    student = core.user(role="student", homeroom=school.homeroom)
    assert groups_of(student) == ("Year 7", "7A")


def test_another_year_group_leaves_the_homeroom(school):
    assert change(school.student, year_group=school.other_year_group) == ("Year 8", None)


def test_no_year_group_leaves_the_homeroom(school):
    assert change(school.student, year_group=None) == (None, None)


def test_a_homeroom_takes_its_students_along_to_another_year_group(school):
    Homeroom.objects.filter(pk=school.homeroom.pk).update(year_group=school.other_year_group)
    assert groups_of(school.student) == ("Year 8", "7A")


def test_without_a_homeroom_a_student_can_have_a_year_group(school):
    assert change(school.student, homeroom=None) == ("Year 7", None)


def test_only_students_have_groups(school):
    with pytest.raises(IntegrityError, match="check_user_homeroom"), transaction.atomic():
        change(school.teacher, year_group=school.year_group)
    with pytest.raises(IntegrityError, match="check_user_homeroom"), transaction.atomic():
        change(school.teacher, homeroom=school.homeroom)


def test_who_is_no_student_any_more_has_no_groups(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert change(cast.a.student, role="teacher") == (None, None)


def test_a_group_with_students_stays(school):
    for row in (school.homeroom, school.year_group):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk)._raw_delete("default")


@pytest.mark.parametrize("name", ["7a", "7A"])
def test_a_name_is_taken_in_any_case(school, name):
    with pytest.raises(IntegrityError, match="idx_homerooms_tenant_name"), transaction.atomic():
        core.homeroom(name=name, year_group=school.year_group)


def test_changes_are_in_the_trail(cast):
    with tenant_context(cast.a.tenant, cast.a.registrar):
        change(cast.a.student, homeroom=cast.a.other_homeroom)
    with tenant_context(cast.a.tenant, cast.a.admin):
        log = AuditLog.objects.filter(resource_id=cast.a.student.pk, action="user_updated").latest(
            "timestamp"
        )
    assert log.changes["homeroom_id"]["after"] == str(cast.a.other_homeroom.pk)
    assert log.changes["year_group_id"]["before"] == str(cast.a.year_group.pk)


# --- who sees what, and who writes ---------------------------------------------------------------


def test_a_teacher_sees_the_students_of_the_own_homeroom_and_whom_to_call(cast):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        student = core.user(role="student", homeroom=school.homeroom, email="new@a.example")
        guardian = core.guardian(name="Of the new one")
        core.student_guardian(student=student, guardian=guardian)
        assert not Enrollment.objects.filter(student=student).exists()
    with tenant_context(school.tenant, school.teacher):
        assert User.objects.filter(pk=student.pk).exists()
        assert Guardian.objects.filter(pk=guardian.pk).exists()
    with tenant_context(school.tenant, school.outsider):
        assert not User.objects.filter(pk=student.pk).exists()
        assert not Guardian.objects.filter(pk=guardian.pk).exists()


def test_who_leads_the_homeroom_no_more_sees_them_no_more(cast):
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        student = core.user(role="student", homeroom=school.homeroom, email="new@a.example")
        HomeroomTeacher.objects.filter(teacher=school.teacher).delete()
    with tenant_context(school.tenant, school.teacher):
        assert not User.objects.filter(pk=student.pk).exists()


@pytest.mark.parametrize("who", ["bursar", "teacher", "student", "guardian"])
def test_only_the_office_writes(cast, who):
    school = cast.a
    attacks = [
        lambda: YearGroup.objects.create(name="Mine", position=1),
        lambda: Homeroom.objects.create(name="Mine", year_group=school.year_group),
        lambda: HomeroomTeacher.objects.create(
            homeroom=school.other_homeroom, teacher=school.teacher
        ),
        lambda: User.objects.filter(pk=school.student.pk).update(homeroom=school.other_homeroom),
        lambda: User.objects.filter(pk=school.student.pk).update(year_group=None),
        lambda: Homeroom.objects.filter(pk=school.homeroom.pk).update(name="Mine"),
        lambda: YearGroup.objects.filter(pk=school.year_group.pk).update(position=9),
        lambda: HomeroomTeacher.objects.filter(pk=school.homeroom_teacher.pk)._raw_delete(
            "default"
        ),
    ]
    with tenant_context(school.tenant, getattr(school, who)):
        for attack in attacks:
            with pytest.raises(DatabaseError) as error, transaction.atomic():
                attack()
            assert isinstance(error.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_the_homeroom_of_another_school_is_refused(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        for values in (
            {"homeroom_id": cast.b.homeroom.pk},
            {"year_group_id": cast.b.year_group.pk},
        ):
            with pytest.raises(IntegrityError) as error, transaction.atomic():
                change(cast.a.student, **values)
            assert isinstance(error.value.__cause__, psycopg.errors.ForeignKeyViolation)
        with pytest.raises(IntegrityError), transaction.atomic():
            HomeroomTeacher.objects.create(homeroom=cast.a.homeroom, teacher=cast.b.teacher)


@pytest.mark.parametrize(
    ("who", "rooms"),
    [
        ("student", {"7A"}),
        ("other_student", {"8A"}),
        ("guardian", {"7A"}),
        ("teacher", {"7A", "8A"}),
    ],
)
def test_families_read_their_own_groups_only(cast, who, rooms):
    with tenant_context(cast.a.tenant, getattr(cast.a, who)):
        assert set(Homeroom.objects.values_list("name", flat=True)) == rooms
