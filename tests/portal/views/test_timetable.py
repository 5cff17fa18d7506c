"""A student's own week, and that of a guardian's child."""

import pytest
from django.urls import reverse

from academics.models import ClassSession, Schedule
from core.rls import tenant_context

pytestmark = pytest.mark.django_db
WEEK = {"week": "2026-W06"}


def lessons(response):
    assert response.status_code == 200
    return [
        (lesson.school_class.name, lesson.teacher, lesson.room)
        for lesson in response.context["week"].lessons
    ]


def test_a_student_sees_the_own_week_with_the_teachers_name(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.student)
    response = client.get(reverse("my_timetable"), WEEK)
    assert lessons(response) == [("Own Class", "Teacher", "12")]
    assert "/admin/" not in response.content.decode()


def test_a_guardian_sees_the_childs(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.guardian)
    child = reverse("child_timetable", args=[cast.a.student.pk])
    assert lessons(client.get(child, WEEK)) == [("Own Class", "Teacher", "12")]
    for other in (cast.a.other_student, cast.b.student):
        assert client.get(reverse("child_timetable", args=[other.pk])).status_code == 404


def test_staff_and_strangers_are_sent_elsewhere(client, cast, sign_in):
    address = reverse("my_timetable")
    client.defaults["HTTP_HOST"] = cast.a.host
    assert client.get(address).url == f"/login/?next={address}"
    sign_in(client, cast.a, cast.a.teacher)
    assert client.get(address).url == reverse("admin:index")


def test_queries_do_not_grow(client, cast, sign_in, django_assert_num_queries):
    sign_in(client, cast.a, cast.a.student)
    address = reverse("my_timetable")
    client.get(address, WEEK)
    with django_assert_num_queries(11):
        client.get(address, WEEK)
    with tenant_context(cast.a.tenant, cast.a.admin):
        for hour in range(12, 16):
            at = {"school_class": cast.a.school_class, "start_time": f"{hour}:00"}
            Schedule.objects.create(weekday=2, end_time=f"{hour}:45", **at)
            ClassSession.objects.create(session_date="2026-02-04", end_time=f"{hour}:45", **at)
    with django_assert_num_queries(11):
        assert len(lessons(client.get(address, WEEK))) == 9
