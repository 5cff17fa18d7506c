"""Letters of grades after a change of the scale: told first, changed when the office says so."""

from decimal import Decimal

import pytest
from django.urls import reverse

from academics.models import Assignment, Grade, GradingScale, SchoolClass
from academics.services import letters
from core.rls import tenant_context

pytestmark = pytest.mark.database


@pytest.fixture
def school(cast):
    """Two classes by the default scale, a grade of 85% in each that has its letter."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        Assignment.objects.update(max_score=20)
        Grade.objects.update(score=17, grade="B")
        yield cast.a


@pytest.fixture
def scale(school):
    return GradingScale.objects.create(
        name="New", steps=[["A", 85], ["B", 80], ["F", 0]], is_default=True
    )


def given():
    return sorted(Grade.objects.values_list("grade", flat=True))


def test_letters_are_previewed_and_changed(school, scale):
    assert letters.changes(scale) == [letters.Change("B", "A", 2, 2)]
    assert given() == ["B", "B"]
    assert letters.recompute(scale=scale, pairs=[("B", "F")]) == 0
    assert letters.recompute(scale=scale, pairs=[("B", "A")]) == 2
    assert given() == ["A", "A"]
    assert set(Grade.objects.values_list("score", flat=True)) == {Decimal(17)}
    assert letters.changes(scale) == []


def test_completed_classes_other_scales_and_lone_letters_stay(school, scale):
    SchoolClass.objects.filter(pk=school.other_class.pk).update(status="completed")
    assert [change.grades for change in letters.changes(scale)] == [1]
    SchoolClass.objects.filter(pk=school.school_class.pk).update(grading_scale=school.grading_scale)
    assert letters.changes(scale) == []
    assert letters.changes(school.grading_scale) == [letters.Change("B", "Pass", 1, 1)]
    Grade.objects.filter(pk=school.grade.pk).update(grade=None)
    assert letters.changes(school.grading_scale) == []
    Grade.objects.filter(pk=school.grade.pk).update(score=None, grade="Fail")
    assert letters.changes(school.grading_scale) == []


def test_the_page_asks_first(cast, client, sign_in, school, scale):
    sign_in(client, cast.a, cast.a.admin)
    address = reverse("admin:scale_letters", args=[scale.pk])
    page = client.get(address)
    [(value, change)] = page.context["changes"]
    assert (change.old, change.new) == ("B", "A")
    assert given() == ["B", "B"]
    client.post(address)
    assert given() == ["B", "B"]
    response = client.post(address, {"change": value}, follow=True)
    messages = [str(message) for message in response.context["messages"]]
    assert messages[-1] == "2 grades have their letters of the scale now."
    assert given() == ["A", "A"]
    assert client.get(address).context["changes"] == []


def test_the_change_of_a_scale_leads_there(cast, client, sign_in, school, scale):
    sign_in(client, cast.a, cast.a.admin)
    address = reverse("admin:academics_gradingscale_change", args=[scale.pk])
    form = {
        "name": "New",
        "steps-letter": ["Good", "Bad"],
        "steps-bound": ["85", "0"],
        "steps-points": ["", ""],
        "is_default": "on",
    }
    response = client.post(address, form, follow=True)
    messages = " ".join(str(message) for message in response.context["messages"])
    assert "2 grades have letters that this scale would not give them." in messages
    assert reverse("admin:scale_letters", args=[scale.pk]) in messages


@pytest.mark.parametrize(("role", "status"), [("teacher", 403), ("student", 302)])
def test_the_office_alone_changes_letters(cast, client, sign_in, school, scale, role, status):
    sign_in(client, cast.a, getattr(cast.a, role))
    assert client.post(reverse("admin:scale_letters", args=[scale.pk])).status_code == status


def test_another_schools_scale_is_not_there(cast, client, sign_in, school):
    sign_in(client, cast.a, cast.a.admin)
    address = reverse("admin:scale_letters", args=[cast.b.grading_scale.pk])
    assert client.get(address).status_code == 404
