"""What the engine writes is what SQL says the reader may see, whatever the format."""

import io
import json
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from academics.models import Attendance, Enrollment, Schedule
from core.models import User
from core.querying import left_joins
from core.rls import tenant_context
from exchange.columns import Integer
from exchange.exports import copying, engine, source
from exchange.resources import resource_for
from reporting import catalog
from reporting.catalog import periods
from tests.factories.files import read_csv, read_xlsx
from tests.factories.sources import source_of

BERLIN = "Europe/Berlin"


def written(rows, file_format="csv", on_progress=None):
    file = io.BytesIO()
    count = engine.write(file, rows, file_format, on_progress)
    return count, file.getvalue()


def as_csv(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return str(value)


def as_xlsx(value):
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, int) and not isinstance(value, bool):
        return value
    return as_csv(value)


def to_the_second(value):
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def order(rows):
    return sorted(rows, key=lambda row: [str(value) for value in row])


def reports():
    return [(report, role) for report in catalog.REPORTS for role in report.roles]


def everything(report):
    """Return the values of the filters that leave out no day."""
    keys = {key for report_filter in report.filters for key in report_filter.keys}
    return {"period": periods.ALL} if "period" in keys else {}


@pytest.mark.parametrize(
    ("report", "role"), reports(), ids=lambda value: getattr(value, "id", value)
)
def test_report_holds_what_its_reader_may_see(cast, report, role):
    """Row for row, as the view shows it to the reader without any of our SQL."""
    user = getattr(cast.a, role)
    with tenant_context(cast.a.tenant, user), timezone.override(BERLIN):
        rows = report.source(everything(report))
        names = ", ".join(column.name for column in report.columns)
        with rows.applied(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {report.view}")
            expected = cursor.fetchall()
        count, data = written(rows)
        header, *cells = read_csv(data)
        assert header == [str(column.label) for column in report.columns]
        assert order(cells) == order([as_csv(value) for value in row] for row in expected)
        assert count == len(expected) == rows.count()

        count, data = written(rows, "xlsx")
        header, *cells = read_xlsx(data)
        assert header == [str(column.label) for column in report.columns]
        cells = [[to_the_second(value) for value in row] for row in cells]
        assert order(cells) == order([as_xlsx(value) for value in row] for row in expected)


def test_teacher_reads_less_than_admin(cast):
    """Or the comparison above would say nothing."""
    report = catalog.get("attendance_report_v1")
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert written(report.source({}))[0] == 2
    with tenant_context(cast.a.tenant, cast.a.teacher):
        assert written(report.source({}))[0] == 1


def test_every_list_can_be_written(cast):
    """As many rows and columns as its resource has, with the values of the instances."""
    with tenant_context(cast.a.tenant, cast.a.admin), timezone.override(BERLIN):
        for model in admin.site._registry:
            resource = resource_for(model)()
            queryset = model._default_manager.order_by("pk")
            rows = source.from_queryset(queryset)
            header, *cells = read_csv(written(rows)[1])
            assert header == [str(column.label) for column in resource.columns()], model
            assert len(cells) == queryset.count(), model
            expected = [[as_csv(v) for v in _rendered(resource, i)] for i in queryset]
            assert [[_plain(cell) for cell in row] for row in cells] == [
                [_plain(cell) for cell in row] for row in expected
            ], model


def _rendered(resource, instance):
    for column in resource.columns():
        value = column.get_value(instance)
        # The kind renders a moment without its zone; as_csv wants the zone.
        yield value if isinstance(value, datetime) else column.widget.render(value)


def _plain(cell):
    """Return a cell without what the two ways are free to write differently."""
    if cell.startswith(("{", "[")):
        return json.loads(cell)  # PostgreSQL keeps the zeros of 100.00
    # What begins like a formula, a phone number say, stands behind an apostrophe.
    return cell.removeprefix("'")


def test_list_joins_whom_its_reader_may_not_see(cast):
    """A teacher sees attendance that another person recorded, but not that person."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        Attendance.objects.filter(pk=cast.a.attendance.pk).update(recorded_by=cast.a.outsider)
    with tenant_context(cast.a.tenant, cast.a.teacher):
        _header, row = read_csv(written(source.from_queryset(Attendance.objects.all()))[1])
    assert row[4] == cast.a.student.email
    assert row[8] == ""


def test_list_keeps_filters_order_and_choice_of_rows(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        people = User.objects.filter(role="student").order_by("-email")
        _header, *rows = read_csv(written(source.from_queryset(people))[1])
        assert [row[0] for row in rows] == [cast.a.student.email, cast.a.other_student.email]

        by_relation = left_joins(Enrollment.objects.filter(student__name="Student"))
        by_relation = by_relation.select_related("student").order_by("student__name")[:5]
        _header, *rows = read_csv(written(source.from_queryset(by_relation))[1])
        assert [row[0] for row in rows] == [cast.a.student.email]


def test_list_shows_the_label_of_a_choice(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        _header, row = read_csv(written(source.from_queryset(Schedule.objects.all()))[1])
        assert row[2] == cast.a.schedule.get_weekday_display()


def test_rows_cost_no_queries_of_their_own(cast):
    def queries():
        with (
            tenant_context(cast.a.tenant, cast.a.admin),
            CaptureQueriesContext(connection) as captured,
        ):
            written(source.from_queryset(Enrollment.objects.order_by("id")))
        return len(captured)

    queries()  # the context is sent once
    few = queries()
    with tenant_context(cast.a.tenant, cast.a.admin):
        people = [User(email=f"p{i}@a.example", name=f"P{i}", role="student") for i in range(12)]
        User.objects.bulk_create(people)
        Enrollment.objects.bulk_create(
            Enrollment(student=person, school_class=cast.a.school_class) for person in people
        )
    assert queries() == few


@pytest.fixture
def numbers():
    return source_of({"Number": ("int", Integer())}, [(n,) for n in range(25)])


@pytest.mark.parametrize("file_format", engine.FORMATS)
def test_progress_can_stop_the_file_and_the_transaction_goes_on(
    cast, numbers, monkeypatch, file_format
):
    monkeypatch.setattr(copying, "BLOCK_ROWS", 10)

    class Stop(Exception):
        pass

    def stop(rows_done):
        raise Stop

    with tenant_context(cast.a.tenant, cast.a.admin):
        with pytest.raises(Stop):
            written(numbers, file_format, stop)
        assert User.objects.filter(role="admin").count() == 1


def test_progress_counts_rows(cast, numbers, monkeypatch):
    monkeypatch.setattr(copying, "BLOCK_ROWS", 10)
    with tenant_context(cast.a.tenant, cast.a.admin):
        for file_format in ("csv", "xlsx"):
            reported = []
            assert written(numbers, file_format, reported.append)[0] == 25
            assert reported == [10, 20, 25]


@pytest.mark.parametrize("file_format", engine.FORMATS)
def test_failure_of_the_query_halfway_is_an_error_and_the_transaction_goes_on(cast, file_format):
    broken = source.Source(
        title="Broken",
        columns=(source.SourceColumn("Number", Integer()),),
        sql="SELECT 1 / (2500 - n) FROM generate_series(1, 3000) n",
    )
    with tenant_context(cast.a.tenant, cast.a.admin):
        with pytest.raises(DatabaseError, match="division by zero"):
            written(broken, file_format)
        assert User.objects.filter(role="admin").count() == 1


def test_settings_of_the_source_hold_for_its_query_only(cast):
    rows = source.Source(
        title="Period",
        columns=(source.SourceColumn("From", None),),
        sql="SELECT app.period_from()",
        settings={"app.period_from": "2026-02-03"},
    )
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert read_csv(written(rows)[1])[1] == ["2026-02-03"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT app.period_from()")
            assert cursor.fetchone() == (None,)
