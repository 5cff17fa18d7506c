"""Saved views of lists, on their pages."""

import pytest
from django.urls import reverse

from core.models import SavedView, User
from core.rls import tenant_context
from core.services import saved_views
from tests.core.admin.test_lists import queries
from tests.factories import core

pytestmark = pytest.mark.django_db
PEOPLE = "admin:core_user_changelist"
STATE = {
    "columns": ["phone", "name"],
    "filters": {"role__exact": ["student"]},
    "search": "s",
    "sort": ["-name"],
}
QUERY = "role__exact=student&q=s&_columns=phone%2Cname&o=-2"


def page(name, *args):
    return reverse(f"admin:core_user_{name}", args=args)


def made(school, user, **values):
    with tenant_context(school.tenant, user):
        return core.saved_view(user=user, **{"name": "Phones", "state": STATE} | values)


def first_of(school, user):
    with tenant_context(school.tenant, user):
        return saved_views.default_of(User.objects.get(pk=user.pk), "core.user")


def sentences(response):
    return [str(message) for message in response.context["messages"]]


def test_a_list_is_saved_as_it_stands_and_opened_again(client, cast, sign_in):
    a = cast.a
    sign_in(client, a, a.registrar)
    response = client.post(f"{page('views')}?{QUERY}&p=2", {"name": " Phones ", "is_shared": "on"})
    with tenant_context(a.tenant, a.registrar):
        [view] = SavedView.objects.all()
    assert (view.name, view.is_shared, view.list_name) == ("Phones", True, "core.user")
    assert view.state == STATE | {"titles": {"role__exact": "Role"}}
    assert response.url == f"../?{QUERY}&_view={view.pk}"
    opened = client.get(page("open_view", view.pk))
    assert opened.url == f"../../?{QUERY}&_view={view.pk}"
    listed = client.get(f"{reverse(PEOPLE)}?{QUERY}&_view={view.pk}")
    assert listed.context["cl"].view_name == "Phones"
    assert listed.context["cl"].list_display == ["action_checkbox", "phone", "name"]
    assert first_of(a, a.registrar) is None


def test_a_list_opens_with_the_view_of_ones_choice(client, cast, sign_in):
    a = cast.a
    view = made(a, a.admin, is_shared=True)
    sign_in(client, a, a.bursar)
    assert client.get(reverse(PEOPLE)).status_code == 200
    client.post(page("default_view"), {"view": str(view.pk)})
    assert first_of(a, a.bursar) == view.pk
    assert client.get(reverse(PEOPLE)).url == f"?{QUERY}&_view={view.pk}"
    # Whoever clears a filter, or asks for the whole list, gets that.
    assert client.get(reverse(PEOPLE), {"_view": "none"}).status_code == 200
    client.post(page("default_view"), {"view": ""})
    assert client.get(reverse(PEOPLE)).status_code == 200
    # A view that is gone opens nothing.
    client.post(page("default_view"), {"view": str(view.pk)})
    with tenant_context(a.tenant, a.admin):
        view.delete()
    assert client.get(reverse(PEOPLE)).status_code == 200


def test_views_cost_nothing_until_one_is_chosen_and_then_one_statement(client, cast, sign_in):
    a = cast.a
    view = made(a, a.admin)
    sign_in(client, a, a.admin)
    url = reverse(PEOPLE)
    client.get(url)
    plain = queries(client, url)
    assert not any("saved_views" in sql for sql in plain)
    chosen = queries(client, url, {"_view": str(view.pk)})
    assert sum("saved_views" in sql for sql in chosen) == 1
    assert len(chosen) == len(plain) + 1


def test_a_filter_that_is_gone_is_left_out_with_a_sentence(client, cast, sign_in):
    a = cast.a
    state = STATE | {
        "filters": {"role__exact": ["student"], "record_club": ["Chess"], "king": ["x"]},
        "titles": {"record_club": "Club"},
    }
    view = made(a, a.admin, state=state)
    sign_in(client, a, a.admin)
    response = client.get(page("open_view", view.pk), follow=True)
    assert response.redirect_chain[-1][0] == f"../../?{QUERY}&_view={view.pk}"
    assert sentences(response) == [
        "This list no longer has the filter that the view asks for: another one, Club."
    ]


@pytest.mark.parametrize("state", [{}, {"columns": "x", "filters": [1], "search": 7, "sort": [1]}])
def test_a_state_that_makes_no_sense_is_the_usual_list(client, cast, sign_in, state):
    view = made(cast.a, cast.a.admin, state=state)
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(page("open_view", view.pk)).url == f"../../?_view={view.pk}"


def test_a_view_is_renamed_shared_and_kept_anew(client, cast, sign_in):
    a = cast.a
    view = made(a, a.admin)
    sign_in(client, a, a.admin)
    url = page("change_view", view.pk)
    assert client.get(url).context["form"].initial["name"] == "Phones"
    asked = {"name": "Calls", "is_shared": "on", "opens_first": "on"}
    client.post(f"{url}?_columns=name", asked)
    with tenant_context(a.tenant, a.admin):
        view.refresh_from_db()
    assert (view.name, view.is_shared, view.state) == ("Calls", True, STATE)
    assert first_of(a, a.admin) == view.pk
    client.post(f"{url}?_columns=name", {"name": "Calls", "keeps_state": "on"})
    with tenant_context(a.tenant, a.admin):
        view.refresh_from_db()
    assert (view.is_shared, view.state["columns"]) == (False, ["name"])
    assert first_of(a, a.admin) is None


def test_a_name_that_is_taken_or_empty_is_said_at_the_field(client, cast, sign_in):
    a = cast.a
    made(a, a.admin)
    sign_in(client, a, a.admin)
    taken = client.post(page("views"), {"name": "phones"})
    assert taken.status_code == 400
    assert taken.context["form"].errors == {
        "name": ["You already have a view of this name for this list."]
    }
    assert client.post(page("views"), {"name": " "}).status_code == 400


def test_an_odd_address_is_kept_as_far_as_it_can_be(client, cast, sign_in):
    a = cast.a
    sign_in(client, a, a.admin)
    address = f"{page('views')}?king=a&q=s&_columns=,&o=9999.x"
    assert client.post(address, {"name": "Odd"}).status_code == 302
    with tenant_context(a.tenant, a.admin):
        view = SavedView.objects.get(name="Odd")
    assert (view.state["filters"], view.state["search"]) == ({"king": ["a"]}, "s")
    assert client.get(page("open_view", view.pk)).url == f"../../?q=s&_view={view.pk}"
    long = client.post(f"{page('views')}?king={'x' * 20_000}", {"name": "Long"})
    assert long.context["form"].errors == {"__all__": ["This is too much for a saved view."]}


def test_what_is_shared_is_the_offices_to_use_and_its_owners_to_change(client, cast, sign_in):
    a = cast.a
    shared, private = made(a, a.registrar, is_shared=True), made(a, a.registrar, name="Mine")
    sign_in(client, a, a.bursar)
    listed = client.get(page("views"))
    assert [view.name for view, _is_default in listed.context["views"]] == ["Phones"]
    assert f"shared by {a.registrar.name}" in listed.content.decode()
    assert client.get(page("open_view", shared.pk)).status_code == 302
    assert client.get(page("open_view", private.pk)).status_code == 404
    assert client.get(page("change_view", shared.pk)).status_code == 403
    assert client.post(page("delete_view", shared.pk)).status_code == 403
    sign_in(client, a, a.teacher)
    assert client.get(page("open_view", shared.pk)).status_code == 404
    assert "is_shared" not in client.get(page("views")).context["form"].fields
    sign_in(client, cast.b, cast.b.admin)
    assert client.get(page("open_view", shared.pk)).status_code == 404
    sign_in(client, a, a.admin)
    assert client.post(page("delete_view", shared.pk)).status_code == 302
    with tenant_context(a.tenant, a.registrar):
        assert [view.name for view in SavedView.objects.all()] == ["Mine"]


def test_views_are_of_their_list(client, cast, sign_in):
    view = made(cast.a, cast.a.admin, list_name="core.guardian")
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(page("open_view", view.pk)).status_code == 404
    assert client.post(page("default_view"), {"view": "x"}).status_code == 404
    listed = client.get(reverse(PEOPLE), {"_view": str(view.pk)})
    assert listed.context["cl"].view_name == ""
    assert client.get(reverse(PEOPLE), {"_view": "x"}).status_code == 200
