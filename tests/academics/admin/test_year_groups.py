"""The office's pages of year groups and homerooms, and many students put there at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.groups import value_of
from core.models import Homeroom, User, YearGroup
from core.rls import tenant_context
from tests.factories import core

pytestmark = pytest.mark.django_db

PLACE = "admin:place_students"


@pytest.fixture
def office(cast, client, sign_in):
    return sign_in(client, cast.a, cast.a.registrar)


@pytest.fixture
def three(cast):
    """Three students of no group, and their homeroom-to-be."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        return [
            core.user(role="student", name=f"Nora {name}", email=f"nora.{name}@a.example")
            for name in ("Abel", "Berg", "Cole")
        ]


def url(model, page, *rows):
    name = f"admin:core_{model._meta.model_name}_{page}"
    return reverse(name, args=[row.pk for row in rows])


def rooms_of(school, people):
    with tenant_context(school.tenant, school.admin):
        rows = User.objects.filter(pk__in=[person.pk for person in people])
        return list(rows.order_by("sort_name").values_list("homeroom__name", "year_group__name"))


def test_year_groups_are_offered_in_their_order(office, cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        core.year_group(name="Reception", position=-1)
        names = list(YearGroup.objects.order_by("position").values_list("name", flat=True))
    query = {"app_label": "core", "model_name": "homeroom", "field_name": "year_group"}
    answer = office.get(reverse("admin:autocomplete"), query).json()
    assert [result["text"] for result in answer["results"]] == names
    assert names[0] == "Reception"


def test_a_year_group_is_proposed_after_the_last(office, cast):
    page = office.get(url(YearGroup, "add"))
    assert page.context["adminform"].form.initial["position"] == 9
    assert office.post(url(YearGroup, "add"), {"name": "Year 9", "position": 9}).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        names = list(YearGroup.objects.values_list("name", flat=True))
    assert names == ["Year 7", "Year 8", "Year 9"]


def test_a_name_that_is_taken_is_said_at_its_field(office):
    answer = office.post(url(YearGroup, "add"), {"name": "year 7", "position": 3})
    assert answer.context["adminform"].form.errors == {
        "name": ["Another year group has this name."]
    }


def test_a_homeroom_has_teachers_and_names_its_students(office, cast):
    data = {
        "name": "7B", "year_group": cast.a.year_group.pk,
        "leads-TOTAL_FORMS": 1, "leads-INITIAL_FORMS": 0, "leads-0-teacher": cast.a.outsider.pk,
    }  # fmt: skip
    assert office.post(url(Homeroom, "add"), data).status_code == 302
    with tenant_context(cast.a.tenant, cast.a.admin):
        room = Homeroom.objects.get(name="7B")
        assert list(room.teachers.all()) == [cast.a.outsider]
    page = office.get(url(Homeroom, "change", cast.a.homeroom)).content.decode()
    assert reverse("admin:student_profile", args=[cast.a.student.pk]) in page


def test_the_list_counts_students_who_are_there(office, cast, three):
    with tenant_context(cast.a.tenant, cast.a.admin):
        keys = [student.pk for student in three]
        User.objects.filter(pk__in=keys).update(homeroom=cast.a.homeroom)
        User.objects.filter(pk=keys[0]).update(status="archived")
        three[1].delete()
    rows = office.get(url(Homeroom, "changelist")).context["cl"].result_list
    assert [(row.name, row.student_count) for row in rows] == [("7A", 2), ("8A", 1)]
    rows = office.get(url(YearGroup, "changelist")).context["cl"].result_list
    assert [(row.name, row.student_count) for row in rows] == [("Year 7", 2), ("Year 8", 1)]


@pytest.mark.parametrize("model", [Homeroom, YearGroup])
def test_a_list_asks_no_more_queries_for_more_rows(office, cast, model):
    office.get(url(model, "changelist"))  # what is kept for later pages
    with CaptureQueriesContext(connection) as few:
        office.get(url(model, "changelist"))
    with tenant_context(cast.a.tenant, cast.a.admin):
        for number in range(3):
            year = core.year_group(name=f"More {number}")
            room = core.homeroom(name=f"More {number}", year_group=year)
            core.homeroom_teacher(homeroom=room, teacher=cast.a.teacher)
    with CaptureQueriesContext(connection) as many:
        office.get(url(model, "changelist"))
    assert len(many) == len(few)


def test_a_group_in_use_is_not_deleted(office, cast):
    page = office.get(url(YearGroup, "delete", cast.a.year_group))
    assert page.context["protected"]
    office.post(url(YearGroup, "delete", cast.a.year_group), {"post": "yes"})
    with tenant_context(cast.a.tenant, cast.a.admin):
        assert YearGroup.objects.filter(pk=cast.a.year_group.pk).exists()


def test_a_teacher_looks_and_changes_nothing(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    page = client.get(url(Homeroom, "changelist"))
    assert page.status_code == 200
    assert client.get(url(Homeroom, "add")).status_code == 403
    assert client.get(reverse(PLACE)).status_code == 403
    name = {"name": "Mine"}
    assert client.post(url(Homeroom, "change", cast.a.homeroom), name).status_code == 403


def test_another_schools_group_is_not_found(office, cast):
    for row in (cast.b.homeroom, cast.b.year_group):
        assert office.get(url(type(row), "change", row)).status_code == 404


# --- many at once --------------------------------------------------------------------------------


def test_chosen_and_pasted_students_are_put_into_a_homeroom(office, cast, three):
    abel, berg, cole = three
    data = {
        "group": value_of(cast.a.homeroom), "students": [abel.pk],
        "pasted": f"{berg.email}\nNora Cole",
    }  # fmt: skip
    answer = office.post(reverse(PLACE), data, follow=True)
    assert rooms_of(cast.a, three) == [("7A", "Year 7")] * 3
    assert [str(m) for m in answer.context["messages"]] == ["3 students are in 7A."]
    listed = {row.pk for row in answer.context["cl"].result_list}
    assert listed == {cast.a.student.pk, abel.pk, berg.pk, cole.pk}


def test_who_was_elsewhere_is_named(office, cast):
    data = {"group": value_of(cast.a.homeroom), "students": [cast.a.other_student.pk]}
    answer = office.post(reverse(PLACE), data, follow=True)
    assert [str(m) for m in answer.context["messages"]] == [
        "1 student is in 7A.",
        f"Moved from another: {cast.a.other_student.name}.",
    ]


def test_a_whole_year_group_without_a_homeroom(office, cast, three):
    data = {"group": value_of(cast.a.year_group), "students": [s.pk for s in three]}
    office.post(reverse(PLACE), data)
    assert rooms_of(cast.a, three) == [(None, "Year 7")] * 3


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"group": ""}, "group", "This field is required."),
        ({"group": "homeroom:x"}, "group", "There is no such year group or homeroom."),
        ({"group": "x"}, "group", "There is no such year group or homeroom."),
        ({"students": []}, "__all__", "Choose a student, or paste a list."),
        ({"pasted": "nobody@nowhere.example"}, "pasted",
         "nobody@nowhere.example: Nobody was found."),
        ({"pasted": "\n".join(f"x{n}@a.example" for n in range(301))}, "pasted",
         "Paste at most 300 students at once."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(office, cast, three, change, field, sentence):
    data = {"group": value_of(cast.a.homeroom), "students": [three[0].pk]} | change
    answer = office.post(reverse(PLACE), data)
    assert answer.status_code == 400
    assert answer.context["form"].errors[field] == [sentence]
    assert rooms_of(cast.a, three[:1]) == [(None, None)]


def test_another_schools_homeroom_or_student_is_refused(office, cast, three):
    data = {"group": value_of(cast.b.homeroom), "students": [three[0].pk]}
    assert office.post(reverse(PLACE), data).status_code == 400
    data = {"group": value_of(cast.a.homeroom), "students": [cast.b.student.pk]}
    assert office.post(reverse(PLACE), data).status_code == 400


def test_the_list_of_people_leads_there_with_the_chosen_students(office, cast, three):
    data = {
        "action": "place_selected",
        "_selected_action": [three[0].pk, three[1].pk, cast.a.teacher.pk],
    }
    answer = office.post(url(User, "changelist"), data)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse(PLACE))
    page = office.get(answer["Location"])
    assert set(page.context["form"].initial["students"]) == {str(s.pk) for s in three[:2]}


# --- on a person's page --------------------------------------------------------------------------


def test_a_students_page_changes_the_homeroom_and_the_year_group_follows(office, cast):
    address = url(User, "change", cast.a.student)
    form = office.get(address).context["adminform"].form
    assert form["homeroom"].value() == cast.a.homeroom.pk
    page = office.get(url(User, "change", cast.a.teacher))
    assert "homeroom" not in page.context["adminform"].form.fields


def test_the_profile_names_year_group_and_homeroom(office, cast):
    page = office.get(reverse("admin:student_profile", args=[cast.a.student.pk]))
    assert "<dd>7A</dd>" in page.content.decode()
    assert "<dd>Year 7</dd>" in page.content.decode()
