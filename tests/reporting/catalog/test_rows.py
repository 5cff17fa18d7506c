"""Every report holds, row for row, what SQL says its reader may see; on the page and in a file."""

import json
import uuid

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.http import urlencode

from core.rls import tenant_context
from reporting import catalog
from reporting.catalog import paging
from tests.refusals import refused_by
from tests.reporting.catalog import expected

pytestmark = pytest.mark.database

NAMES = [report.name for report in catalog.REPORTS if report.name != "audit_trail"]
READERS = ["admin", "teacher", "outsider"]


def everything(report):
    """The filters that let all rows through, also where a report begins with the last weeks."""
    has_days = any("period" in report_filter.keys for report_filter in report.filters)
    return {"period": "all"} if has_days else {}


def as_set(rows):
    return sorted(map(repr, rows))


def plain(rows):
    """Rows with numbers that compare as numbers: 2 hours are 2.00 hours."""
    return [
        [value.normalize() if hasattr(value, "normalize") else value for value in r] for r in rows
    ]


def in_file(report, values):
    source = report.source(values)
    with source.applied(), connection.cursor() as cursor:
        cursor.execute(source.sql, source.params)
        return cursor.fetchall()


def on_pages(client, report):
    """Return the rows of all pages, following the links."""
    rows = []
    address = f"{reverse('admin:report', args=[report.id])}?{urlencode(everything(report))}"
    while address:
        response = client.get(address)
        assert response.status_code == 200
        rows += response.context["page"].rows
        address = response.context["next"]
        address = address and reverse("admin:report", args=[report.id]) + address
    return rows


def test_each_report_has_a_query_to_compare_with():
    assert set(expected.QUERIES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("where", ["a", "b"])
def test_the_rows_are_what_sql_says(world, client, sign_in, monkeypatch, where, reader, name):
    monkeypatch.setattr(paging, "PAGE_SIZE", 4)
    school = getattr(world, where)
    user, report = getattr(school, reader), catalog.get(f"{name}_v1")
    sign_in(client, school, user)
    if user.role not in report.roles:
        assert client.get(reverse("admin:report", args=[report.id])).status_code == 404
        return
    rows = plain(expected.rows(world, school, user, name))
    assert rows, "nothing to compare"

    with tenant_context(school.tenant, user):
        values = report.parse(everything(report))
        assert as_set(plain(in_file(report, values))) == as_set(rows)
        assert report.source(values).count() == len(rows)
    shown = [n for n, column in enumerate(report.columns) if not column.hidden]
    assert as_set(plain(on_pages(client, report))) == as_set(
        [[row[n] for n in shown] for row in rows]
    )


def test_the_audit_trail_is_in_words(world):
    """Every entry of the school, for its admin; what changed as text."""
    school, report = world.a, catalog.get("audit_trail_v1")
    entries = world.rows(
        "select a.timestamp, u.name, u.email, a.action, a.resource_type,"
        " nullif(a.resource_id, a.tenant_id), a.changes::text,"
        " a.metadata ->> 'ip_address' from audit_logs a left join users u on u.id = a.user_id"
        " where a.tenant_id = %(tenant)s",
        tenant=school.tenant.pk,
    )
    expected = [[*entry[:6], in_words(entry[6]), entry[7]] for entry in entries]
    with tenant_context(school.tenant, school.admin):
        file_rows = in_file(report, {})
    assert as_set(map(list, file_rows)) == as_set(expected)
    assert any("status: active → dropped" in (row[6] or "") for row in file_rows)


def in_words(changes):
    """The changes as the view tells them, put together in another language."""
    if changes is None:
        return None
    values = json.loads(changes, parse_float=str)  # as they stand there: 19.00
    return "; ".join(
        f"{column}: {text(change['before'])} → {text(change['after'])}"
        for column, change in sorted(values.items())
    )


def text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value)
    return "" if value is None else str(value)


@pytest.mark.parametrize("name", [*NAMES, "audit_trail"])
def test_a_student_and_nobody_get_no_row_by_any_address(world, client, sign_in, name):
    """The admin is closed to students; the view holds too, should somebody read it for them."""
    school = world.a
    url = reverse("admin:report", args=[f"{name}_v1"])
    assert sign_in(client, school, school.student).get(url).status_code == 302
    report = catalog.get(f"{name}_v1")
    assert report not in catalog.reports_for("student")
    with tenant_context(school.tenant), refused_by("privilege"):
        in_file(report, everything(report))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_names_nobody_by_an_id(world, name):
    """The audit trail alone has them: a record that is gone has no other name."""
    with tenant_context(world.a.tenant, world.a.admin):
        report = catalog.get(f"{name}_v1")
        rows = in_file(report, everything(report))
    assert rows
    assert [value for row in rows for value in row if isinstance(value, uuid.UUID)] == []


@pytest.mark.parametrize("report", catalog.REPORTS, ids=lambda report: report.name)
def test_the_schools_id_is_in_no_column(world, report):
    assert "tenant_id" not in report.by_name
    with tenant_context(world.a.tenant, world.a.admin):
        assert str(world.a.tenant.pk) not in repr(in_file(report, everything(report)))
