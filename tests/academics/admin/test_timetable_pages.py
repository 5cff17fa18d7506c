"""The week, by whom one may see; sessions made by admins; slots and closed days at their forms."""

import uuid
from datetime import date, time

import pytest
from django.urls import reverse

from academics.models import Attendance, ClassSession, ClosedDay, Enrollment, Schedule, SchoolClass
from core.rls import tenant_context
from tests.core.admin.test_refusals import add_row, errors, form_data, row_errors

pytestmark = pytest.mark.django_db
WEEK = "2026-W06"  # 2 to 8 February: the cast's sessions are on Monday, the 2nd, at 10
TAKEN = "The teacher has another lesson at that time: Own Class (C1), Monday 10:00–11:00."


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


@pytest.fixture
def teacher(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.teacher)


def timetable(client, **query):
    return client.get(reverse("admin:timetable"), {"week": WEEK} | query)


def lessons_of(response):
    """Return (class, date, room, has a session) of every lesson shown."""
    assert response.status_code == 200
    return [
        (lesson.school_class.name, lesson.day.isoformat(), lesson.room, lesson.session is not None)
        for lesson in response.context["week"].lessons
    ]


OWN = ("Own Class", "2026-02-02", "12", True)
OTHER = ("Other Class", "2026-02-02", "", True)


def test_an_admin_chooses_whose_week(office, cast):
    assert timetable(office).context["week"] is None
    assert lessons_of(timetable(office, school_class=cast.a.school_class.pk)) == [OWN]
    assert lessons_of(timetable(office, teacher=cast.a.outsider.pk)) == [OTHER]
    assert lessons_of(timetable(office, student=cast.a.student.pk)) == [OWN]
    assert lessons_of(timetable(office, room="12")) == [OWN]
    assert lessons_of(timetable(office, room="12", teacher=cast.a.outsider.pk)) == []


def test_a_teacher_sees_the_own_week_at_once_and_no_others(teacher, cast):
    assert lessons_of(timetable(teacher)) == [OWN]
    assert "teacher" not in timetable(teacher).context["form"].fields
    assert lessons_of(timetable(teacher, teacher=cast.a.outsider.pk)) == [OWN]
    assert timetable(teacher, school_class=cast.a.other_class.pk).status_code == 404
    assert timetable(teacher, student=cast.a.other_student.pk).status_code == 404
    page = timetable(teacher).content.decode()
    assert reverse("admin:register", args=[cast.a.session.pk]) in page
    assert reverse("admin:generate_sessions") not in page


def test_what_is_not_there_or_another_schools_is_404(office, cast):
    for query in (
        {"school_class": cast.b.school_class.pk},
        {"teacher": cast.b.teacher.pk},
        {"student": cast.b.student.pk},
        {"student": cast.a.teacher.pk},
        {"school_class": uuid.uuid4()},
        {"school_class": "x"},
        {"room": "Nowhere"},
    ):
        assert timetable(office, **query).status_code == 404, query


@pytest.mark.parametrize("role", ["student", "guardian"])
def test_others_have_no_business_here(client, cast, sign_in, role):
    for name in ("timetable", "generate_sessions"):
        assert client.get(reverse(f"admin:{name}"), HTTP_HOST=cast.a.host).status_code == 302
        sign_in(client, cast.a, getattr(cast.a, role))
        assert client.get(reverse(f"admin:{name}")).status_code == 302
        client.logout()


@pytest.mark.parametrize("week", ["2026-W54", "nonsense", "0000-W01", "2026-W06-1", ""])
def test_a_week_that_is_none_is_this_one(office, cast, after_midnight, week):
    shown = timetable(office, week=week, school_class=cast.a.school_class.pk).context["week"]
    assert shown.name == "2026-W11"
    assert [day.date for day in shown.days if day.is_today] == [date(2026, 3, 10)]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_is_today(office, cast, after_midnight, day):
    shown = timetable(office, day=day, school_class=cast.a.school_class.pk).context["week"]
    assert shown.name == "2026-W11"


def test_weeks_beside_it_and_the_week_of_a_day(office, cast):
    response = timetable(office, school_class=cast.a.school_class.pk, day="2026-01-01")
    assert response.context["week"].name == "2026-W01"
    assert "week=2025-W52" in response.context["links"]["previous"]
    assert "week=2026-W02" in response.context["links"]["next"]


def test_lessons_without_a_session_or_cancelled_and_closed_days(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Attendance.objects.filter(class_session=cast.a.session).delete()
        ClassSession.objects.filter(pk=cast.a.session.pk).update(status="cancelled")
        for weekday in (2, 3, 7):
            Schedule.objects.create(
                school_class=cast.a.school_class,
                weekday=weekday,
                start_time="8:00",
                end_time="9:00",
            )
        ClosedDay.objects.create(
            name="Carnival", start_date=date(2026, 2, 3), end_date=date(2026, 2, 3)
        )
    response = timetable(office, school_class=cast.a.school_class.pk)
    assert lessons_of(response) == [
        OWN,
        ("Own Class", "2026-02-04", "", False),
        ("Own Class", "2026-02-08", "", False),
    ]
    week = response.context["week"]
    assert [day.closed for day in week.days] == [[], ["Carnival"], [], [], [], []]
    assert week.lessons[0].cancelled
    page = response.content.decode()
    assert "Closed: Carnival" in page
    assert "2 lessons of this week have no sessions yet" in page


def test_a_student_is_shown_while_enrolled(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Enrollment.objects.filter(pk=cast.a.enrollment.pk).update(enrollment_date=date(2026, 2, 3))
    assert lessons_of(timetable(office, student=cast.a.student.pk)) == []


def test_queries_of_a_week_do_not_grow(office, cast, django_assert_num_queries):
    query = {"teacher": cast.a.teacher.pk}
    timetable(office, **query)
    with django_assert_num_queries(13):
        timetable(office, **query)
    with tenant_context(cast.a.tenant, cast.a.admin):
        for hour in range(12, 16):
            school_class = SchoolClass.objects.create(
                name=f"C{hour}", teacher=cast.a.teacher, start_date=date(2026, 1, 5)
            )
            at = {
                "school_class": school_class,
                "start_time": time(hour),
                "end_time": time(hour, 45),
            }
            Schedule.objects.create(weekday=1, room=f"R{hour}", **at)
            session = ClassSession.objects.create(session_date=date(2026, 2, 2), **at)
            Enrollment.objects.create(
                school_class=school_class, student=cast.a.student, enrollment_date=date(2026, 1, 5)
            )
            Attendance.objects.create(
                class_session=session, student=cast.a.student, status="present"
            )
    with django_assert_num_queries(13):
        assert len(lessons_of(timetable(office, **query))) == 5


# --- making sessions ------------------------------------------------------------------------------
SPAN = {"first": "2026-03-01", "last": "2026-04-06"}


def generated(school):
    with tenant_context(school.tenant, school.admin):
        return ClassSession.objects.filter(generated=True).count()


def test_preview_then_make(office, cast):
    address = reverse("admin:generate_sessions")
    assert office.get(address).context["plan"] is None
    response = office.get(address, SPAN)
    plan = response.context["plan"]
    assert (plan.new, plan.existing, plan.skipped) == (5, 0, 1)
    page = response.content.decode()
    assert "Make 5 sessions" in page
    assert "Easter" in page
    assert generated(cast.a) == 0
    response = office.post(address, SPAN, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["5 sessions were made."]
    assert generated(cast.a) == 5
    assert "There is nothing to do." in office.get(address, SPAN).content.decode()


def test_sessions_that_no_longer_fit_are_reported_and_stay(office, cast):
    address = reverse("admin:generate_sessions")
    office.post(address, SPAN)
    with tenant_context(cast.a.tenant, cast.a.admin):
        for slot in Schedule.objects.filter(school_class=cast.a.school_class):
            slot.delete()
    response = office.get(address, SPAN)
    assert (response.context["misfits"], response.context["plan"].taken_back) == (5, 0)
    assert not response.context["form"].initial.get("take_back")
    assert generated(cast.a) == 5
    taking = office.get(address + response.context["misfits_url"])
    assert taking.context["plan"].taken_back == 5


def test_days_that_cannot_be(office, cast):
    address = reverse("admin:generate_sessions")
    wrong = SPAN | {"last": "2027-06-01"}
    for response in (office.get(address, wrong), office.post(address, wrong)):
        assert response.context["form"].errors == {
            "last": ["At most 400 days at a time; choose a shorter span."]
        }
    for foreign in (cast.b.school_class.pk, "nonsense"):
        response = office.post(address, SPAN | {"school_class": foreign})
        assert response.context["form"].errors.keys() == {"school_class"}
    assert generated(cast.a) == 0


def test_only_admins_make_sessions(teacher, cast):
    address = reverse("admin:generate_sessions")
    assert teacher.get(address).status_code == 403
    assert teacher.post(address, SPAN).status_code == 403


def test_the_lists_lead_there(office, cast):
    for model in ("schedule", "closedday"):
        listed = office.get(reverse(f"admin:academics_{model}_changelist")).content.decode()
        assert "Generate sessions" in listed


def test_closing_a_day_with_lessons_warns(office, cast):
    data = {"name": "Storm", "start_date": "2026-02-02", "end_date": "2026-02-02"}
    response = office.post(reverse("admin:academics_closedday_add"), data, follow=True)
    said = [str(message) for message in response.context["messages"]]
    assert any("2 sessions are scheduled on these days." in message for message in said)
    wrong = office.post(reverse("admin:academics_closedday_add"), data | {"end_date": "2026-02-01"})
    assert errors(wrong) == {"end_date": ["The last day is before the first day."]}


# --- slots in the class ---------------------------------------------------------------------------
SLOT = {"weekday": 1, "start_time": "10:30", "end_time": "11:30", "room": ""}


def test_a_clash_is_reported_at_its_row(office, cast):
    address = reverse("admin:academics_schoolclass_change", args=[cast.a.other_class.pk])
    data = add_row(form_data(office, address), "schedules", SLOT | {"room": "12"})
    response = office.post(address, data | {"name": "Changed"})
    assert row_errors(response) == [
        {"room": ["The room is taken at that time: Own Class (C1), Monday 10:00–11:00."]}
    ]
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert SchoolClass.objects.get(pk=cast.a.other_class.pk).name == "Other Class"


def test_two_rows_of_one_form_that_clash(office, cast):
    address = reverse("admin:academics_schoolclass_change", args=[cast.a.other_class.pk])
    data = form_data(office, address)
    for start in ("10:00", "10:30"):
        data = add_row(data, "schedules", SLOT | {"start_time": start})
    assert row_errors(office.post(address, data)) == [
        {},
        {
            "start_time": [
                "The teacher has another lesson at that time:"
                " Other Class (OTHER_C1), Monday 10:00–11:30."
            ]
        },
    ]


def test_lessons_in_a_row_move_on_together(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        for start in (11, 12, 13):
            Schedule.objects.create(
                school_class=cast.a.school_class,
                weekday=1,
                start_time=time(start),
                end_time=time(start + 1),
            )
    address = reverse("admin:academics_schoolclass_change", args=[cast.a.school_class.pk])
    data = form_data(office, address)
    for row, start in enumerate((11, 12, 13)):  # an hour later; the last one goes
        data |= {
            f"schedules-{row}-start_time": f"{start}:00",
            f"schedules-{row}-end_time": f"{start + 1}:00",
        }
    assert office.post(address, data | {"schedules-3-DELETE": "on"}).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        starts = Schedule.objects.values_list("start_time", flat=True)
        assert [begin.hour for begin in starts.order_by("start_time")] == [11, 12, 13]


def test_a_clash_by_the_class_itself_is_reported_at_the_class(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        Schedule.objects.create(
            school_class=cast.a.other_class, weekday=1, start_time="10:30", end_time="11:30"
        )
    address = reverse("admin:academics_schoolclass_change", args=[cast.a.other_class.pk])
    data = form_data(office, address) | {"teacher": cast.a.teacher.pk}
    assert errors(office.post(address, data)) == {"__all__": [TAKEN]}


def test_a_clash_in_the_list_of_slots(office, cast):
    data = SLOT | {"school_class": cast.a.other_class.pk, "room": "12 "}
    response = office.post(reverse("admin:academics_schedule_add"), data)
    assert errors(response)["room"] == [
        "The room is taken at that time: Own Class (C1), Monday 10:00–11:00."
    ]
