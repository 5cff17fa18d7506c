"""A query that is composed once answers as if it were composed for each."""

from datetime import date

import pytest
from django.db.models import F, OuterRef, Subquery

from academics.models import ClassSession, Enrollment, SchoolClass
from core.composed import composed
from core.models import Tenant, User
from core.rls import NoTenantContext, tenant_context


@composed
def named_since(role, first, last):
    joined = Enrollment.objects.filter(student=OuterRef("pk")).order_by("id")
    return (
        User.objects.filter(role=role, created_at__date__range=(first, last))
        .annotate(enrollment=Subquery(joined.values("pk")[:1]), shown=F("name"))
        .order_by("sort_name", "id")
        .values_list("pk", "shown", "preferences", "enrollment", named=True)
    )


@composed
def sessions_of(student_id):
    return (
        ClassSession.objects.filter(school_class__enrollments__student=student_id)
        .order_by("session_date", "start_time", "id")
        .select_related("school_class")
    )


@composed
def prefetched(class_id):
    return SchoolClass.objects.filter(pk=class_id).prefetch_related("enrollments")


@composed
def settings_of(tenant_id):
    return Tenant.objects.filter(pk=tenant_id).values("pk", "settings")


DAYS = date(2000, 1, 1), date(2999, 1, 1)


def test_each_school_gets_its_own_rows(cast):
    for school in (cast.a, cast.b):
        with tenant_context(school.tenant, school.admin):
            rows = named_since("student", *DAYS)
            students = User.objects.students().order_by("sort_name", "id")
            assert [(row.pk, row.shown) for row in rows] == [(s.pk, s.name) for s in students]
            assert rows[0].enrollment == Enrollment.objects.filter(student=rows[0].pk).first().pk


def test_each_person_gets_their_own_rows(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert len(sessions_of(cast.a.student.pk)) == 1
    with tenant_context(cast.a.tenant, cast.a.student):
        [row] = sessions_of(cast.a.student.pk)
        assert row.school_class.name == cast.a.school_class.name
    with tenant_context(cast.b.tenant, cast.b.student):
        assert sessions_of(cast.a.student.pk) == []


def test_values_are_converted_as_the_model_does(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        [row] = settings_of(cast.a.tenant.pk)
        assert row["settings"] == Tenant.objects.get(pk=cast.a.tenant.pk).settings


def test_related_rows_come_along(cast, django_assert_num_queries):
    with tenant_context(cast.a.tenant, cast.a.admin):
        [row] = sessions_of(cast.a.student.pk)
        with django_assert_num_queries(0):
            assert (row.school_class.name, row._state.adding) == (cast.a.school_class.name, False)
        [classes] = prefetched(cast.a.school_class.pk)
        with django_assert_num_queries(0):
            assert {e.student_id for e in classes.enrollments.all()} >= {cast.a.student.pk}


def test_it_is_composed_once(cast):
    calls = []

    @composed
    def named(role):
        calls.append(role.name)
        return User.objects.filter(role=role).values_list("pk", flat=True)

    with tenant_context(cast.a.tenant, cast.a.admin):
        assert named("student") != named(role="teacher")
    assert calls == ["role"]


def test_nothing_is_asked_outside_a_context(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert sessions_of(cast.a.student.pk)
    with pytest.raises(NoTenantContext):
        sessions_of(cast.a.student.pk)


def test_a_missing_value_is_refused(cast):
    with tenant_context(cast.a.tenant, cast.a.admin), pytest.raises(TypeError):
        sessions_of()


@composed
def person(pk):
    return User.objects.filter(pk=pk)


def test_each_role_reads_the_columns_that_it_may(cast):
    read = {}
    for name in ("teacher", "admin", "guardian", "student"):
        with tenant_context(cast.a.tenant, getattr(cast.a, name)):
            [row] = person(cast.a.student.pk)
            read[name] = row.metadata
    assert read == {"teacher": None, "admin": {}, "guardian": None, "student": None}
