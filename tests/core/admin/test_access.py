"""Every registered ModelAdmin, for every role: what core.permissions says is what the pages do."""

import uuid

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from core import offices
from core.models import User
from core.permissions import POLICY_TABLE, rights
from tests.core.admin.rows import own_row

pytestmark = pytest.mark.django_db
MODELS = sorted(POLICY_TABLE)
PAGES = {
    "changelist": "view",
    "add": "add",
    "change": "view",
    "delete": "delete",
    "history": "view",
}


def page(model, name, pk):
    args = [] if name in ("changelist", "add") else [pk]
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def statuses(client, model, pk, names=PAGES):
    return {name: client.get(page(model, name, pk)).status_code for name in names}


def test_every_table_of_the_policy_is_registered_and_no_other():
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert registered == set(POLICY_TABLE)


@pytest.mark.parametrize("role", offices.STAFF)
@pytest.mark.parametrize("label", MODELS)
def test_staff_reach_what_their_role_may(client, cast, sign_in, label, role):
    model = apps.get_model(label)
    user = getattr(cast.a, role)
    pk = own_row(cast.a, model, user).pk
    sign_in(client, cast.a, user)
    may = rights(role, label)
    expected = {name: 200 if needs in may else 403 for name, needs in PAGES.items()}
    assert statuses(client, model, pk) == expected


@pytest.mark.parametrize("label", MODELS)
def test_only_the_right_buttons_are_there(client, cast, sign_in, label):
    model = apps.get_model(label)
    for role in offices.STAFF:
        user, may = getattr(cast.a, role), rights(role, label)
        if "view" not in may:
            continue
        pk = own_row(cast.a, model, user).pk
        sign_in(client, cast.a, user)
        listed = client.get(page(model, "changelist", pk)).content.decode()
        assert (page(model, "add", pk) in listed) == ("add" in may)
        form = client.get(page(model, "change", pk)).content.decode()
        assert (page(model, "delete", pk) in form) == ("delete" in may)
        assert ('name="_save"' in form) == ("change" in may)


@pytest.mark.parametrize("role", ["registrar", "bursar", "teacher"])
@pytest.mark.parametrize("label", MODELS)
def test_posting_is_refused_where_the_button_is_missing(client, cast, sign_in, label, role):
    model, user = apps.get_model(label), getattr(cast.a, role)
    pk = own_row(cast.a, model, user if "reporting" not in label else cast.a.admin).pk
    sign_in(client, cast.a, user)
    may = rights(role, label)
    for name in {"add", "change", "delete"} - may:
        assert client.post(page(model, name, pk), {"post": "yes"}).status_code == 403, name


@pytest.mark.parametrize("label", MODELS)
def test_another_schools_row_and_a_missing_one_are_404(client, cast, sign_in, label):
    model = apps.get_model(label)
    foreign = own_row(cast.b, model, cast.b.admin).pk
    sign_in(client, cast.a, cast.a.admin)
    names = [n for n in ("change", "delete", "history") if PAGES[n] in rights("admin", label)]
    for pk in (foreign, uuid.uuid4() if foreign != 1 else 10**9, "not-an-id"):
        assert statuses(client, model, pk, names) == dict.fromkeys(names, 404)


@pytest.mark.parametrize("label", MODELS)
def test_strangers_are_sent_to_sign_in_and_students_away(client, cast, sign_in, label):
    model = apps.get_model(label)
    pk = own_row(cast.a, model, cast.a.admin).pk
    client.defaults["HTTP_HOST"] = cast.a.host
    assert statuses(client, model, pk) == dict.fromkeys(PAGES, 302)
    sign_in(client, cast.a, cast.a.student)
    assert statuses(client, model, pk) == dict.fromkeys(PAGES, 302)
    # A session of another school is nobody's here.
    sign_in(client, cast.b, cast.b.admin)
    client.defaults["HTTP_HOST"] = cast.a.host
    assert statuses(client, model, pk) == dict.fromkeys(PAGES, 302)


@pytest.mark.parametrize(
    ("role", "rows"),
    [("admin", 2), ("teacher", 1)],
)
def test_a_teacher_lists_own_classes_only(client, cast, sign_in, role, rows):
    sign_in(client, cast.a, getattr(cast.a, role))
    for label in ("academics.SchoolClass", "academics.Enrollment", "academics.Grade"):
        response = client.get(page(apps.get_model(label), "changelist", None))
        assert response.context["cl"].result_count == rows


@pytest.mark.parametrize(("role", "students"), [("admin", 2), ("teacher", 1)])
def test_autocomplete_offers_what_one_may_see_within_the_fields_limits(
    client, cast, sign_in, role, students
):
    sign_in(client, cast.a, getattr(cast.a, role))
    query = {"app_label": "academics", "model_name": "attendance", "field_name": "student"}
    url = reverse("admin:autocomplete")
    options = client.get(url, query | {"term": "school-a.example"}).json()["results"]
    assert len(options) == students
    assert {"id": str(cast.a.student.pk), "text": f"Student – {cast.a.student.email}"} in options
    assert client.get(url, query | {"term": "school-b"}).json()["results"] == []


def test_autocomplete_leaves_deleted_people_out(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    client.post(page(User, "delete", cast.a.student.pk), {"post": "yes"})
    query = {"app_label": "academics", "model_name": "attendance", "field_name": "student"}
    options = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [person["id"] for person in options] == [str(cast.a.other_student.pk)]


@pytest.mark.parametrize("who", ["student", "nobody"])
def test_autocomplete_is_for_staff(client, cast, sign_in, who):
    client.defaults["HTTP_HOST"] = cast.a.host
    if who == "student":
        sign_in(client, cast.a, cast.a.student)
    query = {"app_label": "academics", "model_name": "attendance", "field_name": "student"}
    assert client.get(reverse("admin:autocomplete"), query).status_code == 302
