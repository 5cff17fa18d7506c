"""Reports of classes begin with the current term, as the lists do; so does the dashboard."""

import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.http import urlencode

from academics.models import AcademicYear, Assignment, SchoolClass, Term
from core.rls import tenant_context
from reporting import catalog
from reporting.catalog import charts
from reporting.catalog.paging import fetch
from reporting.services import schedules

pytestmark = pytest.mark.database

REPORTS = [report for report in catalog.REPORTS if report.term]
FILL, LOAD = catalog.get("class_fill_v1"), catalog.get("teacher_load_v1")
ATTENDANCE = catalog.get("attendance_report_v1")


@pytest.fixture
def now(cast):
    """A term of today at school A with the teacher's class; the other is in the one before."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        today = cast.a.tenant.today()
        start = max(today - timedelta(days=30), date(2026, 8, 1))
        year = AcademicYear.objects.create(
            name="Now", start_date=start, end_date=today + timedelta(days=60)
        )
        term = Term.objects.create(
            academic_year=year, name="Autumn", start_date=start, end_date=today
        )
        SchoolClass.objects.filter(pk=cast.a.school_class.pk).update(term=term)
        SchoolClass.objects.filter(pk=cast.a.other_class.pk).update(term=cast.a.term)
        return term


def classes(school, person, **asked):
    """Return the names that the report of seats has."""
    with tenant_context(school.tenant, person):
        return sorted(row[0] for row in fetch(FILL, FILL.parse(asked)).rows)


def page(report, **asked):
    query = f"?{urlencode(asked)}" if asked else ""
    return reverse("admin:report", args=[report.id]) + query


def test_the_reports_of_classes_have_the_filter():
    assert {report.name for report in catalog.REPORTS} - {r.name for r in REPORTS} == {
        "user_roster",
        "attendance_days",
        "payment_ledger",
        "receivables",
        "collected",
        "revenue",
        "audit_trail",
    }


@pytest.mark.parametrize("role", ["admin", "teacher"])
def test_rows_begin_with_the_current_term_and_classes_without_one(cast, now, role):
    school, person = cast.a, getattr(cast.a, role)
    own, other = school.school_class.name, school.other_class.name
    theirs = [other] if role == "admin" else []
    assert classes(school, person) == [own]
    assert classes(school, person, term="all") == sorted([own, *theirs])
    assert classes(school, person, term=str(school.term.pk)) == theirs
    assert classes(school, person, term="spring (2025/26)") == theirs
    assert classes(school, person, term="none") == []
    with tenant_context(school.tenant, school.admin):
        SchoolClass.objects.update(term=None)
    assert classes(school, person) == classes(school, person, term="none")
    assert classes(school, person) == sorted([own, *theirs])
    assert classes(school, person, term=str(now.pk)) == []


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_each_report_shows_the_term_and_its_file_the_same(cast, now, client, sign_in, report):
    sign_in(client, cast.a, cast.a.admin)
    for asked, title in [
        ({}, "Autumn (Now)"),
        ({"term": "all"}, "All terms"),
        ({"term": str(cast.a.term.pk)}, "Spring (2025/26)"),
        ({"term": "none"}, "Without a term"),
    ]:
        response = client.get(page(report, **asked))
        assert response.context["scope"]["title"] == title
        assert response.context["form"]["term"].value() == asked.get("term")
        with tenant_context(cast.a.tenant, cast.a.admin):
            source = report.source(report.parse(asked))
            assert source.count() == response.context["page"].count
        described = dict(source.filters)["Term"]
        assert described == title + (", and classes without a term" if not asked else "")
    assert client.get(page(report)).context["scope"]["every"].endswith("term=all")


def test_days_of_ones_own_may_be_of_any_term(cast, now, client, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    for asked, title, is_narrowed in [
        ({"period": "this_term"}, "Autumn (Now)", False),
        ({"period": "last_year"}, "All terms", True),
        ({"from": "2026-02-01"}, "All terms", True),
        ({"from": "2026-02-01", "term": "current"}, "Autumn (Now)", False),
    ]:
        scope = client.get(page(ATTENDANCE, **asked)).context["scope"]
        assert (scope["title"], scope["is_narrowed"]) == (title, is_narrowed), asked
    link = client.get(page(ATTENDANCE, **{"from": "2026-02-01"})).context["scope"]["current"]
    assert link == "?from=2026-02-01&term=current"


def test_a_chart_is_of_the_rows_term(cast, now):
    """It adds days of its own, which are no reason to draw other terms."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.update(term=cast.a.term)
        Assignment.objects.update(due_date=cast.a.tenant.today())
        grades = catalog.get("grade_distribution_v1")
        values = grades.parse({"term": "all"})
        assert (
            sum(n for _label, (n,) in charts.draw(grades, values).points)
            == fetch(grades, values).count
        )
        assert charts.draw(grades, grades.parse({})).points == []


def test_what_a_teacher_carries_is_that_of_the_term(cast, now):
    with tenant_context(cast.a.tenant, cast.a.admin):
        # Held beyond its term, so that it counts where all terms are asked for.
        SchoolClass.objects.filter(pk=cast.a.other_class.pk).update(end_date=now.end_date)
        for asked, expected in [({}, {0, 1}), ({"term": "all"}, {1}), ({"term": "none"}, {0})]:
            rows = fetch(LOAD, LOAD.parse(asked)).rows
            assert {row[1] for row in rows} == expected, asked


def test_a_school_without_terms_sees_no_difference(cast, client, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    with tenant_context(cast.a.tenant, cast.a.admin):
        SchoolClass.objects.update(term=None)
        Term.objects.all().delete()
    for report in REPORTS:
        response = client.get(page(report))
        assert response.context["scope"] is None
        assert "term" not in response.context["form"].fields
        assert "Term" not in dict(response.context["described"])
    assert classes(cast.a, cast.a.admin) == sorted(
        [cast.a.school_class.name, cast.a.other_class.name]
    )
    assert client.get("/admin/").context["scope"] is None


def test_an_unknown_term_is_refused_at_its_field(cast, now, client, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    for term in ("x", uuid.uuid4(), cast.b.term.pk):
        errors = client.get(page(FILL, term=term)).context["form"].errors
        assert errors == {"term": ["There is no such term."]}


def test_a_schedule_means_the_term_of_its_day(cast, now):
    """What it makes keeps that term; one that names a term is stopped when it is gone."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert schedules.resolved(FILL, {}) == {"term": f"{now.pk},none"}
        assert schedules.resolved(FILL, {"term": "all"}) == {"term": "all"}
        for report in (ATTENDANCE, catalog.get("missing_registers_v1")):
            kept = schedules.resolved(report, {"period": "last_month"})
            assert set(kept) == {"from", "to"}
        registers = schedules.resolved(report, {})
        assert set(registers) == {"from", "to", "term"}
        assert schedules.resolved(report, registers) == registers
        rows = classes(cast.a, cast.a.admin, **schedules.resolved(FILL, {}))
        assert rows == classes(cast.a, cast.a.admin) == [cast.a.school_class.name]
        chosen = {"term": str(now.pk)}
        SchoolClass.objects.update(term=None)
        now.delete()
        with pytest.raises(ValidationError):
            FILL.parse(chosen)


def test_a_schedules_form_offers_the_terms(cast, now, client, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    address = client.get(page(ATTENDANCE, term=now.pk)).context["schedule_url"]
    form = client.get(address).context["adminform"].form
    assert form["filter_term"].value() == str(now.pk)
    offered = dict(form.fields["filter_term"].choices)
    assert {"", "current", "all", "none", str(now.pk), str(cast.a.term.pk)} == set(offered)
    # Without days there is no other term that the default could mean.
    assert FILL.term.period == ""
    form = client.get(client.get(page(FILL)).context["schedule_url"]).context["adminform"].form
    assert form.fields["filter_term"].choices[0] == ("", "The current term")


def test_teachers_carry_the_classes_that_are_held_today(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        day = cast.a.tenant.today()
        over = {"start_date": day - timedelta(days=9), "end_date": day - timedelta(days=1)}
        coming = {"start_date": day + timedelta(days=1)}
        ended = {"start_date": day - timedelta(days=900), "term": cast.a.term}
        held = {"start_date": day, "end_date": day}
        for number, dates in enumerate([over, coming, ended, held]):
            SchoolClass.objects.create(name=f"C{number}", teacher=cast.a.outsider, **dates)
        rows = fetch(LOAD, LOAD.parse({"term": "all"})).rows
        place = [column.name for column in LOAD.shown].index("classes")
        [load] = [row[place] for row in rows if row[0] == cast.a.outsider.name]
        taught = SchoolClass.objects.taught_by(cast.a.outsider).current(day)
        assert load == taught.count() == 2
        assert [school_class.is_held(day) for school_class in taught] == [True, True]


@pytest.mark.parametrize(
    ("asked", "count"), [("", 1), ("?term=all", 1), ("?term=none", 0), ("?term=x", 1)]
)
def test_the_dashboard_counts_the_seats_of_the_term(cast, now, client, sign_in, asked, count):
    sign_in(client, cast.a, cast.a.admin)
    context = client.get(f"/admin/{asked}").context
    assert context["capacity"].classes == len(context["capacity"].fullest) == count
    assert context["scope"]["is_default"] == (asked in ("", "?term=x"))
