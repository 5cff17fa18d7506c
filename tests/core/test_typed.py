"""What a browser is told about the forms it keeps (core/typed.py, static/core/forms/typed.js)."""

from urllib.parse import quote

import pytest
from django.urls import reverse

from core.typed import COOKIE

pytestmark = pytest.mark.django_db
UPLOAD = {"X-Sent-By": "upload"}


@pytest.fixture
def student(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.student)
    return client


def test_a_saved_form_is_named_to_the_next_page(student):
    response = student.post(reverse("profile"), {"phone": "555 0100"})
    assert response.status_code == 302
    cookie = response.cookies[COOKIE]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("%2Fprofile%2F", "Lax", "")


def test_a_form_with_an_error_is_not_named(student):
    response = student.post(reverse("profile"), {"avatar_url": "no address"})
    assert response.status_code == 200
    assert COOKIE not in response.cookies


def test_what_the_database_undid_is_not_named(student, monkeypatch):
    def broken(self):
        raise OSError(28, "full")

    monkeypatch.setattr("core.models.User.save", lambda self, **options: broken(self))
    response = student.post(reverse("profile"), {"phone": "555 0100"})
    assert response.status_code == 503
    assert COOKIE not in response.cookies


def test_signing_in_saves_nothing(client, cast):
    data = {"username": cast.a.student.email, "password": "wrong"}
    response = client.post(reverse("login"), data, headers={"host": cast.a.host})
    assert COOKIE not in response.cookies
    response = client.post(reverse("profile"), {"phone": "1"}, headers={"host": cast.a.host})
    assert response.status_code == 302  # to sign in
    assert COOKIE not in response.cookies


def test_an_upload_is_led_on_by_its_script(student):
    response = student.post(reverse("profile"), {"phone": "555 0100"}, headers=UPLOAD)
    assert (response.status_code, response.headers["X-Location"]) == (204, "/")
    assert response.cookies[COOKIE].value == "%2Fprofile%2F"
    response = student.post(reverse("profile"), {"avatar_url": "no address"}, headers=UPLOAD)
    assert response.status_code == 200


def test_a_window_of_its_own_has_saved_as_well(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    url = reverse("admin:academics_academicyear_add")
    data = {
        "name": "2030/31", "start_date": "2030-09-01", "end_date": "2031-07-01", "_popup": "1",
        "terms-TOTAL_FORMS": 0, "terms-INITIAL_FORMS": 0,
    }  # fmt: skip
    response = client.post(url, data)
    assert "popup_response" in response.text
    assert response.cookies[COOKIE].value == quote(url, safe="")
