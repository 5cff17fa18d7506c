"""Attendance once a day: who takes which register, what is saved, and where it shows."""

import re
from datetime import date, time, timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from academics.models import DailyAttendance
from academics.selectors import attendance_day, call_list, daily_register
from core.defaults import today
from core.models import Homeroom, Tenant, User
from core.rls import tenant_context
from tests.factories import academics, core
from tests.pages import shown

FIELD = re.compile(r'name="opened-([0-9a-f-]+)" value="([^"]*)"')
DAY = date(2026, 2, 2)


@pytest.fixture
def school(cast):
    """School A, which takes attendance once a day."""
    take(cast.a, "daily")
    with as_admin(cast.a):
        DailyAttendance.objects.all().delete()
    return cast.a


@pytest.fixture
def teacher(school, client, sign_in):
    return sign_in(client, school, school.teacher)


def as_admin(school):
    return tenant_context(school.tenant, school.admin)


def take(school, way):
    with as_admin(school):
        school.tenant.settings |= {"attendance_taken": way}
        Tenant.objects.filter(pk=school.tenant.pk).update(settings=school.tenant.settings)


def url(group, day=DAY, name="daily_register"):
    return f"{reverse(f'admin:{name}', args=[group.pk])}?day={day}"


def form(page, marks):
    """Return what the browser would send: the page's rows with these marks."""
    opened = FIELD.findall(page.content.decode())
    data = {f"opened-{key}": unescape(value) for key, value in opened}
    return data | {f"status-{student.pk}": mark for student, mark in marks.items()}


def recorded(school, day=DAY):
    with as_admin(school):
        rows = DailyAttendance.objects.filter(day=day).select_related("student", "recorded_by")
        return {row.student.name: (row.status, row.recorded_by.name) for row in rows}


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- who may ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "homeroom", "year"),
    [
        ("admin", 200, 200),
        ("registrar", 200, 200),
        ("bursar", 403, 403),
        ("teacher", 200, 403),
        ("outsider", 404, 403),
        ("student", 302, 302),
    ],
)
def test_the_registers_by_role(cast, school, client, sign_in, role, homeroom, year):
    sign_in(client, school, getattr(school, role))
    assert client.get(url(school.homeroom)).status_code == homeroom
    assert client.get(url(school.year_group, name="year_register")).status_code == year
    if homeroom == 200:
        assert client.get(url(cast.b.homeroom)).status_code == 404


def test_a_stranger_saves_nothing(school, client, sign_in):
    sign_in(client, school, school.outsider)
    data = {f"opened-{school.student.pk}": "", f"status-{school.student.pk}": "absent"}
    assert client.post(url(school.homeroom), data).status_code == 404
    # Nor by the register of their own homeroom.
    client.post(url(school.other_homeroom), data)
    assert recorded(school) == {}


# --- taking it ----------------------------------------------------------------------------------
def test_who_is_in_the_group_is_offered_as_present_or_excused(school, teacher):
    with as_admin(school):
        people = {
            name: core.user(name=name, email=f"{n}@a.example", homeroom=school.homeroom, **fields)
            for n, (name, fields) in enumerate(
                {
                    "Ill": {},
                    "Left": {"status": User.Status.ARCHIVED},
                    "Left, marked": {"status": User.Status.ARCHIVED},
                }.items()
            )
        }
        academics.absence(student=people["Ill"], starts_on=DAY, ends_on=DAY, status="approved")
        academics.daily_attendance(student=people["Left, marked"], day=DAY - timedelta(1))
    page = teacher.get(url(school.homeroom))
    rows = {row.line.name: (row.status, row.state, row.away) for row in page.context["rows"]}
    assert rows == {
        school.student.name: ("present", "offered", ""),
        "Ill": ("excused", "offered", "Ill (office)"),
    }
    page = teacher.get(url(school.homeroom, DAY - timedelta(1)))
    assert "Left, marked" in [row.line.name for row in page.context["rows"]]


def test_marks_are_saved_and_said_to_be(school, teacher):
    page = teacher.get(url(school.homeroom))
    answer = teacher.post(url(school.homeroom), form(page, {school.student: "late"}))
    assert answer["Location"] == url(school.homeroom)
    assert messages_of(answer) == ["1 mark saved."]
    assert recorded(school) == {school.student.name: ("late", school.teacher.name)}
    page = teacher.get(url(school.homeroom, DAY + timedelta(1)))
    assert page.context["rows"][0].history[0] == "2 Feb Late"
    assert page.context["rows"][0].line.rate == 100


def test_what_the_office_changed_meanwhile_is_not_overwritten(school, teacher):
    opened = form(teacher.get(url(school.homeroom)), {school.student: "present"})
    with as_admin(school):
        academics.daily_attendance(student=school.student, day=DAY, status="absent")
    answer = teacher.post(url(school.homeroom), opened)
    assert answer.status_code == 409
    [row] = answer.context["rows"]
    assert (row.status, row.line.status, row.line.recorder) == (
        "present", "absent", school.admin.name
    )  # fmt: skip
    assert recorded(school)[school.student.name][0] == "absent"


def test_days_without_a_register_say_so(school, teacher):
    tomorrow = today() + timedelta(1)
    for day, sentence in [
        (tomorrow, "This day is still to come"),
        (school.closed_day.start_date, "The school is closed on this day"),
    ]:
        page = teacher.get(url(school.homeroom, day))
        assert sentence in page.content.decode()
        answer = teacher.post(url(school.homeroom, day), {})
        assert messages_of(answer)[0].startswith(sentence)
    take(school, "classes")
    page = teacher.get(url(school.homeroom))
    assert "takes attendance in its classes" in page.content.decode()
    assert "is not a date" in teacher.get(url(school.homeroom, "soon")).content.decode()


def test_the_queries_do_not_grow_with_the_group(school, django_assert_num_queries):
    for number in range(2):
        with tenant_context(school.tenant, school.teacher):
            group = daily_register.group_for(school.teacher, Homeroom, school.homeroom.pk)
            with django_assert_num_queries(2):
                assert len(daily_register.roster(group, DAY)) == 1 + 3 * number
                daily_register.history(group, DAY)
        with as_admin(school):
            for each in range(3):
                email = f"s{number}{each}@a.example"
                core.user(name=f"S{each}", email=email, homeroom=school.homeroom)


# --- the day ------------------------------------------------------------------------------------
def test_the_day_lists_the_registers_that_one_takes(school, client, sign_in):
    day = today()
    with as_admin(school):
        academics.daily_attendance(student=school.other_student, day=day, status="absent")
        core.user(name="Alone", email="alone@a.example", year_group=school.year_group)
    groups = {}
    for who in ("admin", "teacher"):
        page = sign_in(client, school, getattr(school, who)).get(reverse("admin:attendance_day"))
        groups[who] = [(row.name, row.state == "taken") for row in page.context["registers"]]
    own = (school.homeroom.name, False)
    other = (school.other_homeroom.name, True)
    alone = (f"{school.year_group.name}, in no homeroom", False)
    assert groups == {"admin": [own, alone, other], "teacher": [own]}


def test_lessons_are_no_missing_registers_where_it_is_taken_once_a_day(school):
    with as_admin(school):
        academics.class_session(
            school_class=school.school_class,
            session_date=DAY,
            start_time=time(12),
            end_time=time(13),
        )
    for way, state in [("daily", "daily"), ("both", "missing")]:
        take(school, way)
        with as_admin(school):
            assert state in [meeting.state for meeting in attendance_day.meetings(DAY)]


def test_who_is_absent_is_listed_once(school):
    """By the day's register and by a lesson's, among the absentees and for the calls."""
    with as_admin(school):
        session = academics.class_session(
            school_class=school.school_class,
            session_date=DAY,
            start_time=time(12),
            end_time=time(13),
        )
        academics.attendance(class_session=session, student=school.student, status="absent")
        academics.daily_attendance(student=school.student, day=DAY, status="excused")
        [row] = attendance_day.absentees(DAY)
        assert (row.day_mark.status, len(row.missed), row.is_excused) == ("excused", 1, False)
        [call] = call_list.missing_on(DAY)
        assert (call.is_day_missed, len(call.lessons)) == (False, 1)
        DailyAttendance.objects.update(status="absent")
        [call] = call_list.missing_on(DAY)
        assert (call.is_day_missed, len(call.lessons)) == (True, 1)
        academics.absence(student=school.student, starts_on=DAY, ends_on=DAY, status="reported")
        assert call_list.missing_on(DAY) == []


# --- where it shows -----------------------------------------------------------------------------
@pytest.fixture
def absent_today(school):
    with as_admin(school):
        for day in (today(), DAY):
            academics.daily_attendance(student=school.student, day=day, status="absent")
    return school


def test_the_profile_and_the_family_show_it(absent_today, client, sign_in):
    school = absent_today
    sign_in(client, school, school.admin)
    profile = reverse("admin:student_profile", args=[school.student.pk])
    page = client.get(f"{profile}?term={school.term.pk}&day={DAY}")
    assert "The day: <strong>Absent</strong>" in shown(page)
    with as_admin(school):
        academics.absence(
            student=school.student, starts_on=today(), ends_on=today(), status="reported"
        )
    page = client.get(reverse("admin:family", args=[school.student.pk]))
    [child] = page.context["children"]
    assert (child.marks, len(child.absences)) == (["Absent"], 1)
    assert "Enter an absence of" in page.content.decode()


def test_students_and_guardians_see_their_own(absent_today, client, sign_in):
    school = absent_today
    sign_in(client, school, school.student)
    page = client.get(reverse("my_attendance"), {"term": school.term.pk})
    assert [mark.day for mark in page.context["missed_days"]] == [DAY]
    sign_in(client, school, school.guardian)
    page = client.get("/", follow=True)  # to the only child
    assert [mark.day for mark in page.context["missed_days"]] == [today()]
    with as_admin(school):
        core.student_guardian(student=school.other_student, guardian=school.guardian_record)
    assert "Absent</span> – the day" in shown(client.get("/"))
