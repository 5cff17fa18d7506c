"""The school's settings for its calendar, grades, and families' reports of absences."""

from datetime import date

import pytest
from django.db import transaction
from django.urls import reverse

from academics import weekdays
from academics.selectors import timetable
from core.constraints import RefusedByDatabase, explained
from core.models import Tenant
from core.rls import tenant_context
from core.services import school_settings
from tests.factories import academics

pytestmark = pytest.mark.django_db
CALENDAR = {"timezone": "Europe/Berlin", "date_order": "mdy", "school_days": ["1", "2", "7"]}
SCALE = [["Yes", 50], ["No", 0]]


@pytest.fixture
def office(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def post(office, page, data):
    return office.post(reverse(f"admin:{page}_settings"), data)


def kept(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        return Tenant.objects.get(pk=cast.a.tenant.pk).settings


def test_the_calendar(office, cast):
    assert post(office, "calendar", CALENDAR).status_code == 302
    assert kept(cast) == CALENDAR | {"school_days": [1, 2, 7]}
    page = office.get(reverse("admin:calendar_settings"))
    assert page.context["form"].initial["school_days"] == [1, 2, 7]
    monday = date(2027, 3, 1)
    with tenant_context(Tenant(pk=cast.a.tenant.pk, settings=kept(cast)), cast.a.admin):
        shown = timetable.week(monday, monday, timetable.Scope()).days
    assert [day.date.isoweekday() for day in shown] == [1, 2, 7]


@pytest.mark.parametrize(
    ("field", "value"), [("timezone", "Mars/Base"), ("date_order", "ymd"), ("school_days", ["8"])]
)
def test_a_calendar_that_cannot_be(office, cast, field, value):
    before = kept(cast)
    answer = post(office, "calendar", CALENDAR | {field: value})
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, [field])
    assert kept(cast) == before


def test_odd_weekdays_are_the_usual_ones(cast):
    with tenant_context(Tenant(pk=cast.a.tenant.pk, settings={"school_days": "no"})):
        assert weekdays.of_school() == {1, 2, 3, 4, 5}


def grading(*rows):
    letters, bounds = zip(*rows, strict=True)
    return {"grading_scale-letter": letters, "grading_scale-bound": bounds}


def test_the_grading_scale(office, cast):
    assert post(office, "grading", grading(("F", "0"), ("A", "90 %"), ("", ""))).status_code == 302
    assert kept(cast)["grading_scale"] == [["A", 90], ["F", 0]]
    # A form without the table leaves it; an emptied one makes it the usual one.
    assert post(office, "grading", {"default_capacity": "25"}).status_code == 302
    assert kept(cast)["grading_scale"] == [["A", 90], ["F", 0]]
    assert kept(cast)["default_capacity"] == 25
    assert post(office, "grading", grading(("", ""))).status_code == 302
    assert {"grading_scale", "default_capacity"} & {*kept(cast)} == set()


@pytest.mark.parametrize(
    ("scale", "sentence"),
    [
        ([("A", "90")], "Row 1: The lowest grade must start at 0."),
        (
            [("A", "90"), ("B", "90"), ("F", "0")],
            "Row 2: Two grades start at the same percentage.",
        ),
        ([("A", "90"), ("A", "0")], "Row 2: This grade is in the table twice."),
        (
            [("A", ""), ("F", "0")],
            "Row 1: Enter a grade and the percentage that it starts at, like A- and 90.",
        ),
        ([("F", "0"), ("A", "101")], "Row 2: “101” is not a percentage from 0 to 100."),
        ([("A", "NaN"), ("F", "0")], "Row 1: “NaN” is not a percentage from 0 to 100."),
        ([("Excellent!!", "5"), ("F", "0")], "Row 1: A grade has at most 10 characters."),
    ],
)
def test_a_wrong_grading_scale(office, scale, sentence):
    response = post(office, "grading", grading(*scale))
    assert response.context["form"].errors == {"grading_scale": [sentence]}
    # The row that is wrong says so, and no other is marked.
    row, _colon, problem = sentence.removeprefix("Row ").partition(": ")
    shown = response.context["form"]["grading_scale"].value()
    expected = [None] * len(scale)
    expected[int(row) - 1] = problem
    assert [step["problem"] for step in shown] == expected
    assert response.content.decode().count('class="wrong"') == 1


def test_families_report_absences_only_where_the_school_lets_them(office, client, cast, sign_in):
    assert post(office, "attendance", {}).status_code == 302
    assert kept(cast)["absence_reports"] is False
    row = {"student": cast.a.student, "starts_on": date(2026, 5, 4), "ends_on": date(2026, 5, 4)}
    with (
        pytest.raises(RefusedByDatabase, match="Please call the school's office"),
        tenant_context(cast.a.tenant, cast.a.guardian),
        explained(),
        transaction.atomic(),
    ):
        academics.absence(**row)
    with tenant_context(cast.a.tenant, cast.a.admin):
        academics.absence(**row)
        school_settings.save(cast.a.tenant, {"phone": "12 34 56"})
    page = reverse("child_absences", args=[cast.a.student.pk])
    shown = sign_in(client, cast.a, cast.a.guardian).get(page).text
    assert "call the school's office: 12 34 56" in shown.replace("&#x27;", "'")
    assert "Report the absence" not in shown
    sign_in(client, cast.a, cast.a.admin)
    assert post(client, "attendance", {"absence_reports": "on"}).status_code == 302
    assert "absence_reports" not in kept(cast)
    assert "Report the absence" in sign_in(client, cast.a, cast.a.guardian).get(page).text
