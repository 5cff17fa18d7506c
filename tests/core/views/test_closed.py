"""Hosts that serve no school, and pages of refusal."""

import pytest

from core.models import Tenant
from core.rls import tenant_context
from core.services import schools
from tests.factories.cast import PASSWORD


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/login/", "/admin/", "/nonsense/"])
def test_an_unknown_host_has_no_school(client, path):
    response = client.get(path, headers={"host": "nowhere.localhost"})
    assert response.status_code == 404
    assert "There is no school at this address" in response.content.decode()


@pytest.mark.parametrize(
    ("service", "status", "sentence"),
    [
        (schools.suspend, 503, "is closed for now"),
        (schools.archive, 410, "School A is closed"),
    ],
)
def test_a_closed_school_says_so_and_signs_nobody_in(
    cast, client, sign_in, service, status, sentence
):
    sign_in(client, cast.a, cast.a.admin)
    assert client.get("/admin/").status_code == 200
    with tenant_context(cast.platform, cast.operator):
        service(Tenant.objects.get(pk=cast.a.tenant.pk))
    for path in ("/", "/admin/", "/login/"):
        response = client.get(path)
        assert response.status_code == status
        assert sentence in response.content.decode()
    form = {"username": cast.a.admin.email, "password": PASSWORD}
    assert client.post("/login/", form).status_code == status
    # The other school goes on.
    assert client.get("/login/", headers={"host": cast.b.host}).status_code == 200


@pytest.mark.parametrize("service", [schools.suspend, schools.archive])
def test_a_closed_school_names_who_runs_the_platform(cast, client, settings, service):
    """Its own office cannot open it again."""
    with tenant_context(cast.platform, cast.operator):
        service(Tenant.objects.get(pk=cast.a.tenant.pk))
    for setting, address in (
        ("", cast.platform.contact_email),
        ("help@example.org", "help@example.org"),
    ):
        settings.PLATFORM_CONTACT = setting
        page = client.get("/", headers={"host": cast.a.host}).content.decode()
        assert page.count(f'<a href="mailto:{address}">{address}</a>') == 1
        assert cast.a.tenant.contact_email not in page


def test_a_missing_page_has_our_face(cast, client):
    response = client.get("/nonsense/", headers={"host": cast.a.host})
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_form_without_its_token_is_explained(cast):
    from django.test import Client

    client = Client(enforce_csrf_checks=True, headers={"host": cast.a.host})
    response = client.post("/login/", {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert "That form was open for too long" in response.content.decode()


def test_the_page_of_our_own_faults_needs_nothing():
    from django.template.loader import render_to_string

    assert "Something went wrong" in render_to_string("500.html")
