"""A subscribed timetable: who gets what, and what an address is worth."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from academics.calendars import addresses
from academics.models import ClassSession, Enrollment, Schedule, SchoolClass
from core.models import CalendarFeed, StudentGuardian, Tenant, User
from core.rls import tenant_context

pytestmark = pytest.mark.django_db
ZONE = "Europe/Berlin"


@pytest.fixture
def school(cast):
    """School A in Berlin, with a session of each class tomorrow, the own one in room 7."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        Tenant.objects.filter(pk=cast.a.tenant.pk).update(settings={"timezone": ZONE})
        cast.a.tenant.settings = {"timezone": ZONE}
        cast.a.tomorrow = cast.a.tenant.today() + timedelta(days=1)
        for school_class in (cast.a.school_class, cast.a.other_class):
            ClassSession.objects.create(
                school_class=school_class,
                session_date=cast.a.tomorrow,
                start_time=time(14),
                end_time=time(15),
                topic="Fractions, part 2; sums",
            )
        Schedule.objects.create(
            school_class=cast.a.school_class,
            weekday=cast.a.tomorrow.isoweekday(),
            start_time=time(14),
            end_time=time(15),
            room="7",
        )
    return cast.a


def address(school, user):
    with tenant_context(school.tenant, user):
        return reverse("calendar_feed", args=[addresses.token(addresses.make(user=user))])


def subscribe(school, user, **headers):
    return Client(headers={"host": school.host}).get(address(school, user), headers=headers)


def events(response):
    assert response.status_code == 200
    return Calendar.from_ical(response.content).walk("VEVENT")


def test_a_session_in_the_schools_time(school):
    response = subscribe(school, school.teacher)
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in response.headers["Cache-Control"]
    calendar = Calendar.from_ical(response.content)
    (event,) = calendar.walk("VEVENT")
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == event["DTSTART"].params["TZID"] == ZONE
    begins = datetime.combine(school.tomorrow, time(14), tzinfo=ZoneInfo(ZONE))
    assert event.decoded("DTSTART") == begins
    assert event.decoded("DTEND") - begins == timedelta(hours=1)
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == ("Own Class (C1)", "7")
    assert event["DESCRIPTION"] == "Fractions, part 2; sums\nTeacher"
    assert event["STATUS"] == "CONFIRMED"


def test_odd_characters_stay_within_their_line(school):
    """Separators, line ends and control characters of a topic begin no line of their own."""
    name, topic = "数学" * 50, 'a\rBEGIN:VALARM\r\nb\x07c;d,e\\n"\u2028f\x85\x0bg'
    with tenant_context(school.tenant, school.admin):
        User.objects.filter(pk=school.teacher.pk).update(name="Teacher,\nT; \x07")
        SchoolClass.objects.filter(pk=school.school_class.pk).update(name=name)
        ClassSession.objects.filter(topic__startswith="Frac").update(topic=topic)
    response = subscribe(school, school.teacher)
    lines = response.content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not {c for c in response.content.decode().replace("\r\n", "") if ord(c) < 32}
    (event,) = events(response)
    assert event["SUMMARY"] == f"{name} (C1)"
    assert "– Teacher\\, T\\;\r\n" in response.content.decode()
    assert not event.subcomponents


@pytest.mark.parametrize(
    ("person", "summaries", "teacher"),
    [
        ("teacher", ["Own Class (C1)"], "Teacher"),
        ("outsider", ["Other Class (OTHER_C1)"], "Outsider"),
        ("student", ["Own Class (C1)"], "Teacher"),
        ("guardian", ["Student: Own Class (C1)"], "Teacher"),
        ("other_guardian", ["Other_Student: Other Class (OTHER_C1)"], "Outsider"),
        ("admin", [], None),
    ],
)
def test_everybody_gets_their_own(school, person, summaries, teacher):
    own_events = events(subscribe(school, getattr(school, person)))
    assert [str(event["SUMMARY"]) for event in own_events] == summaries
    assert all(event["DESCRIPTION"].endswith(f"\n{teacher}") for event in own_events)


def test_two_children_in_one_class_are_two_events(school):
    with tenant_context(school.tenant, school.admin):
        Enrollment.objects.create(
            student=school.other_student,
            school_class=school.school_class,
            enrollment_date=school.tomorrow,
        )
        StudentGuardian.objects.create(
            guardian=school.guardian_record, student=school.other_student, relation="mother"
        )
    child_events = events(subscribe(school, school.guardian))
    assert [str(event["SUMMARY"]) for event in child_events] == [
        "Other_Student: Other Class (OTHER_C1)",
        "Other_Student: Own Class (C1)",
        "Student: Own Class (C1)",
    ]
    assert len({event["UID"] for event in child_events}) == 3


def test_cancelled_keeps_its_uid(school):
    before = events(subscribe(school, school.student))[0]
    with tenant_context(school.tenant, school.admin):
        ClassSession.objects.filter(session_date=school.tomorrow).update(status="cancelled")
    after = events(subscribe(school, school.student))[0]
    assert before["UID"] == after["UID"]
    assert (after["STATUS"], str(after["SUMMARY"])) == ("CANCELLED", "Cancelled: Own Class (C1)")


def test_four_weeks_back_and_26_ahead(school):
    monday = school.tomorrow - timedelta(days=1)
    monday -= timedelta(days=monday.weekday())
    ends = [monday - timedelta(weeks=4), monday + timedelta(weeks=26)]
    with tenant_context(school.tenant, school.admin):
        for day in (*ends, ends[0] - timedelta(days=1), ends[1] + timedelta(days=1)):
            ClassSession.objects.create(
                school_class=school.school_class,
                session_date=day,
                start_time=time(8),
                end_time=time(9),
            )
    own_events = events(subscribe(school, school.teacher))
    days = [event.decoded("DTSTART").date() for event in own_events]
    assert days == [ends[0], school.tomorrow, ends[1]]


def test_an_unchanged_file_is_not_sent_again(school):
    first = subscribe(school, school.teacher)
    again = subscribe(school, school.teacher, if_none_match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    with tenant_context(school.tenant, school.admin):
        ClassSession.objects.filter(session_date=school.tomorrow).update(topic="Sums")
    assert subscribe(school, school.teacher, if_none_match=first.headers["ETag"]).content


def test_no_session_begins_and_somebody_elses_is_not_used(school, client, sign_in):
    assert not subscribe(school, school.student).cookies
    sign_in(client, school, school.admin)
    own_events = events(client.get(address(school, school.student)))
    assert [str(event["SUMMARY"]) for event in own_events] == ["Own Class (C1)"]
    assert client.get(reverse("admin:index")).context["user"] == school.admin


def test_addresses_that_lead_nowhere(school, cast):
    good = address(school, school.student)
    with tenant_context(school.tenant, school.student):
        feed = CalendarFeed.objects.get()
    client = Client(headers={"host": school.host})
    for wrong in (
        good.replace(feed.pk.hex, "0" * 32),
        good.replace(".ics", "x.ics"),
        f"/calendar/{feed.pk.hex}.ics",
        f"/calendar/{feed.pk}.ics",
        "/calendar/x.ics",
        address(cast.b, cast.b.student),
    ):
        assert client.get(wrong).status_code == 404, wrong
    assert client.post(good).status_code == 405
    with tenant_context(school.tenant, school.admin):
        User.objects.filter(pk=school.student.pk).update(status="suspended")
    assert client.get(good).status_code == 404


def test_the_address_takes_no_port_from_the_request(client, school, sign_in):
    sign_in(client, school, school.student)
    client.post(reverse("calendar"), {"action": "make"})
    page = client.get(reverse("calendar"), headers={"host": f"{school.host}:9999"})
    assert page.context["address"].startswith(f"http://{school.host}/calendar/")


@pytest.mark.parametrize("person", ["admin", "teacher", "student", "guardian"])
def test_make_change_and_remove_ones_address(client, school, sign_in, person):
    user = getattr(school, person)
    with tenant_context(school.tenant, user):
        addresses.revoke(user=user)
    sign_in(client, school, user)
    page = reverse("calendar")
    assert client.get(page).context["address"] is None
    assert client.post(page, {"action": "make"}).status_code == 302
    first = client.get(page).context["address"]
    client.post(page, {"action": "make"})
    assert client.get(page).context["address"] == first
    assert client.get(first).status_code == 200
    client.post(page, {"action": "renew"})
    second = client.get(page).context["address"]
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    client.post(page, {"action": "revoke"})
    assert client.get(second).status_code == 404
    assert client.post(page, {"action": "other"}).status_code == 404


def test_strangers_sign_in_first(client, school):
    client.defaults["HTTP_HOST"] = school.host
    assert client.get(reverse("calendar")).url == "/login/?next=/calendar/"


def test_queries_do_not_grow(school, django_assert_num_queries):
    url = address(school, school.guardian)
    client = Client(headers={"host": school.host})
    client.get(url)
    with django_assert_num_queries(10):
        client.get(url)
    with tenant_context(school.tenant, school.admin):
        for number in range(3):
            ClassSession.objects.create(
                school_class=school.school_class,
                session_date=school.tomorrow,
                start_time=time(8 + number),
                end_time=time(9 + number),
            )
    with django_assert_num_queries(10):
        assert len(events(client.get(url))) == 4
