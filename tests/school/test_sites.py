"""The doors of the admin, and the application for servers that want ASGI."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib import admin
from django.urls import reverse

from school.asgi import application


def test_a_stranger_at_the_admin_signs_in_at_the_school_and_comes_back(client, cast):
    response = client.get("/admin/core/user/?q=1", headers={"host": cast.a.host})
    assert response.status_code == 302
    assert response.url == "/admin/login/?next=/admin/core/user/%3Fq%3D1"
    response = client.get(response.url, headers={"host": cast.a.host})
    assert (response.status_code, response.url) == (
        302,
        f"{reverse('login')}?next=%2Fadmin%2Fcore%2Fuser%2F%3Fq%3D1",
    )


@pytest.mark.parametrize(("name", "page"), [("student", "/"), ("teacher", "/admin/")])
def test_who_is_signed_in_is_sent_to_their_own_pages(client, cast, sign_in, name, page):
    sign_in(client, cast.a, getattr(cast.a, name))
    response = client.get("/admin/login/")
    assert (response.status_code, response.url) == (302, page)


def test_the_asgi_application_answers():
    async def ask():
        scope = {
            "type": "http", "method": "GET", "path": "/healthz", "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }  # fmt: skip
        browser = ApplicationCommunicator(application, scope)
        await browser.send_input({"type": "http.request", "body": b""})
        start, body = await browser.receive_output(10), await browser.receive_output(10)
        await browser.wait(10)
        return start["status"], body["body"]

    # In a thread of its own: where a journey ran before, this one has a loop already.
    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(lambda: asyncio.run(ask())).result() == (200, b"ok\n")


def test_a_page_that_lists_no_apps_does_not_make_their_list(client, cast, sign_in, monkeypatch):
    asked = []
    monkeypatch.setattr(admin.site, "_build_app_dict", lambda *args: asked.append(args) or {})
    sign_in(client, cast.a, cast.a.admin)
    assert client.get(reverse("admin:core_user_changelist")).status_code == 200
    assert asked == []
    assert client.get(reverse("admin:app_list", args=["core"])).status_code == 404
    assert len(asked) == 1
