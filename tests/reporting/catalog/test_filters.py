"""What the filters take, refuse with a sentence, and tell; and which day it is at the school."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from academics.models import Term
from core.rls import tenant_context
from reporting import catalog
from reporting.catalog import periods
from reporting.catalog.paging import fetch
from tests.reporting.catalog.conftest import EAST, WEST

pytestmark = pytest.mark.database

ATTENDANCE = catalog.get("attendance_report_v1")
SUMMARY = catalog.get("attendance_summary_v1")
ROSTER = catalog.get("user_roster_v1")
MONDAY = date(2026, 3, 2)
LIKE = "Write it like 28 Nov 2026, 28/11/2026 or 2026-11-28."

WRONG = [
    # report, parameters -> {parameter: sentence}
    (
        ATTENDANCE,
        {"status": "asleep"},
        {"status": "“asleep” is not one of: Present, Absent, Late, Excused."},
    ),
    (
        ATTENDANCE,
        {"from": "31/2/2026", "to": "2026-02-30"},
        {
            "from": f"“31/2/2026” is not a date. {LIKE}",
            "to": f"“2026-02-30” is not a date. {LIKE}",
        },
    ),
    (
        ATTENDANCE,
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"to": "The last day is before the first."},
    ),
    (ATTENDANCE, {"from": "0001-01-01"}, {"from": "Choose a day between 1900 and 2999."}),
    (
        ATTENDANCE,
        {"period": "soon"},
        {"period": f"“soon” is not one of: {', '.join(periods.PERIODS)}."},
    ),
    (ATTENDANCE, {"student": "x" * 201}, {"student": "This is longer than 200 characters."}),
    (ATTENDANCE, {"tenant_id": "1"}, {"tenant_id": "This report has no filter “tenant_id”."}),
    (SUMMARY, {"chronic": "maybe"}, {"chronic": "Write “yes”, or leave it out."}),
]
RIGHT = [
    # report, parameters -> values, and what is told of them
    (ATTENDANCE, {}, {}, []),
    (ATTENDANCE, {"period": "all", "student": "  "}, {}, []),
    (
        ATTENDANCE,
        {"status": "Absent", "student": " Kim ", "from": "2026-03-02"},
        {"status": "absent", "student": "Kim", "from": "2026-03-02"},
        [("Student", "Kim"), ("Status", "Absent"), ("Date", "from 2026-03-02")],
    ),
    # Own days go before a period that was left standing.
    (
        ATTENDANCE,
        {"period": "last_week", "from": "2026-03-02", "to": "2026-03-03"},
        {"from": "2026-03-02", "to": "2026-03-03"},
        [("Date", "2026-03-02 – 2026-03-03")],
    ),
    (
        SUMMARY,
        {"chronic": "1", "period": "all"},
        {"period": "all", "chronic": "yes"},
        [("Period", "Any time"), ("Chronic absentees only", "yes")],
    ),
]


@pytest.mark.parametrize(("report", "asked", "sentences"), WRONG)
def test_what_is_wrong_is_said_at_its_field(report, asked, sentences):
    with pytest.raises(ValidationError) as refused:
        report.parse(asked)
    assert refused.value.message_dict == {key: [text] for key, text in sentences.items()}


@pytest.mark.parametrize(("report", "asked", "values", "described"), RIGHT)
def test_values_are_parsed_described_and_parsed_again(world, report, asked, values, described):
    query = QueryDict(mutable=True)
    query.update(asked)
    assert report.parse(asked) == report.parse(query) == values
    assert report.parse(values) == values
    with tenant_context(world.a.tenant, world.a.admin):
        assert report.describe(values) == described


def test_a_report_that_summarizes_begins_with_the_last_weeks(world):
    assert SUMMARY.parse({}) == {"period": "last_12_weeks"}
    today = world.a.tenant.today()
    with tenant_context(world.a.tenant, world.a.admin):
        settings = SUMMARY.source({}).settings
        assert settings["app.period_to"] == today.isoformat()
        first = date.fromisoformat(settings["app.period_from"])
        assert (first.isoweekday(), (today - first).days // 7) == (1, 11)
        assert SUMMARY.source({"period": "all"}).settings == {
            "app.period_from": "",
            "app.period_to": "",
            "app.period_classes": "",
        }


@pytest.mark.parametrize(
    ("name", "today", "first", "last"),
    [
        ("today", MONDAY, MONDAY, MONDAY),
        ("yesterday", date(2026, 1, 1), date(2025, 12, 31), date(2025, 12, 31)),
        ("this_week", date(2026, 3, 8), MONDAY, date(2026, 3, 8)),
        ("last_week", MONDAY, date(2026, 2, 23), date(2026, 3, 1)),
        ("last_7_days", MONDAY, date(2026, 2, 24), MONDAY),
        ("last_30_days", MONDAY, date(2026, 2, 1), MONDAY),
        ("last_12_weeks", date(2026, 3, 4), date(2025, 12, 15), date(2026, 3, 4)),
        ("this_month", date(2028, 2, 10), date(2028, 2, 1), date(2028, 2, 29)),
        ("last_month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
        ("this_year", MONDAY, date(2026, 1, 1), date(2026, 12, 31)),
        ("last_year", MONDAY, date(2025, 1, 1), date(2025, 12, 31)),
        ("all", MONDAY, None, None),
    ],
)
def test_periods(name, today, first, last):
    assert periods.resolve(name, today) == (first, last)


def test_an_order_that_is_none_of_the_report_is_refused(world):
    with tenant_context(world.a.tenant, world.a.admin), pytest.raises(ValidationError) as refused:
        ATTENDANCE.source({}, sort="notes; drop table users")
    assert list(refused.value.message_dict) == ["sort"]


def test_search_finds_every_word_and_nothing_but(world):
    with tenant_context(world.a.tenant, world.a.admin):
        for text, names in [
            ("kim", ["Kim", "Kim", "Kim", "Kim Lee"]),
            ("Lee kim", ["Kim Lee"]),
            ("%", []),
            ("s0@", ["Kim"]),
            ("nobody", []),
        ]:
            rows = fetch(ROSTER, ROSTER.parse({"person": text, "role": "student"})).rows
            assert sorted(row[1] for row in rows) == names, text


def test_a_filter_narrows_to_the_class_the_teacher_the_flag(world):
    with tenant_context(world.a.tenant, world.a.admin):
        fill = catalog.get("class_fill_v1")
        assert [row[0] for row in fetch(fill, fill.parse({"full": "yes"})).rows] == ["Full"]
        assert [row[0] for row in fetch(fill, fill.parse({"subject": "ar"})).rows] == ["Full"]
        assert [row[0] for row in fetch(fill, fill.parse({"teacher": "outsider"})).rows] == [
            "Other"
        ]
        changes = catalog.get("enrollment_changes_v1")
        dropped = fetch(changes, changes.parse({"event": "dropped", "period": "all"})).rows
        assert {row[4] for row in dropped} == {"Ada", "Kim Lee"}
        values = SUMMARY.parse({"class": "O-2", "period": "all"})
        assert [row[0] for row in fetch(SUMMARY, values).rows] == ["Kim", "Zoë"]
        values = SUMMARY.parse({"chronic": "yes", "period": "all"})
        assert {row[-1] for row in fetch(SUMMARY, values).rows} == {True}


def test_today_is_the_schools(world):
    """The same moment is of different days at the two schools."""
    moment = datetime(2026, 1, 10, 12, tzinfo=ZoneInfo("UTC"))
    at_east, at_west = moment.astimezone(ZoneInfo(EAST)), moment.astimezone(ZoneInfo(WEST))
    assert at_east.date() != at_west.date()
    for school, local in ((world.a, at_east), (world.b, at_west)):
        with tenant_context(school.tenant, school.admin):
            day = local.date().isoformat()
            values = ROSTER.parse({"from": day, "to": day})
            # Two students were created at that moment.
            assert fetch(ROSTER, values).count == 2
    east, west = world.a.tenant.today(), world.b.tenant.today()
    assert east > west
    registers = catalog.get("missing_registers_v1")
    for school, today in ((world.a, east), (world.b, west)):
        with tenant_context(school.tenant, school.admin):
            days = [row[0] for row in fetch(registers, registers.parse({"period": "all"})).rows]
        # One session of each school is dated with the eastern one's today.
        assert (east in days) == (today == east)
        assert max(days) <= today


def test_terms_as_periods(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        this = ATTENDANCE.parse({"period": "this_term"})
        assert this == {"period": "this_term"}
        today = cast.a.tenant.today()
        ends = (cast.a.term.start_date, cast.a.term.end_date)
        assert periods.resolve("this_term", today) == ends
        with pytest.raises(ValidationError, match="There is no such term"):
            ATTENDANCE.parse({"period": "last_term"})
        Term.objects.all().delete()
        with pytest.raises(ValidationError, match="There is no such term"):
            ATTENDANCE.parse({"period": "this_term"})
