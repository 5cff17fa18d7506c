"""The reports' pages: the list, the rows, what is wrong, the chart, saved filters, the way out."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from core.rls import tenant_context
from exchange.models import Export
from reporting import catalog
from reporting.admin.report_pages import OLD_ADDRESSES
from reporting.catalog import paging
from reporting.models import SavedFilter

pytestmark = pytest.mark.database

ADMINS = [
    "audit_trail_v1",
    "collected_v1",
    "payment_ledger_v1",
    "receivables_v1",
    "revenue_v1",
]
CHARTS = [report for report in catalog.REPORTS if report.chart]
# Session, person, settings of the view where it has any; saved filters, terms, rows, count; and
# those of a teacher's classes.
QUERIES = 15
KING = "“king” is not one of: Admin, Registrar, Bursar, Teacher, Student, Guardian."


def page(report_id, name="report", **asked):
    query = f"?{urlencode(asked)}" if asked else ""
    return reverse(f"admin:{name}", args=[report_id]) + query


@pytest.fixture
def as_admin(world, client, sign_in):
    return sign_in(client, world.a, world.a.admin)


@pytest.fixture
def as_teacher(world, client, sign_in):
    return sign_in(client, world.a, world.a.teacher)


def texts(response):
    return [[text for text, _class in row] for row in response.context["rows"]]


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


# --- who sees what --------------------------------------------------------------------------------


def test_the_list_has_the_reports_of_the_role(world, client, sign_in):
    for user in (world.a.admin, world.a.teacher):
        response = sign_in(client, world.a, user).get(reverse("admin:reports"))
        shown = [r for reports in response.context["subjects"].values() for r in reports]
        assert {r.id for r in shown} == {r.id for r in catalog.reports_for(user.role)}
        body = response.content.decode()
        for report in catalog.REPORTS:
            assert (page(report.id) in body) == (report in shown)
    assert {r.id for r in catalog.REPORTS} - {r.id for r in shown} == set(ADMINS)


@pytest.mark.parametrize("report_id", [*ADMINS, "user_roster", "user_roster_v2", "x"])
def test_a_report_not_for_the_role_is_as_unknown_as_one_that_is_not(as_teacher, report_id):
    for name in ("report", "report_chart"):
        assert as_teacher.get(page(report_id, name)).status_code == 404
    for name in ("report_export", "report_saved"):
        assert as_teacher.post(page(report_id, name)).status_code == 404


@pytest.mark.parametrize(("old", "report_id"), OLD_ADDRESSES.items())
def test_the_old_addresses_lead_to_the_reports(as_admin, old, report_id):
    response = as_admin.get(f"/admin/reporting/{old}/?o=1")
    assert (response.status_code, response.url) == (302, page(report_id))


# --- rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", catalog.REPORTS, ids=lambda it: it.name)
def test_a_page_costs_the_same_for_one_row_and_for_three(
    world, client, sign_in, monkeypatch, report
):
    for user in (world.a.admin, world.a.teacher):
        if user.role not in report.roles:
            continue
        sign_in(client, world.a, user)
        asked = {"period": "all"} if any("period" in f.keys for f in report.filters) else {}
        counts = []
        client.get(page(report.id, **asked))  # which school the host is, is asked once
        for size in (1, 3):
            monkeypatch.setattr(paging, "PAGE_SIZE", size)
            with CaptureQueriesContext(
                connection,
            ) as captured:
                response = client.get(page(report.id, **asked))
            assert len(response.context["rows"]) <= size
            counts.append(len(captured))
        assert counts[0] == counts[1] <= QUERIES


def test_values_are_shown_as_people_read_them(as_admin):
    response = as_admin.get(page("attendance_summary_v1", period="all", student="s1@"))
    assert texts(response) == [["Kim", "4", "0", "1", "1", "2", "50.00 %", "75.00 %", "yes"]]
    response = as_admin.get(page("user_roster_v1", person="s0@"))
    # Signed in at half past eleven at night of Greenwich: the next day at Kiritimati.
    assert texts(response) == [
        ["s0@example.com", "Kim", "Student", "Active", "2026-01-11 02:00", "2026-01-02 13:30"]
    ]


def test_headers_sort_and_say_so(as_admin):
    response = as_admin.get(page("class_fill_v1", sort="-fill_rate", level="Beginner"))
    sorts = {header.label: (header.direction, link) for header, link in response.context["headers"]}
    assert sorts["Filled"] == ("descending", "?level=Beginner&sort=fill_rate")
    assert sorts["Class"] == ("none", "?level=Beginner&sort=class_name")
    assert sorts["Code"] == (None, None)
    assert 'aria-sort="descending"' in response.content.decode()


def test_what_is_wrong_stands_at_its_field_and_no_row_below(as_admin):
    response = as_admin.get(page("attendance_report_v1", **{"from": "soon", "what": "x"}))
    assert response.status_code == 200
    assert response.context["form"].errors == {
        "from": ["“soon” is not a date. Write it like 28 Nov 2026, 28/11/2026 or 2026-11-28."],
        "__all__": ["This report has no filter “what”."],
    }
    assert "page" not in response.context
    response = as_admin.get(page("attendance_report_v1", sort="notes"))
    assert response.context["form"].non_field_errors() == [
        "This report cannot be sorted by “notes”."
    ]


def test_an_empty_report_says_why(as_admin):
    body = as_admin.get(page("user_roster_v1", person="nobody")).content.decode()
    assert "No row matches these filters." in body
    body = as_admin.get(page("user_roster_v1", after="x")).content.decode()
    assert "No row matches" not in body


def test_the_count_is_capped_on_the_page(as_admin, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 3)
    assert "3+ rows" in as_admin.get(page("user_roster_v1")).content.decode()


# --- charts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", CHARTS, ids=lambda it: it.name)
@pytest.mark.parametrize("where", ["a", "b"])
def test_a_chart_has_its_numbers_as_a_table(world, client, sign_in, report, where):
    school = getattr(world, where)
    for user in (school.admin, school.teacher):
        if user.role not in report.roles:
            continue
        response = sign_in(client, school, user).get(page(report.id, "report_chart"))
        drawing = response.context["drawing"]
        assert drawing.points
        assert '<canvas class="chart"' in response.content.decode()
        assert len(response.context["cells"]) == len(drawing.points)


def test_the_charts_numbers_are_the_rows(world, as_admin):
    with tenant_context(world.a.tenant, world.a.admin):
        grades = catalog.get("grade_distribution_v1")
        rows = paging.fetch(grades, {}).rows
    names = [column.name for column in grades.shown]
    bands = [names.index(f"band_{low}") for low in (0, 60, 70, 80, 90)]
    drawing = as_admin.get(page(grades.id, "report_chart")).context["drawing"]
    assert [numbers for _label, numbers in drawing.points] == [
        [sum(row[band] for row in rows)] for band in bands
    ]
    # Seven marks in percent: 95, 87.5, 40, 0; 66.67, 99.67; 60, 59.99.
    assert [numbers for _label, numbers in drawing.points] == [[3], [2], [0], [1], [2]]


def test_the_attendance_rate_by_week_leaves_no_week_out(world, as_admin):
    response = as_admin.get(
        page("attendance_report_v1", "report_chart", period="all", status="absent")
    )
    points = response.context["drawing"].points
    assert len(points) >= 4
    empty = [label for label, numbers in points if numbers == [None, None]]
    assert empty
    assert [label for label, texts in response.context["cells"] if texts == ["–", "–"]] == empty
    total = world.rows(
        "select count(*) from attendance where tenant_id = %(t)s", t=world.a.tenant.pk
    )
    assert sum(numbers[1] or 0 for _label, numbers in points) == total[0][0]


def test_a_report_without_a_chart_has_none(as_admin):
    assert as_admin.get(page("user_roster_v1", "report_chart")).status_code == 404
    assert as_admin.get(page("class_fill_v1", "report_chart", x="1")).status_code == 404


# --- saved filters --------------------------------------------------------------------------------


def saved(world, user):
    with tenant_context(world.a.tenant, user):
        return list(SavedFilter.objects.values_list("name", "report", "filters", "sort"))


def keep(client, report_id="user_roster_v1", asked=None, **fields):
    return client.post(page(report_id, "report_saved", **(asked or {})), fields, follow=True)


def test_filters_are_saved_applied_renamed_replaced_and_deleted(world, as_admin):
    asked = {"role": "student", "sort": "-email"}
    response = keep(as_admin, asked=asked, action="save", name="  My  students ")
    assert messages_of(response) == ["Saved as “My students”."]
    assert response.request["QUERY_STRING"] == "role=student&sort=-email"
    assert saved(world, world.a.admin) == [
        ("My students", "user_roster", {"role": "student"}, "-email")
    ]
    [(saved_filter, link)] = response.context["saved"]
    assert link == "?role=student&sort=-email"

    response = keep(as_admin, action="rename", saved=saved_filter.pk, name="Pupils")
    assert messages_of(response) == ["Renamed to “Pupils”."]
    response = keep(as_admin, asked={"role": "teacher"}, action="replace", saved=saved_filter.pk)
    assert messages_of(response) == ["“Pupils” now has these filters."]
    assert saved(world, world.a.admin) == [("Pupils", "user_roster", {"role": "teacher"}, None)]
    assert "Pupils" not in as_admin.get(page("class_fill_v1")).content.decode()

    response = keep(as_admin, action="delete", saved=saved_filter.pk)
    assert messages_of(response) == ["“Pupils” was deleted."]
    assert saved(world, world.a.admin) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"action": "save", "name": " "}, "Give the filters a name."),
        ({"action": "save", "name": "x" * 101}, "The name is longer than 100 characters."),
        (
            {"action": "save", "name": "Mine"},
            "You already have filters named “Mine”. Choose another name, or replace those.",
        ),
    ],
)
def test_what_cannot_be_saved_is_said(world, as_admin, fields, sentence):
    keep(as_admin, action="save", name="Mine")
    assert messages_of(keep(as_admin, **fields)) == [sentence]
    assert len(saved(world, world.a.admin)) == 1


def test_wrong_filters_are_not_saved(world, as_admin):
    response = keep(as_admin, asked={"role": "king"}, action="save", name="Kings")
    assert messages_of(response) == [KING]
    assert saved(world, world.a.admin) == []


def test_saved_filters_are_ones_own(world, client, sign_in):
    keep(sign_in(client, world.a, world.a.admin), action="save", name="Mine")
    with tenant_context(world.a.tenant, world.a.admin):
        mine = SavedFilter.objects.get().pk
    sign_in(client, world.a, world.a.teacher)
    assert client.get(page("user_roster_v1")).context["saved"] == []
    for action in ("rename", "replace", "delete"):
        for row_id in (mine, "x"):
            response = keep(client, action=action, saved=row_id, name="Stolen")
            assert response.status_code == 404
    assert saved(world, world.a.teacher) == []
    # The same name is free for somebody else.
    keep(client, action="save", name="Mine")
    assert len(saved(world, world.a.teacher)) == len(saved(world, world.a.admin)) == 1


# --- the way out ----------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", ["admin", "teacher"])
def test_the_filtered_rows_leave_as_a_file(world, client, sign_in, reader):
    sign_in(client, world.a, getattr(world.a, reader))
    asked = {"role": "student", "sort": "-name"}
    shown = texts(client.get(page("user_roster_v1", **asked)))
    assert shown

    response = client.post(page("user_roster_v1", "report_export", **asked), {"file_format": "csv"})

    data = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data)))
    assert [row["E-mail"] for row in rows] == [row[0] for row in shown]
    with tenant_context(world.a.tenant, getattr(world.a, reader)):
        export = Export.objects.get(template_id="user_roster_v1")
    assert (export.filters, export.sort, export.row_count) == (
        {"role": "student"},
        "-name",
        len(rows),
    )


def test_a_file_wants_a_format_and_right_filters(world, as_admin):
    response = as_admin.post(page("user_roster_v1", "report_export"), {}, follow=True)
    assert messages_of(response) == ["Choose XLSX, CSV or PDF."]
    response = as_admin.post(
        page("user_roster_v1", "report_export", role="king"), {"file_format": "csv"}, follow=True
    )
    assert messages_of(response) == [KING]
    assert as_admin.get(page("user_roster_v1", "report_export")).status_code == 405


def test_the_page_leads_to_a_schedule_of_what_it_shows(as_admin):
    response = as_admin.get(page("attendance_report_v1", status="absent", sort="session_date"))
    address = reverse("admin:reporting_reportschedule_add")
    query = "report=attendance_report_v1&status=absent&sort=session_date"
    assert response.context["schedule_url"] == f"{address}?{query}"
    assert as_admin.get(response.context["schedule_url"]).status_code == 200


def test_the_audit_trail_says_what_was_done(world, as_admin):
    done = {row[2] for row in texts(as_admin.get(page("audit_trail_v1", kind="enrollment")))}
    assert "Enrollment created" in done
    assert done <= {"Enrollment created", "Enrollment changed", "Enrollment deleted"}
