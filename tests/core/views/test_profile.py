"""Everybody changes their own details, and nothing that only an admin may."""

import pytest

from core.models import User
from core.rls import tenant_context

URL = "/profile/"


@pytest.mark.parametrize("role", ["admin", "teacher", "student", "guardian"])
def test_everybody_changes_their_own_details(client, cast, sign_in, role):
    user = getattr(cast.a, role)
    sign_in(client, cast.a, user)
    assert user.email in client.get(URL).content.decode()
    sent = {"name": "New Name", "phone": "555-1", "role": "admin", "email": "x@x.example"}
    response = client.post(URL, sent)
    assert (response.status_code, response.url) == (302, "/")
    with tenant_context(cast.a.tenant, user):
        now = User.objects.get(pk=user.pk)
    # What the school reports and bills people by is the office's.
    assert (now.name, now.phone) == ("New Name" if role == "admin" else user.name, "555-1")
    assert (now.role, now.email) == (user.role, user.email)


def test_wrong_details_come_back_with_a_sentence(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.student)
    page = client.post(URL, {"avatar_url": "nonsense"}).content.decode()
    assert "Enter a valid URL." in page


def test_an_admin_has_a_name(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    assert "This field is required." in client.post(URL, {"name": ""}).content.decode()


@pytest.mark.parametrize(
    ("role", "count"), [("admin", 0), ("teacher", 1), ("student", 1), ("guardian", 1)]
)
def test_the_page_says_whose_the_name_is(client, cast, sign_in, role, count):
    sign_in(client, cast.a, getattr(cast.a, role))
    page = client.get(URL).content.decode()
    assert page.count("ask the office to change them") == count
    assert page.count('name="name"') == 1 - count


@pytest.mark.django_db
def test_strangers_sign_in_first(client, cast):
    response = client.get(URL, headers={"host": cast.a.host})
    assert response.url == "/login/?next=/profile/"


@pytest.mark.parametrize("rest", ["1/1/", "1/00000000-0000-0000-0000-000000000000/"])
def test_the_admins_way_to_public_pages_leads_nowhere(client, cast, sign_in, rest):
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(f"/admin/r/{rest}").status_code == 404


def test_the_admin_leads_there(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    assert f'href="{URL}"' in client.get("/admin/").content.decode()
