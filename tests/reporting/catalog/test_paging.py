"""Pages by keyset: every row once, in order, forth and back, whatever the order."""

import pytest
from django.core import signing
from django.db import connection

from core.rls import tenant_context
from reporting import catalog
from reporting.catalog import paging

pytestmark = pytest.mark.database

SORTS = [
    (report, direction + sort)
    for report in catalog.REPORTS
    for sort in report.sorts
    for direction in ("", "-")
]


def everything(report):
    has_days = any("period" in report_filter.keys for report_filter in report.filters)
    return {"period": "all"} if has_days else {}


def in_order(report, sort):
    """Return the shown columns of all rows as one query has them."""
    values = everything(report)
    rows, params = report.rows(values)
    names = ", ".join(column.name for column in report.shown)
    order = ", ".join(key.order() for key in report.keys(sort))
    with report.applied(values), connection.cursor() as cursor:
        cursor.execute(f"select {names} {rows} order by {order}", params)
        return cursor.fetchall()


@pytest.mark.parametrize(("report", "sort"), SORTS, ids=lambda it: getattr(it, "name", it))
def test_pages_walk_every_row_once_forth_and_back(world, report, sort):
    with tenant_context(world.a.tenant, world.a.admin):
        expected = in_order(report, sort)
        if report.name == "audit_trail":
            expected = expected[:20]
        values, pages, after = everything(report), [], None
        while sum(len(page.rows) for page in pages) < len(expected):
            pages.append(paging.fetch(report, values, sort, after=after, size=3))
            after = pages[-1].after
            assert pages[-1].rows
        forth = [row for page in pages for row in page.rows]
        assert forth[: len(expected)] == expected
        if report.name != "audit_trail":
            assert after is None
        assert pages[0].before is None
        assert {page.count for page in pages} == {pages[0].count}

        page, back = pages[-1], list(pages[-1].rows)
        while page.before:
            page = paging.fetch(report, values, sort, before=page.before, size=3)
            back = page.rows + back
            assert page.after is not None
        assert back == forth


def test_ties_and_nulls_were_there_to_walk(world):
    """Or the test above could not fail."""
    with tenant_context(world.a.tenant, world.a.admin):
        roster = catalog.get("user_roster_v1")
        names = [row[1] for row in in_order(roster, "name")]
        assert len(set(names)) < len(names)
        signed_in = [row[5] for row in in_order(roster, "last_login")]
        assert 3 <= signed_in.count(None) < len(signed_in) - 1


@pytest.mark.parametrize("sort", ["last_login", "-last_login"])
def test_nulls_are_last_in_both_directions(world, sort):
    with tenant_context(world.a.tenant, world.a.admin):
        moments = [row[5] for row in in_order(catalog.get("user_roster_v1"), sort)]
    known = [moment for moment in moments if moment is not None]
    assert moments == sorted(known, reverse=sort.startswith("-")) + [None] * moments.count(None)


def test_a_cursor_of_another_make_is_the_first_page(world):
    roster = catalog.get("user_roster_v1")
    with tenant_context(world.a.tenant, world.a.admin):
        first = paging.fetch(roster, {}, "name", size=3)
        for cursor in [
            "nonsense",
            first.after + "x",
            signing.dumps(["user_roster_v1", "name", ["x'", "1"]], salt="another"),
            paging.fetch(roster, {}, "email", size=3).after,
        ]:
            again = paging.fetch(roster, {}, "name", after=cursor, size=3)
            assert (again.rows, again.before) == (first.rows, None)


def test_a_page_whose_rows_went_away_is_empty_and_still_counted(world):
    summary = catalog.get("attendance_summary_v1")
    values = everything(summary)
    with tenant_context(world.a.tenant, world.a.admin):
        whole = paging.fetch(summary, values, size=100)
        last = paging.fetch(summary, values, size=len(whole.rows) - 1)
        with connection.cursor() as cursor:
            cursor.execute(
                "update users set name = 'AAA' where name = (select max(name) from users"
                " where role = 'student' and deleted_at is null)"
            )
        gone = paging.fetch(summary, values, after=last.after, size=5)
        assert gone.count == whole.count


def test_the_count_ends_at_its_limit(world, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 3)
    with tenant_context(world.a.tenant, world.a.admin):
        for name in ("user_roster_v1", "attendance_summary_v1"):
            page = paging.fetch(catalog.get(name), everything(catalog.get(name)))
            assert (page.count, page.is_capped) == (4, True)
