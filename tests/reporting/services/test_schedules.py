"""When scheduled reports run, for whom, with whose rights, and what is told of it."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from core.models import Mail, User
from core.rls import tenant_context
from core.services.mail import deliver as deliver_mail
from core.services.mail import give_up
from exchange.exports import files, progress
from exchange.models import Export
from reporting import catalog
from reporting.models import ReportRecipient, ReportSchedule
from reporting.services import deliveries, due, schedules
from tests.factories import queue
from tests.factories.files import body, read_csv, signed_in
from tests.factories.mail import send_queued_mail

pytestmark = pytest.mark.django_db
DELIVER = "reporting.services.deliveries.deliver_scheduled_report"


# --- when -----------------------------------------------------------------------------------------


@pytest.fixture
def clock(cast):
    """Return next_run for a school in a time zone, in and out by that zone's clock."""

    def at(zone, after, **fields):
        cast.a.tenant.settings = {"timezone": zone}
        schedule = ReportSchedule(**fields)
        with tenant_context(cast.a.tenant, role="admin"):
            if isinstance(after, str):
                after = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(zone))
            moment = schedules.next_run(schedule, after)
        assert moment.tzinfo is UTC
        assert moment > after
        return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")

    return at


def weekly(weekday, at="06:00"):
    return {"frequency": "weekly", "weekday": weekday, "time_of_day": time.fromisoformat(at)}


def monthly(day, at="06:00"):
    return {"frequency": "monthly", "month_day": day, "time_of_day": time.fromisoformat(at)}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-23T05:59", "2026-11-23T06:00+00:00"),  # a Monday
        ("2026-11-23T06:00", "2026-11-30T06:00+00:00"),
        ("2026-11-23T23:59", "2026-11-30T06:00+00:00"),
        ("2026-11-29T23:59", "2026-11-30T06:00+00:00"),
    ],
)
def test_every_week(clock, after, expected):
    assert clock("UTC", after, **weekly(1)) == expected


@pytest.mark.parametrize(
    ("after", "day", "expected"),
    [
        ("2026-01-31T06:00", 31, "2026-02-28T06:00"),
        ("2026-02-28T06:00", 31, "2026-03-31T06:00"),
        ("2026-03-31T06:00", 31, "2026-04-30T06:00"),
        ("2028-01-31T06:00", 31, "2028-02-29T06:00"),
        ("2028-01-30T06:00", 30, "2028-02-29T06:00"),
        ("2028-01-29T06:00", 29, "2028-02-29T06:00"),
        ("2027-01-29T06:00", 29, "2027-02-28T06:00"),
        ("2026-12-15T07:00", 15, "2027-01-15T06:00"),
        ("2026-12-15T05:00", 15, "2026-12-15T06:00"),
        ("2026-12-31T05:00", 1, "2027-01-01T06:00"),
    ],
)
def test_every_month_and_the_last_day_of_shorter_ones(clock, after, day, expected):
    assert clock("UTC", after, **monthly(day)) == f"{expected}+00:00"


def test_the_day_is_the_schools_not_utcs(clock):
    # Monday 06:00 in Auckland is Sunday in UTC.
    after = datetime(2026, 6, 7, 12, tzinfo=UTC)
    assert clock("Pacific/Auckland", after, **weekly(1)) == "2026-06-08T06:00+12:00"


def test_a_time_that_the_clock_leaves_out_moves_on(clock):
    # Sunday 2026-03-08: 02:00 becomes 03:00 in Chicago.
    shifted = clock("America/Chicago", "2026-03-02T03:00", **weekly(7, "02:30"))
    assert shifted == "2026-03-08T03:30-05:00"
    assert clock("America/Chicago", "2026-03-08T03:30", **weekly(7, "02:30")) == (
        "2026-03-15T02:30-05:00"
    )


def test_a_time_that_the_clock_shows_twice_runs_once(clock):
    # Sunday 2026-11-01: 02:00 becomes 01:00 again in Chicago.
    first = clock("America/Chicago", "2026-10-26T00:00", **weekly(7, "01:30"))
    assert first == "2026-11-01T01:30-05:00"
    after_first = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 for the first time
    for after in (after_first, datetime(2026, 11, 1, 7, 0, tzinfo=UTC)):  # 01:00, second time
        assert clock("America/Chicago", after, **weekly(7, "01:30")) == "2026-11-08T01:30-06:00"


def test_the_hour_stays_across_the_change(clock):
    assert clock("Europe/London", "2026-03-23T06:00", **weekly(1)) == "2026-03-30T06:00+01:00"
    assert clock("Europe/London", "2026-10-19T06:00", **weekly(1)) == "2026-10-26T06:00+00:00"


def test_a_day_that_a_zone_left_out_moves_on(clock):
    # Samoa had no Friday 2011-12-30.
    moved = clock("Pacific/Apia", "2011-12-28T00:00", **weekly(5))
    assert moved == "2011-12-31T06:00+14:00"


def test_a_new_time_zone_plans_anew(cast):
    a = cast.a
    schedule = make(a, a.admin)
    with tenant_context(a.tenant, a.admin):
        schedules.plan(schedule)
        schedule.save()
        a.tenant.settings = {"timezone": "Asia/Tokyo"}
        a.tenant.save(update_fields=["settings"])
        schedule.refresh_from_db()
    local = schedule.next_run_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert (local.isoweekday(), local.hour) == (1, 6)


# --- due ------------------------------------------------------------------------------------------

PAST = datetime(2026, 3, 2, 6, tzinfo=UTC)


def make(school, owner, *recipients, report="attendance_report", due=None, **fields):
    """Make a schedule of `owner` with its recipients, due at `due`."""
    with tenant_context(school.tenant, role="admin"):
        schedule = ReportSchedule.objects.create(
            owner=owner, name="Weekly", report=report, weekday=1, file_format="csv",
            next_run_at=due, **fields,
        )  # fmt: skip
        for person in recipients:
            ReportRecipient.objects.create(schedule=schedule, user=person)
    return schedule


def read(schedule, school):
    with tenant_context(school.tenant, role="admin"):
        schedule.refresh_from_db()
        return schedule


def exports(school):
    """Return the exports that schedules asked for, by recipient."""
    with tenant_context(school.tenant, role="admin"):
        rows = Export.objects.filter(origin="schedule").select_related("requested_by")
        return {export.requested_by: export for export in rows}


def queued():
    return queue.queued(DELIVER)


@pytest.fixture
def deliver(monkeypatch):
    """Return a function that does every queued delivery, in this test's own transaction."""
    monkeypatch.setattr(progress, "INTERVAL", 3600)  # the watcher would not see the row

    def run():
        for arguments in queued():
            deliveries.deliver(**arguments)
        send_queued_mail()

    return run


def test_due_is_started_and_planned_on(cast):
    schedule = make(cast.a, cast.a.admin, cast.a.admin, due=PAST)
    assert due.run_due() == 1
    read(schedule, cast.a)
    assert schedule.next_run_at > timezone.now()
    assert schedule.last_run_at is not None
    assert schedule.last_result == f"Admin ({cast.a.admin.email}): waiting"
    assert [set(job) for job in queued()] == [{"tenant_id", "user_id", "schedule_id", "export_id"}]
    assert due.run_due() == 0
    assert len(queued()) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"due": datetime(2999, 1, 1, tzinfo=UTC)},
        {"due": None},
        {"due": PAST, "is_active": False},
    ],
)
def test_what_is_not_due_is_left_alone(cast, fields):
    make(cast.a, cast.a.admin, cast.a.admin, **fields)
    assert due.run_due() == 0
    assert queued() == []


def test_what_was_missed_for_weeks_runs_once(cast):
    schedule = make(cast.a, cast.a.admin, cast.a.admin, due=PAST)
    now = datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert due.run_due(now) == 1
    monday = datetime(2026, 4, 6, 6, tzinfo=cast.a.tenant.timezone)
    assert read(schedule, cast.a).next_run_at == monday


def test_each_school_has_its_own(cast):
    make(cast.a, cast.a.admin, cast.a.admin, due=PAST)
    make(cast.b, cast.b.admin, cast.b.admin, due=PAST)
    assert due.run_due() == 2
    assert set(exports(cast.a)) == {cast.a.admin}
    assert set(exports(cast.b)) == {cast.b.admin}


def test_a_closed_schools_schedules_wait(cast):
    schedule = make(cast.a, cast.a.admin, cast.a.admin, due=PAST)
    with tenant_context(cast.platform, cast.operator):
        type(cast.a.tenant).objects.filter(pk=cast.a.tenant.pk).update(status="suspended")
    assert due.run_due() == 0
    assert schedule.next_run_at == PAST


def test_one_that_fails_holds_up_no_other(cast, monkeypatch, caplog):
    bad = make(cast.a, cast.a.admin, cast.a.admin, due=PAST)
    make(cast.a, cast.a.admin, cast.a.teacher, due=PAST)
    queue = deliveries.queue

    def fail(schedule, *args):
        if schedule.pk == bad.pk:
            raise RuntimeError("broken")
        queue(schedule, *args)

    monkeypatch.setattr(deliveries, "queue", fail)
    assert due.run_due() == 1
    assert set(exports(cast.a)) == {cast.a.teacher}
    assert str(bad.pk) in caplog.text
    assert read(bad, cast.a).next_run_at == PAST  # tried again


def test_periods_by_name_are_the_days_they_meant(cast):
    filters = {"period": "last_week", "status": "absent"}
    make(cast.a, cast.a.admin, cast.a.admin, due=PAST, filters=filters)
    due.run_due()
    kept = exports(cast.a)[cast.a.admin].filters
    monday, sunday = (datetime.fromisoformat(kept[key]) for key in ("from", "to"))
    assert set(kept) == {"from", "to", "status"}
    assert (monday.isoweekday(), (sunday - monday).days) == (1, 6)
    assert sunday.date() < cast.a.tenant.today()


# --- with whose rights ----------------------------------------------------------------------------


def may_see(school, person, report="attendance_report"):
    """Return the report's rows by plain SQL under a person's own rights, as text."""
    view = catalog.get(f"{report}_v1").view
    with tenant_context(school.tenant, person), connection.cursor() as cursor:
        cursor.execute(f"select student_name from {view} order by 1")
        return [name for (name,) in cursor.fetchall()]


def students_in(export):
    header, *rows = read_csv(files.path_of(export).read_bytes())
    return sorted(row[header.index("Student")] for row in rows)


def test_an_admins_report_is_all_for_admins_and_the_own_rows_for_a_teacher(cast, deliver):
    a = cast.a
    schedule = make(a, a.admin, a.admin, a.teacher, a.outsider, due=PAST)
    due.run_due()
    deliver()
    made = exports(a)
    for person in (a.admin, a.teacher, a.outsider):
        assert students_in(made[person]) == may_see(a, person)
    assert [len(may_see(a, p)) for p in (a.admin, a.teacher, a.outsider)] == [2, 1, 1]
    assert read(schedule, a).last_result.splitlines() == [
        f"Admin ({a.admin.email}): sent, 2 rows",
        f"Outsider ({a.outsider.email}): sent, 1 row",
        f"Teacher ({a.teacher.email}): sent, 1 row",
    ]


def test_a_teachers_report_holds_the_teachers_rows_for_an_admin_too(cast, deliver):
    a = cast.a
    make(a, a.teacher, a.teacher, a.admin, due=PAST)
    due.run_due()
    deliver()
    made = exports(a)
    assert students_in(made[a.teacher]) == may_see(a, a.teacher) == ["Student"]
    assert students_in(made[a.admin]) == ["Student"]


def test_a_teacher_gets_no_report_of_the_offices(cast, deliver):
    a = cast.a
    schedule = make(a, a.admin, a.teacher, a.admin, report="payment_ledger", due=PAST)
    due.run_due()
    deliver()
    assert set(exports(a)) == {a.admin}
    assert "Teacher may not run this report." in read(schedule, a).last_result


def test_a_teachers_report_goes_to_no_other_teacher(cast):
    a = cast.a
    make(a, a.teacher, a.outsider, due=PAST)
    due.run_due()
    assert exports(a) == {}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"role": "teacher"}, "may no longer run it"),
        ({"role": "student"}, "may no longer run it"),
        ({"status": "suspended"}, "is no longer active"),
        ({"deleted_at": timezone.now()}, "is no longer active"),
    ],
)
def test_an_owner_without_the_right_stops_it_for_everybody(cast, change, reason):
    a = cast.a
    schedule = make(a, a.admin, a.admin, a.teacher, report="payment_ledger", due=PAST)
    update(a, a.admin, **change)
    due.run_due()
    assert exports(a) == {}
    assert queued() == []
    read(schedule, a)
    assert (schedule.is_active, schedule.next_run_at) == (False, None)
    assert schedule.last_result.startswith("Stopped: Admin, whose report this is, ")
    assert reason in schedule.last_result


def update(school, person, **change):
    with tenant_context(school.tenant, role="admin"):
        User.all_objects.filter(pk=person.pk).update(**change)


def test_a_report_that_left_the_catalog_stops(cast):
    schedule = make(cast.a, cast.a.admin, cast.a.admin, report="gone", due=PAST)
    due.run_due()
    assert read(schedule, cast.a).last_result == "Stopped: This report no longer exists."


@pytest.mark.parametrize("fields", [{"filters": {"gone": "x"}}, {"sort": "gone"}])
def test_filters_that_a_report_has_no_more_stop_it(cast, fields):
    schedule = make(cast.a, cast.a.admin, cast.a.admin, due=PAST, **fields)
    due.run_due()
    assert queued() == []
    assert "other filters or orders by now" in read(schedule, cast.a).last_result


def test_an_owner_demoted_before_the_file_is_made_gets_nothing(cast, deliver):
    a = cast.a
    schedule = make(a, a.admin, a.admin, report="payment_ledger", due=PAST)
    due.run_due()
    update(a, a.admin, role="teacher")
    deliver()
    (export,) = exports(a).values()
    assert export.status == "failed"
    assert not files.path_of(export).exists()
    assert read(schedule, a).is_active is False
    assert mail.outbox == []


def test_rights_that_change_while_the_file_is_made_leave_none(cast, deliver, monkeypatch):
    a = cast.a
    schedule = make(a, a.admin, a.admin, due=PAST)
    due.run_due()
    asked = deliveries._rights

    def demote_after(*ids):
        person = asked(*ids)
        update(a, a.admin, role="teacher")
        return person

    monkeypatch.setattr(deliveries, "_rights", demote_after)
    deliver()
    (export,) = exports(a).values()
    assert (export.status, files.path_of(export).exists()) == ("failed", False)
    assert "rights changed" in read(schedule, a).last_result


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "suspended"}, "Teacher is not active."),
        ({"role": "student"}, "Scheduled reports are for the school's staff."),
        ({"email": "x@no-email.invalid"}, "Teacher has no e-mail address."),
    ],
)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_recipient_who_may_not_is_left_out(cast, deliver, change, reason, moment):
    a = cast.a
    schedule = make(a, a.admin, a.teacher, a.admin, due=PAST)
    if moment == "before":
        update(a, a.teacher, **change)
    due.run_due()
    if moment == "after":
        update(a, a.teacher, **change)
    deliver()
    assert [message.to for message in mail.outbox] == [[a.admin.email]]
    read(schedule, a)
    assert reason in schedule.last_result
    assert schedule.is_active
    ready = [person for person, export in exports(a).items() if export.status == "ready"]
    assert ready == [a.admin]


def test_a_deleted_schedule_makes_no_file(cast, deliver):
    a = cast.a
    schedule = make(a, a.admin, a.admin, due=PAST)
    due.run_due()
    with tenant_context(a.tenant, role="admin"):
        schedule.delete()
    deliver()
    (export,) = exports(a).values()
    assert (export.status, export.error) == ("failed", "The scheduled report was deleted.")
    assert mail.outbox == []


# --- the mail -------------------------------------------------------------------------------------


def test_the_mail_has_the_link_and_nothing_about_pupils(cast, deliver):
    a = cast.a
    filters = {"student": "Student", "from": "2026-02-01", "to": "2026-02-28"}
    make(a, a.admin, a.teacher, due=PAST, filters=filters)
    due.run_due()
    deliver()
    (message,) = mail.outbox
    assert message.to == [a.teacher.email]
    assert message.attachments == []
    assert message.subject.startswith("Attendance report, ")
    assert "School A" in message.subject
    assert "Rows: 1" in message.body
    assert "Period: " in message.body
    assert "2026" in message.body
    text = message.subject + message.body
    for pupil in (a.student, a.other_student):
        assert pupil.email not in text
        assert str(pupil.pk) not in text
    assert "Student" not in text
    assert f"http://{a.host}" in message.body


def link(message):
    return next(line for line in message.body.splitlines() if "/admin/" in line)


def test_the_link_is_for_the_recipient_alone(cast, deliver):
    a, b = cast.a, cast.b
    make(a, a.admin, a.teacher, due=PAST)
    due.run_due()
    deliver()
    url = link(mail.outbox[0])
    path = url[url.index("/admin/") :]
    response = signed_in(a, a.teacher).get(path)
    assert response.status_code == 200
    header, row = read_csv(body(response))
    assert row[header.index("Student")] == "Student"
    refused = [
        signed_in(school, person).get(path).status_code
        for school, person in [(a, a.admin), (a, a.outsider), (b, b.teacher), (b, b.admin)]
    ]
    assert set(refused) <= {403, 404}
    client = signed_in(a, a.teacher)
    client.cookies.clear()
    assert client.get(path).status_code == 302  # sign in first
    client = signed_in(a, a.teacher)
    update(a, a.teacher, status="suspended")
    assert client.get(path).status_code == 302


def test_no_rows_is_said(cast, deliver):
    a = cast.a
    filters = {"from": "2001-01-01", "to": "2001-01-02"}
    schedule = make(a, a.admin, a.admin, due=PAST, filters=filters)
    due.run_due()
    deliver()
    assert "There were no rows this time" in mail.outbox[0].body
    assert read(schedule, a).last_result.endswith("sent, 0 rows")


def test_a_mail_that_fails_leaves_the_file_and_is_tried_again(cast, deliver, monkeypatch):
    a = cast.a
    schedule = make(a, a.admin, a.admin, due=PAST)
    due.run_due()
    with monkeypatch.context() as patch:
        patch.setattr(mail.EmailMessage, "send", refuse)
        with pytest.raises(ConnectionRefusedError):
            deliver()
    (export,) = exports(a).values()
    made = files.path_of(export).stat().st_mtime_ns
    assert export.status == "ready"
    assert "the mail could not be sent yet" in read(schedule, a).last_result
    [row] = mails(a)
    deliver_mail(a.tenant.pk, row.pk)
    deliver()
    assert len(mail.outbox) == 1
    assert files.path_of(export).stat().st_mtime_ns == made
    assert read(schedule, a).last_result == f"Admin ({a.admin.email}): sent, 2 rows"


def test_a_mail_about_a_report_that_is_gone_is_refused(cast, deliver, monkeypatch):
    a = cast.a
    schedule = make(a, a.admin, a.admin, due=PAST)
    due.run_due()
    with monkeypatch.context() as patch:
        patch.setattr(mail.EmailMessage, "send", refuse)
        with pytest.raises(ConnectionRefusedError):
            deliver()
    with tenant_context(a.tenant, a.admin):
        ReportSchedule.objects.filter(pk=schedule.pk).update(report="left_the_catalog")
    [row] = mails(a)
    deliver_mail(a.tenant.pk, row.pk)
    [row] = mails(a)
    assert (row.state, row.error) == ("failed", "This report no longer exists.")
    assert mail.outbox == []


def mails(school):
    with tenant_context(school.tenant, school.admin):
        return list(Mail.objects.filter(kind="scheduled_report"))


def refuse(message):
    raise ConnectionRefusedError


def test_giving_up_says_where_the_file_is(cast, deliver, monkeypatch):
    a = cast.a
    schedule = make(a, a.admin, a.admin, due=PAST)
    due.run_due()
    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    with pytest.raises(ConnectionRefusedError):
        deliver()
    [row] = mails(a)
    give_up(a.tenant.pk, row.pk)
    assert "the file is among the exports" in read(schedule, a).last_result


# --- by hand --------------------------------------------------------------------------------------


def test_pause_resume_and_run_now(cast):
    a = cast.a
    schedule = make(a, a.admin, a.admin, due=PAST)
    with tenant_context(a.tenant, a.admin):
        assert schedules.pause(ReportSchedule.objects.filter(pk=schedule.pk)) == 1
        schedule.refresh_from_db()
        assert (schedule.is_active, schedule.next_run_at) == (False, None)
        with pytest.raises(schedules.ScheduleRefused, match="is paused"):
            schedules.run_now(schedule)
        schedules.resume(schedule)
        assert schedule.next_run_at > timezone.now()
        schedules.run_now(schedule)
    assert due.run_due() == 1


def test_what_the_owner_may_not_run_does_not_go_on(cast):
    a = cast.a
    schedule = make(a, a.teacher, a.teacher, report="payment_ledger", is_active=False)
    with tenant_context(a.tenant, a.admin):
        for do in (schedules.resume, schedules.run_now):
            with pytest.raises(schedules.ScheduleRefused, match="may no longer run it"):
                do(schedule)
