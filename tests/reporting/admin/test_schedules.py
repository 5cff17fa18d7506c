"""Making, changing and running scheduled reports in the admin."""

from datetime import UTC, datetime, time

import pytest
from django.urls import reverse
from django.utils import timezone

from core import jobs
from core.rls import tenant_context
from reporting import catalog
from reporting.models import ReportRecipient, ReportSchedule
from tests.core.admin.test_people import SENT
from tests.core.admin.test_refusals import errors, form_data, row_errors, url
from tests.factories.files import signed_in

pytestmark = pytest.mark.django_db
FUTURE = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def add_url(report, **filters):
    query = {"report": report} | filters
    return reverse("admin:reporting_reportschedule_add", query=query)


def add(client, report, *recipients, query=None, **fields):
    """Fill in the form of a new schedule and send it; return the response."""
    address = add_url(report, **(query or {}))
    data = form_data(client, address) | fields
    for number, person in enumerate(recipients):
        data[f"recipients-{number}-user"] = person.pk
    if "recipients-TOTAL_FORMS" in data:
        data["recipients-TOTAL_FORMS"] = max(1, len(recipients))
    return client.post(address, data)


def made(school, **wanted):
    """Return the only schedule that a test has made, and who gets it."""
    with tenant_context(school.tenant, role="admin"):
        schedule = ReportSchedule.objects.exclude(pk=school.report_schedule.pk).get(**wanted)
        people = {r.user for r in schedule.recipients.select_related("user")}
        return schedule, people


def schedule_of(school, owner, **fields):
    with tenant_context(school.tenant, role="admin"):
        values = {"report": "attendance_report", "weekday": 1, "next_run_at": FUTURE}
        schedule = ReportSchedule.objects.create(owner=owner, name="Own", **values | fields)
        ReportRecipient.objects.create(schedule=schedule, user=owner)
        return schedule


def read(schedule, school):
    with tenant_context(school.tenant, role="admin"):
        schedule.refresh_from_db()
        return schedule


# --- making ---------------------------------------------------------------------------------------


def test_first_the_report_is_chosen(cast):
    for person, role in [(cast.a.admin, "admin"), (cast.a.teacher, "teacher")]:
        client = signed_in(cast.a, person)
        page = client.get(url(ReportSchedule, "add")).content.decode()
        offered = {r.id for r in catalog.REPORTS if f"?report={r.id}" in page}
        assert offered == {report.id for report in catalog.reports_for(role)}


def test_the_reports_page_hands_its_filters_over(office):
    form = (
        office.get(add_url("attendance_report_v1", status="absent", period="last_week", page="3"))
        .context["adminform"]
        .form
    )
    shown = {name: form[name].value() for name in form.fields if name.startswith("filter_")}
    assert {name: value for name, value in shown.items() if value} == {
        "filter_status": "absent",
        "filter_period": "last_week",
    }


def test_every_report_has_a_form_that_saves(office, cast):
    for report in catalog.reports_for("admin"):
        assert add(office, report.id, name=report.name).status_code == 302, report.id
        schedule, people = made(cast.a, name=report.name)
        assert (schedule.report, people) == (report.name, {cast.a.admin})


def test_weekly_for_a_teacher_with_filters(office, cast):
    a = cast.a
    response = add(
        office, "attendance_report_v1", a.teacher, a.admin,
        name="Absences", frequency="weekly", weekday="5", month_day="99", time_of_day="07:30",
        file_format="pdf", filter_status="absent", filter_period="last_week", sort="session_date",
    )  # fmt: skip
    assert response.status_code == 302
    schedule, people = made(a)
    assert people == {a.teacher, a.admin}
    assert (schedule.owner_id, schedule.weekday, schedule.month_day) == (a.admin.pk, 5, None)
    assert (schedule.time_of_day, schedule.file_format) == (time(7, 30), "pdf")
    assert schedule.filters == {"status": "absent", "period": "last_week"}
    assert schedule.sort == "session_date"
    assert schedule.next_run_at > timezone.now()
    local = schedule.next_run_at.astimezone(a.tenant.timezone)
    assert (local.isoweekday(), local.time()) == (5, time(7, 30))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"frequency": "weekly", "weekday": ""}, {"weekday": ["Choose the weekday."]}),
        (
            {"frequency": "monthly", "month_day": ""},
            {"month_day": ["Choose the day of the month."]},
        ),
        (
            {"frequency": "monthly", "month_day": "32"},
            {"month_day": ["Ensure this value is less than or equal to 31."]},
        ),
        (
            {"filter_from": "2026-02-01", "filter_to": "2026-01-01"},
            {"filter_to": ["The last day is before the first."]},
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(office, fields, expected):
    assert errors(add(office, "attendance_report_v1", **fields)) == expected


def test_a_teacher_makes_one_for_themselves(cast):
    a = cast.a
    client = signed_in(a, a.teacher)
    assert add(client, "attendance_report_v1").status_code == 302
    schedule, people = made(a)
    assert (schedule.owner_id, people) == (a.teacher.pk, {a.teacher})
    # A report of the office is not on offer.
    assert "adminform" not in client.get(add_url("payment_ledger_v1")).context


@pytest.mark.parametrize(
    ("report", "who", "sentence"),
    [
        ("payment_ledger_v1", "teacher", "Teacher may not run this report."),
        ("attendance_report_v1", "student", None),
    ],
)
def test_who_may_not_get_it_is_refused(office, cast, report, who, sentence):
    response = add(office, report, getattr(cast.a, who))
    (row,) = row_errors(response)
    assert list(row) == ["user"]
    assert sentence is None or row["user"] == [sentence]


def test_a_teachers_schedule_takes_no_other_teacher(office, cast):
    a = cast.a
    schedule = schedule_of(a, a.teacher)
    address = url(ReportSchedule, "change", schedule)
    data = form_data(office, address)
    data |= {"recipients-TOTAL_FORMS": 3, "recipients-1-user": a.outsider.pk}
    data |= {"recipients-2-user": a.admin.pk}
    rows = row_errors(office.post(address, data))
    sentence = "A teacher's report can go to that teacher and to admins."
    assert rows == [{}, {"user": [sentence]}, {}]


def test_recipients_are_looked_up_among_active_staff(office, cast):
    a = cast.a
    with tenant_context(a.tenant, a.admin):
        type(a.outsider).objects.filter(pk=a.outsider.pk).update(status="suspended")
    query = {
        "app_label": "reporting", "model_name": "reportrecipient", "field_name": "user",
        "term": "school-a.example",
    }  # fmt: skip
    options = office.get(reverse("admin:autocomplete"), query).json()["results"]
    assert {row["id"] for row in options} == {str(a.admin.pk), str(a.teacher.pk)}


# --- changing -------------------------------------------------------------------------------------


def test_an_admin_changes_anothers_and_the_owner_stays(office, cast):
    a = cast.a
    schedule = schedule_of(a, a.teacher)
    address = url(ReportSchedule, "change", schedule)
    assert b"Teacher" in office.get(address).content
    data = form_data(office, address) | {"weekday": "3"}
    assert office.post(address, data).status_code == 302
    read(schedule, a)
    assert (schedule.owner_id, schedule.weekday) == (a.teacher.pk, 3)
    assert schedule.next_run_at != FUTURE


def test_another_name_leaves_the_next_run(office, cast):
    schedule = schedule_of(cast.a, cast.a.admin)
    address = url(ReportSchedule, "change", schedule)
    data = form_data(office, address) | {"name": "Renamed", "filter_status": "late"}
    assert office.post(address, data).status_code == 302
    read(schedule, cast.a)
    assert (schedule.name, schedule.next_run_at) == ("Renamed", FUTURE)
    assert schedule.filters == {"status": "late"}


def test_weekly_becomes_monthly(office, cast):
    schedule = schedule_of(cast.a, cast.a.admin)
    address = url(ReportSchedule, "change", schedule)
    data = form_data(office, address) | {"frequency": "monthly", "month_day": "31"}
    assert office.post(address, data).status_code == 302
    read(schedule, cast.a)
    assert (schedule.frequency, schedule.weekday, schedule.month_day) == ("monthly", None, 31)


def test_a_report_that_left_the_catalog_can_still_be_looked_at_and_deleted(office, cast):
    schedule = schedule_of(cast.a, cast.a.admin, report="gone")
    assert office.get(url(ReportSchedule, "changelist")).status_code == 200
    assert office.get(url(ReportSchedule, "change", schedule)).status_code == 200
    gone = office.post(url(ReportSchedule, "delete", schedule), {"post": "yes"})
    assert gone.status_code == 302


def test_a_teacher_finds_only_the_own(cast):
    a = cast.a
    own, others = schedule_of(a, a.teacher), schedule_of(a, a.outsider)
    client = signed_in(a, a.teacher)
    listed = client.get(url(ReportSchedule, "changelist")).context["cl"].queryset
    with tenant_context(a.tenant, a.teacher):
        assert set(listed) == {own}
    for name in ("change", "delete"):
        assert client.get(url(ReportSchedule, name, others)).status_code == 404


def test_the_list_says_when_and_how_it_went(office, cast):
    schedule_of(cast.a, cast.a.admin, last_result="Ada: sent\nBob: <waiting>", is_active=False)
    page = office.get(url(ReportSchedule, "changelist")).content.decode()
    assert "every Monday at 06:00" in page
    assert "Ada: sent<br>Bob: &lt;waiting&gt;" in page


# --- running --------------------------------------------------------------------------------------


def act(client, name, *schedules):
    """Do an action of the list, and answer its question; return what is told."""
    data = {"action": name, "_selected_action": [schedule.pk for schedule in schedules]}
    data |= {"confirmed": "yes"}
    response = client.post(url(ReportSchedule, "changelist"), data, follow=True)
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def worker(monkeypatch):
    monkeypatch.setattr(jobs, "worker_is_there", lambda: True)


def test_pause_resume_run(office, cast, worker):
    a = cast.a
    schedule = schedule_of(a, a.teacher)
    assert act(office, "pause_selected", schedule) == ["1 report is paused."]
    assert read(schedule, a).is_active is False
    assert act(office, "run_selected", schedule) == [
        "Left as it was: Own: “Own” is paused; resume it first."
    ]
    assert act(office, "resume_selected", schedule) == ["1 report is sent again."]
    assert read(schedule, a).next_run_at > timezone.now()
    assert act(office, "run_selected", schedule) == [
        "1 report is being made; the mails follow in a minute or two."
    ]
    assert read(schedule, a).next_run_at <= timezone.now()


def test_without_a_worker_that_is_said(office, cast):
    schedule = schedule_of(cast.a, cast.a.admin)
    messages = act(office, "run_selected", schedule)
    assert messages[0].startswith("Nothing is made at present")


def test_the_buttons_of_a_schedule_are_those_of_its_state(office, cast, worker):
    a = cast.a
    schedule = schedule_of(a, a.admin)

    def shown():
        page = office.get(url(ReportSchedule, "change", schedule)).content.decode()
        return {name for name in ("run_now", "pause", "resume") if dialog(schedule, name) in page}

    assert shown() == {"run_now", "pause"}
    response = office.post(dialog(schedule, "pause"), SENT)
    assert response.url == url(ReportSchedule, "change", schedule)
    assert read(schedule, a).is_active is False
    assert shown() == {"resume"}
    office.post(dialog(schedule, "resume"), SENT)
    assert read(schedule, a).is_active is True


def dialog(row, action):
    return reverse(f"admin:reporting_reportschedule_{action}", args=[row.pk])


@pytest.mark.parametrize("action", ["run_now", "pause", "resume"])
def test_nobody_else_runs_or_pauses_it(cast, action):
    a = cast.a
    schedule = schedule_of(a, a.admin, is_active=action != "resume")
    before = read(schedule, a).next_run_at
    for school, person, status in [
        (a, a.teacher, 404),  # who sees their own only
        (cast.b, cast.b.admin, 404),
        (a, a.student, 302),
    ]:
        response = signed_in(school, person).post(dialog(schedule, action), SENT)
        assert response.status_code == status
    read(schedule, a)
    assert (schedule.next_run_at, schedule.is_active) == (before, action != "resume")
