"""The admin's first page: its numbers are the database's, for each role its own."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from academics.models import Attendance, ClassSession, Enrollment, SchoolClass
from academics.selectors.attendance_day import STATES, Meeting, state
from core.models import User
from core.rls import tenant_context
from finance.models import Invoice, Payment
from school.selectors import dashboard
from school.views.dashboard import chart, urgency

TODAY = date(2026, 2, 5)  # a Thursday; the cast's sessions are on the Monday before


@pytest.fixture
def busy(cast):
    """School A with some weeks of work more, made by its admin."""
    school = cast.a
    with tenant_context(school.tenant, school.admin):
        marks = ["present", "late", "absent", "excused", "absent"]
        for number, mark in enumerate(marks):
            session = ClassSession.objects.create(
                school_class=school.school_class,
                session_date=TODAY - timedelta(days=7 * number),
                start_time=time(8),
                end_time=time(9),
            )
            Attendance.objects.create(class_session=session, student=school.student, status=mark)
        Enrollment.objects.filter(pk=school.other_enrollment.pk).update(
            enrollment_date=TODAY - timedelta(days=100)
        )
        old = ClassSession.objects.create(
            school_class=school.other_class,
            session_date=TODAY - timedelta(days=100),
            start_time=time(8),
            end_time=time(9),
        )
        Attendance.objects.create(class_session=old, student=school.other_student, status="present")
        ClassSession.objects.create(
            school_class=school.other_class,
            session_date=TODAY,
            start_time=time(9),
            end_time=time(10),
        )
        ClassSession.objects.create(
            school_class=school.school_class,
            session_date=TODAY,
            start_time=time(7),
            end_time=time(8),
            status="cancelled",
        )
        SchoolClass.objects.create(name="Over", capacity=5, start_date=TODAY, status="completed")
        for number, (amount, currency, due, status) in enumerate(
            [
                ("70.00", "EUR", TODAY - timedelta(days=1), "pending"),
                ("30.00", "EUR", TODAY, "pending"),  # due today is not overdue
                ("50.00", "USD", TODAY - timedelta(days=1), "cancelled"),
            ]
        ):
            Invoice.objects.create(
                invoice_number=f"B-{number}",
                student=school.student,
                amount=Decimal(amount),
                currency=currency,
                issue_date=TODAY - timedelta(days=20),
                due_date=due,
                status=status,
            )
        invoice = Invoice.objects.get(invoice_number="B-0")
        Payment.objects.create(
            invoice=invoice,
            student=school.student,
            amount=Decimal("20.50"),
            currency="EUR",
            payment_method="cash",
            payment_date=TODAY - timedelta(days=3),
        )
    return school


def ask(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@pytest.mark.parametrize("role", ["admin", "teacher", "outsider"])
def test_attendance_by_week_equals_sql(busy, role):
    with tenant_context(busy.tenant, getattr(busy, role)):
        weeks = dashboard.attendance_by_week(TODAY)
        expected = ask(
            "SELECT date_trunc('week', s.session_date)::date,"
            " count(*) FILTER (WHERE a.status IN ('present', 'late')),"
            " count(*) FILTER (WHERE a.status <> 'excused')"
            " FROM attendance a JOIN class_sessions s ON s.id = a.class_session_id"
            " WHERE s.session_date BETWEEN '2025-12-15' AND %s GROUP BY 1 ORDER BY 1",
            TODAY,
        )
    assert [week.monday for week in weeks] == [
        date(2025, 12, 15) + timedelta(weeks=number) for number in range(8)
    ]
    counts = [(week.monday, week.attended, week.counted) for week in weeks]
    assert [row for row in counts if row[2] or row[0] in {e[0] for e in expected}] == expected
    assert expected != []


def test_rates_leave_excused_out_and_need_a_record(busy):
    with tenant_context(busy.tenant, busy.teacher):
        rates = {week.monday: week.rate for week in dashboard.attendance_by_week(TODAY)}
    assert rates[date(2026, 2, 2)] == 100.0
    assert rates[date(2026, 1, 19)] == 0.0  # absent
    assert rates[date(2026, 1, 12)] is None  # excused only
    assert rates[date(2025, 12, 15)] is None


@pytest.mark.parametrize(("enrolled", "percent"), [(0, 0), (1, 13), (3, 38), (8, 100)])
def test_the_percent_of_the_seats_is_rounded_half_up(enrolled, percent):
    assert dashboard.Capacity(classes=1, enrolled=enrolled, seats=8, full=0).percent == percent
    assert dashboard.Capacity(classes=0, enrolled=0, seats=0, full=0).percent == 0


@pytest.mark.parametrize(("attended", "rate"), [(0, "0.0"), (1, "6.3"), (3, "18.8"), (16, "100.0")])
def test_the_rate_of_a_week_is_rounded_half_up(attended, rate):
    week = dashboard.Week(TODAY, present=attended, absent=16 - attended)
    assert week.rate == Decimal(rate)


@pytest.mark.parametrize(("role", "count"), [("admin", 2), ("teacher", 1), ("outsider", 1)])
def test_todays_sessions_without_cancelled_ones(busy, role, count):
    with tenant_context(busy.tenant, getattr(busy, role)):
        sessions = dashboard.sessions_on(TODAY)
        assert len(sessions) == count
        taken = {session.pk for session in sessions if session.recorded}
        expected = {
            row[0]
            for row in ask(
                "SELECT DISTINCT s.id FROM class_sessions s JOIN attendance a"
                " ON a.class_session_id = s.id WHERE s.session_date = %s",
                TODAY,
            )
        }
        assert taken == expected


@pytest.mark.parametrize("role", ["admin", "teacher", "outsider"])
def test_capacity_equals_sql(busy, role):
    with tenant_context(busy.tenant, getattr(busy, role)):
        capacity = dashboard.capacity(SchoolClass.objects.current(TODAY))
        expected = ask(
            "SELECT count(*), coalesce(sum(enrolled_count), 0), coalesce(sum(capacity), 0),"
            " count(*) FILTER (WHERE enrolled_count >= capacity)"
            " FROM classes WHERE status = 'active' AND deleted_at IS NULL AND start_date <= %s"
            " AND (end_date IS NULL OR end_date >= %s)",
            TODAY,
            TODAY,
        )
    assert (capacity.classes, capacity.enrolled, capacity.seats, capacity.full) == expected[0]
    assert capacity.classes == (2 if role == "admin" else 1)


def test_a_class_of_the_next_term_is_not_held_yet(busy, client, sign_in):
    with tenant_context(busy.tenant, busy.admin):
        day = busy.tenant.today()
        SchoolClass.objects.create(name="Next Term", start_date=day + timedelta(days=1))
        SchoolClass.objects.create(
            name="Last Term", start_date=day - timedelta(days=9), end_date=day - timedelta(days=1)
        )
    sign_in(client, busy, busy.admin)
    shown = client.get("/admin/").context
    assert (shown["capacity"].classes, shown["classes_begin"]) == (2, None)
    with tenant_context(busy.tenant, busy.admin):
        SchoolClass.objects.filter(pk__in=[busy.school_class.pk, busy.other_class.pk]).update(
            end_date=day - timedelta(days=1)
        )
    page = client.get("/admin/")
    names = [school_class.name for school_class in page.context["capacity"].fullest]
    assert (names, page.context["classes_begin"]) == (["Next Term"], day + timedelta(days=1))
    assert "No class is held today. These begin from" in page.content.decode()


def test_the_fullest_classes_stand_first(busy):
    with tenant_context(busy.tenant, busy.admin):
        SchoolClass.objects.filter(pk=busy.other_class.pk).update(capacity=1)
        capacity = dashboard.capacity(SchoolClass.objects.current(TODAY))
    names = [seats.name for seats in capacity.fullest]
    assert names == [busy.other_class.name, busy.school_class.name]
    assert (capacity.fullest[0].left, capacity.full) == (0, 1)


def test_money_by_currency(busy):
    with tenant_context(busy.tenant, busy.admin):
        by_currency = {row.currency: row for row in dashboard.money(TODAY)}
    assert by_currency["EUR"] == dashboard.Money(
        "EUR", Decimal("100.00"), Decimal("20.50"), Decimal("79.50"), Decimal("49.50"), 1
    )
    # The cast: two invoices of 100, due on this very day; their payments are of the day they
    # were made, which is not within the year before TODAY.
    assert (by_currency["USD"].invoiced, by_currency["USD"].overdue) == (
        Decimal("200.00"),
        Decimal("0.00"),
    )


def test_money_reaches_back_twelve_months(busy):
    with tenant_context(busy.tenant, busy.admin):
        assert dashboard.money(date(2027, 1, 5))[0].invoiced == Decimal("100.00")
        assert dashboard._a_year_before(date(2028, 2, 29)) == date(2027, 3, 1)


@pytest.mark.parametrize("times", [1, 3])
def test_the_number_of_queries_does_not_grow(busy, times, django_assert_num_queries):
    with tenant_context(busy.tenant, busy.admin):
        for number in range(times):
            student = User.objects.create_user(f"n{number}@a.example", name="N", role="student")
            Enrollment.objects.create(student=student, school_class=busy.school_class)
            ClassSession.objects.create(
                school_class=busy.school_class,
                session_date=TODAY,
                start_time=time(14),
                end_time=time(15),
            )
        with django_assert_num_queries(6):
            dashboard.sessions_on(TODAY)
            dashboard.attendance_by_week(TODAY)
            dashboard.capacity(SchoolClass.objects.current(TODAY))
            dashboard.money(TODAY)


def meeting(start=time(8), *, present=0, expected=3, status="scheduled", closed=False):
    ids = dict.fromkeys(["pk", "class_id", "class_name", "teacher"])
    counts = {"absent": 0, "late": 0, "excused": 0, "blank": 0}
    return Meeting(
        **ids | counts,
        start_time=start,
        end_time=time(23),
        status=status,
        expected=expected,
        present=present,
        is_closed_day=closed,
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"present": 1, "expected": 0, "closed": True}, "taken"),
        ({"expected": 0}, "empty"),
        ({"closed": True}, "closed"),
        ({"status": "cancelled"}, "cancelled"),
        ({}, "missing"),
        ({"start": time(10)}, "missing"),
        ({"start": time(10, 1)}, "later"),
    ],
)
def test_attendance_is_missing_only_once_the_session_has_begun(fields, expected):
    assert state(meeting(**fields), time(10)) == expected
    assert expected in STATES


def test_no_attendance_is_missing_where_it_is_taken_once_a_day():
    assert state(meeting(), time(10), in_classes=False) == "daily"
    assert state(meeting(present=1), time(10), in_classes=False) == "taken"


def test_the_lesson_that_is_on_stands_first():
    missing, taken = meeting(), meeting(present=3)
    missing.state, taken.state = "missing", "taken"
    assert sorted([taken, missing], key=urgency) == [missing, taken]
    taken.is_current = True
    assert sorted([missing, taken], key=urgency) == [taken, missing]


def test_the_chart_draws_each_week_in_its_proportion():
    weeks = [
        dashboard.Week(date(2026, 1, 5)),
        dashboard.Week(date(2026, 1, 12), present=1, absent=1),
    ]
    drawing = chart(weeks)
    none, half = drawing["bars"]
    assert none["height"] == 0
    assert half["height"] * 2 == drawing["base"] - drawing["top"]
    assert half["y"] + half["height"] == drawing["base"]


@pytest.mark.parametrize(
    ("role", "sees_money", "sees_other_class"),
    [("admin", True, True), ("teacher", False, False)],
)
def test_the_page_by_role(cast, client, sign_in, role, sees_money, sees_other_class):
    user = getattr(cast.a, role)
    sign_in(client, cast.a, user)
    response = client.get("/admin/")
    page = response.content.decode()
    assert response.status_code == 200
    assert ("Money in the last 12 months" in page) == sees_money
    assert (cast.a.other_class.name in page) == sees_other_class
    assert cast.a.school_class.name in page
    assert "School B" not in page


def test_today_is_the_schools_own(cast, client, sign_in):
    """East of the date line it may be another day than in UTC."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        type(cast.a.tenant).objects.update(settings={"timezone": "Pacific/Kiritimati"})
    sign_in(client, cast.a, cast.a.admin)
    before = datetime.now(ZoneInfo("Pacific/Kiritimati")).date()
    shown = client.get("/admin/").context["today"]
    assert before <= shown <= datetime.now(ZoneInfo("Pacific/Kiritimati")).date()
