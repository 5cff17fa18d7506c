"""What a person chooses for themselves works for every role, and for nobody else."""

import re
from types import SimpleNamespace

import pytest

from core.models import User
from core.rls import tenant_context
from tests.factories import core

URL = "/preferences/"
CHOSEN = {"theme": "dark", "density": "compact", "rows": "25", "start": ""}


def kept(school, person):
    with tenant_context(school.tenant, person):
        return User.objects.get(pk=person.pk).preferences


@pytest.mark.parametrize("role", ["admin", "registrar", "bursar", "teacher", "student", "guardian"])
def test_everybody_chooses_for_themselves(client, cast, sign_in, role):
    person = getattr(cast.a, role)
    sign_in(client, cast.a, person)
    answer = client.post(URL, CHOSEN, follow=True)
    page = answer.content.decode()
    assert "Your preferences are saved." in page
    assert 'data-chosen-theme="dark" data-density="compact"' in page
    rows = 25 if person.is_staff else 50  # families have no lists of rows
    assert kept(cast.a, person) == CHOSEN | {"rows": rows}
    form = client.get(URL).content.decode()
    assert re.findall(r'value="(\w+)" selected', form)[:2] == ["dark", "compact"]


def test_whatever_else_is_kept_there_stays(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.student)
    with tenant_context(cast.a.tenant, cast.a.student):
        User.objects.filter(pk=cast.a.student.pk).update(preferences={"results_read": {}})
    client.post(URL, CHOSEN)
    assert kept(cast.a, cast.a.student)["results_read"] == {}


@pytest.mark.parametrize(
    ("role", "start"),
    [
        ("admin", "/admin/academics/enrollment/"),
        ("bursar", "/admin/money/take-payment/"),
        ("teacher", "/admin/students/"),
    ],
)
def test_staff_begin_with_a_page_of_their_menu(client, cast, sign_in, role, start):
    person = getattr(cast.a, role)
    sign_in(client, cast.a, person)
    assert client.get("/").url == "/admin/"
    starts = re.findall(r'<option value="(/[^"]+)"', client.get(URL).content.decode())
    if start not in starts:
        start = starts[-1]
    assert client.post(URL, CHOSEN | {"start": start}).status_code == 302
    assert client.get("/").url == start
    assert client.get(start).status_code == 200


def test_a_page_of_another_role_is_no_start(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.teacher)
    trail = "/admin/core/auditlog/"
    page = client.post(URL, CHOSEN | {"start": trail}).content.decode()
    assert "is not one of the available choices" in page
    # Of a time when the person was an admin, or written by hand.
    with tenant_context(cast.a.tenant, cast.a.teacher):
        for start in (trail, "https://elsewhere.example/", "/logout/"):
            User.objects.filter(pk=cast.a.teacher.pk).update(preferences={"start": start})
            assert client.get("/").url == "/admin/"


def test_families_begin_with_a_page_of_theirs(client, cast, sign_in):
    for person, path in (
        (cast.a.student, "/my/grades/"),
        (cast.a.guardian, f"/children/{cast.a.student.pk}/grades/"),
    ):
        sign_in(client, cast.a, person)
        client.post(URL, CHOSEN | {"start": "grades"})
        assert client.get("/").url == path
        assert client.post(URL, CHOSEN | {"start": "/admin/"}).status_code == 200


@pytest.mark.parametrize(("field", "value"), [("theme", "pink"), ("rows", "1000"), ("density", "")])
def test_what_is_no_choice_is_refused(client, cast, sign_in, field, value):
    sign_in(client, cast.a, cast.a.admin)
    answer = client.post(URL, CHOSEN | {field: value})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert kept(cast.a, cast.a.admin) == {}


def test_lists_are_as_long_as_chosen(client, cast, sign_in):
    with tenant_context(cast.a.tenant, cast.a.admin):
        for number in range(30):
            core.user(name=f"Pupil {number}")
    sign_in(client, cast.a, cast.a.admin)
    listed = client.get("/admin/core/user/").context["cl"]
    assert (listed.list_per_page, len(listed.result_list)) == (50, listed.result_count)
    client.post(URL, CHOSEN)
    listed = client.get("/admin/core/user/").context["cl"]
    assert (listed.list_per_page, len(listed.result_list)) == (25, 25)


def test_an_operator_chooses_too(client, cast, sign_in):
    platform = SimpleNamespace(tenant=cast.platform, host="platform.localhost")
    sign_in(client, platform, cast.operator)
    assert client.post(URL, CHOSEN).status_code == 302
    assert 'data-chosen-theme="dark"' in client.get("/admin/core/tenant/").content.decode()


@pytest.mark.django_db
def test_strangers_sign_in_first(client, cast):
    assert client.get(URL, headers={"host": cast.a.host}).url == "/login/?next=/preferences/"
