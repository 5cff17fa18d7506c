"""The page of the whole school's file: for admins, after their password."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from core.models import AuditLog
from core.rls import tenant_context
from exchange import exports
from exchange.exports import files
from exchange.models import Export
from tests.factories.cast import PASSWORD

pytestmark = pytest.mark.django_db
URL = "/admin/school-file/"


@pytest.fixture(autouse=True)
def _no_attempts():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def admin(client, cast, sign_in):
    return sign_in(client, cast.a, cast.a.admin)


def made(school):
    with tenant_context(school.tenant, school.admin):
        return list(Export.objects.filter(kind="school").values_list("status", "requested_by"))


@pytest.mark.parametrize(("person", "status"), [("admin", 200), ("teacher", 403), ("student", 302)])
def test_the_page_is_for_admins(client, cast, sign_in, person, status):
    sign_in(client, cast.a, getattr(cast.a, person))
    assert client.get(URL).status_code == status
    assert client.post(URL, {"password": PASSWORD}).status_code == (
        302 if status == 200 else status
    )
    assert len(made(cast.a)) == (1 if person == "admin" else 0)


def test_a_stranger_is_sent_to_sign_in(client, cast):
    response = client.get(URL, headers={"host": cast.a.host})
    assert response.status_code == 302
    assert f"next={URL}" in response.url


def test_the_file_is_asked_for_with_ones_password(admin, cast):
    response = admin.post(URL, {"password": PASSWORD}, follow=True)
    assert response.redirect_chain == [(reverse("admin:school_file"), 302)]
    assert "The file is being made." in response.content.decode()
    assert made(cast.a) == [("queued", cast.a.admin.pk)]
    with tenant_context(cast.a.tenant, cast.a.admin):
        export = Export.objects.get(kind="school")
    assert (export.template_id, export.file_format) == ("school_v1", "zip")
    assert export.filename.startswith("school-a-whole-school-")


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("wrong", "This is not your password."), ("", "Enter your password to go on.")],
)
def test_a_wrong_password_makes_nothing(admin, cast, password, sentence):
    response = admin.post(URL, {"password": password})
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert made(cast.a) == []


def test_guessing_passwords_has_to_wait(admin, cast):
    for _attempt in range(11):
        response = admin.post(URL, {"password": "wrong"})
    assert "Too many attempts" in response.content.decode()
    assert admin.post(URL, {"password": PASSWORD}).status_code == 400
    assert made(cast.a) == []


def test_one_file_is_made_at_a_time(admin, cast):
    admin.post(URL, {"password": PASSWORD})
    response = admin.post(URL, {"password": PASSWORD}, follow=True)
    assert "Your file is being made already." in response.content.decode()
    assert len(made(cast.a)) == 1


def test_the_page_says_what_is_in_it_what_is_not_and_shows_the_last(admin, cast):
    assert "None was made yet" in admin.get(URL).content.decode()
    admin.post(URL, {"password": PASSWORD})
    page = admin.get(URL).content.decode()
    for text in ("Passwords, not even scrambled", "Attendance", "Waiting", "not encrypted"):
        assert text in page
    assert "None was made yet" not in page
    assert "exchange/exports.js" in page
    assert "calendar.js" not in page  # of the list's filters; it fails without their catalog


def test_another_school_sees_none_of_it(admin, client, cast, sign_in):
    admin.post(URL, {"password": PASSWORD})
    sign_in(client, cast.b, cast.b.admin)
    page = client.get(URL)
    assert page.status_code == 200
    assert "None was made yet" in page.content.decode()


def ready(cast):
    """A finished file of school A and its signed link."""
    with tenant_context(cast.a.tenant, cast.a.admin):
        export = exports.request(
            kind="school", template_id="school_v1", by=cast.a.admin, background=False
        )
        assert files.path_of(export).is_file()
        return export, exports.download_url(export, cast.a.admin)


def test_the_file_is_for_who_made_it_in_their_school(client, cast, sign_in):
    export, url = ready(cast)
    response = sign_in(client, cast.a, cast.a.admin).get(url)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    assert response.getvalue()[:2] == b"PK"
    for school, person in ((cast.a, cast.a.teacher), (cast.b, cast.b.admin)):
        assert sign_in(client, school, person).get(url).status_code == 404
    with tenant_context(cast.b.tenant, cast.b.admin):
        assert not Export.objects.filter(pk=export.pk).exists()


def test_making_and_downloading_it_stand_in_the_audit_trail(client, cast, sign_in):
    export, url = ready(cast)
    response = sign_in(client, cast.a, cast.a.admin).get(url)
    assert response.getvalue()
    with tenant_context(cast.a.tenant, cast.a.admin):
        trail = AuditLog.objects.filter(resource_id=export.pk)
        assert trail.filter(action="export_created", user=cast.a.admin).exists()
        assert trail.filter(changes__has_key="downloaded_at", user=cast.a.admin).exists()


def test_running_it_again_asks_for_the_password_again(admin, cast):
    export, _url = ready(cast)
    response = admin.post(reverse("admin:exchange_export_repeat", args=[export.pk]))
    assert (response.status_code, response.url) == (302, URL)
    assert len(made(cast.a)) == 1
