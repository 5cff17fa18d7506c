"""The platform's host: operators run schools, and see nobody in them."""

import re
from dataclasses import dataclass

import pytest
from django.core import mail as outbox
from django.urls import reverse

from core import hosts
from core.models import Domain, Tenant, User
from core.rls import tenant_context
from tests.factories.mail import send_queued_mail

PLATFORM_URLS = "school.urls_platform"
SCHOOLS = "/admin/core/tenant/"
WEST = {
    "name": "West School",
    "subdomain": "west",
    "contact_email": "office@west.example",
    "admin_name": "Wilma West",
    "admin_email": "wilma@west.example",
}


@dataclass
class Platform:
    tenant: Tenant
    host: str = "platform.localhost"


@pytest.fixture
def operator(client, cast, sign_in):
    """Return a client that is signed in as the operator."""
    return sign_in(client, Platform(cast.platform), cast.operator)


def change_url(tenant, page="change"):
    return f"{SCHOOLS}{tenant.pk}/{page}/"


def school_rows(cast):
    with tenant_context(cast.platform, cast.operator):
        return {tenant.subdomain: tenant.status for tenant in Tenant.objects.all()}


def test_the_front_door_leads_to_the_schools(operator, cast):
    assert operator.get("/").url == "/admin/"
    assert operator.get("/admin/").url == SCHOOLS
    page = operator.get(SCHOOLS).content.decode()
    assert "School A" in page
    assert "School B" in page


@pytest.mark.django_db
def test_strangers_sign_in_first(client, cast):
    assert client.get("/", headers={"host": "platform.localhost"}).url == "/login/"
    response = client.get(SCHOOLS, headers={"host": "platform.localhost"})
    assert response.url.startswith("/admin/login/")


def test_a_schools_admin_is_nobody_here(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    client.defaults["HTTP_HOST"] = "platform.localhost"
    assert client.get("/").url == "/login/"


@pytest.mark.parametrize(
    "path",
    ["academics/schoolclass/", "finance/invoice/", "academics/enrollment/", "exchange/export/"],
)
def test_no_table_of_a_school_is_here(operator, path):
    assert operator.get(f"/admin/{path}").status_code == 404


def test_only_people_of_the_platform_are_listed(operator, cast):
    page = operator.get("/admin/core/user/").content.decode()
    assert cast.operator.email in page
    assert cast.a.admin.email not in page
    person = f"/admin/core/user/{cast.a.admin.pk}/change/"
    assert operator.get(person).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["core/tenant/add/", "core/domain/", "core/domain/add/", "core/user/add/", "core/auditlog/",
     "admin/logentry/"],
)  # fmt: skip
def test_every_page_opens(operator, path):
    assert operator.get(f"/admin/{path}").status_code == 200


def test_create_a_school_in_one_form(operator, cast, client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = operator.post(f"{SCHOOLS}add/", WEST)
    send_queued_mail()
    assert (response.status_code, response.url) == (302, SCHOOLS)
    (message,) = outbox.outbox
    link = re.search(r"http://west\.localhost(/password/set/\S+)", message.body)[1]

    del client.cookies["sessionid"]
    client.defaults["HTTP_HOST"] = "west.localhost"
    password = {"new_password1": "a-long-first-one", "new_password2": "a-long-first-one"}
    assert client.post(client.get(link).url, password).url == "/login/"
    form = {"username": WEST["admin_email"], "password": "a-long-first-one"}
    assert client.post("/login/", form).status_code == 302
    page = client.get("/admin/").content.decode()
    assert "Set up your school" in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("subdomain", "www", "“www” is reserved. Choose another name."),
        ("subdomain", "school-a", "Another school has this subdomain."),
        ("subdomain", "no spaces", "Use 1 to 63 lower-case letters, digits and hyphens; no"
         " hyphen at either end."),
        ("admin_email", "nonsense", "Enter a valid email address."),
        ("admin_email", "wilma@localhost", "This is not a valid e-mail address."),
        ("contact_email", "nonsense", "Enter a valid email address."),
        ("name", "", "This field is required."),
    ],
)  # fmt: skip
def test_wrong_input_is_said_at_its_field(operator, cast, field, value, sentence):
    response = operator.post(f"{SCHOOLS}add/", WEST | {field: value})
    assert response.status_code == 200
    assert response.context["adminform"].form.errors == {field: [sentence]}
    assert set(school_rows(cast)) == {"platform", "school-a", "school-b"}


def test_schools_sort_as_people_do(operator, cast):
    with tenant_context(cast.platform, cast.operator):
        for school, name in [(cast.a, "Zoe"), (cast.b, "Ähre")]:
            Tenant.objects.filter(pk=school.tenant.pk).update(name=name)
    listed = operator.get(SCHOOLS).context["cl"].result_list
    assert [school.name for school in listed] == ["Ähre", "Zoe"]


@pytest.mark.parametrize(
    ("page", "before", "after"),
    [
        ("suspend", "active", "suspended"),
        ("archive", "active", "archived"),
        ("open", "suspended", "active"),
        ("open", "archived", "active"),
    ],
)
def test_one_school_is_closed_or_opened_after_a_question(operator, cast, page, before, after):
    with tenant_context(cast.platform, cast.operator):
        Tenant.objects.filter(pk=cast.a.tenant.pk).update(status=before)
    url = change_url(cast.a.tenant, page)
    question = operator.get(url)
    assert question.status_code == 200
    assert "School A" in question.content.decode()
    assert school_rows(cast)["school-a"] == before

    assert operator.post(url, {"confirmed": "yes"}).url == change_url(cast.a.tenant)
    assert school_rows(cast) == {"platform": "active", "school-a": after, "school-b": "active"}
    assert hosts.find(cast.a.host).status == after


def test_several_schools_are_closed_by_an_action_after_a_question(operator, cast):
    chosen = {"_selected_action": [str(s.tenant.pk) for s in (cast.a, cast.b)]}
    question = operator.post(SCHOOLS, chosen | {"action": "suspend"})
    # In the page itself: Unfold shows no title on it.
    heading = question.content.decode().partition('id="question"')[2].partition("</h2>")[0]
    assert "Nobody can sign in" in heading
    assert school_rows(cast)["school-a"] == "active"
    operator.post(SCHOOLS, chosen | {"action": "suspend", "confirmed": "yes"})
    assert school_rows(cast) == {
        "platform": "active",
        "school-a": "suspended",
        "school-b": "suspended",
    }


def test_the_platform_cannot_be_reached_as_a_school(operator, cast):
    assert operator.get(change_url(cast.platform)).status_code == 404
    response = operator.post(change_url(cast.platform, "suspend"), {"confirmed": "yes"})
    assert response.status_code == 404
    assert operator.get(f"{SCHOOLS}nonsense/suspend/").status_code == 404
    assert school_rows(cast)["platform"] == "active"


def test_schools_are_never_deleted(operator, cast):
    assert operator.post(change_url(cast.a.tenant, "delete"), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in operator.get(SCHOOLS).content.decode()


def test_a_school_gets_a_second_host_name(operator, cast, client):
    form = {"domain": "School.Example.ORG", "tenant": cast.a.tenant.pk}
    assert operator.post("/admin/core/domain/add/", form).status_code == 302
    assert hosts.find("school.example.org") == cast.a.tenant
    with tenant_context(cast.platform, cast.operator):
        main = Domain.objects.get(tenant=cast.a.tenant, is_primary=True)
        assert main.domain == cast.a.host


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("school-b.localhost", "Another school has this host name."),
        (
            "https://a.example/",
            "Write the host name alone, such as school.example.org: no https://, no port, no path.",
        ),
    ],
)
def test_wrong_host_names_are_refused(operator, cast, name, sentence):
    form = {"domain": name, "tenant": cast.a.tenant.pk}
    response = operator.post("/admin/core/domain/add/", form)
    assert response.context["adminform"].form.errors == {"domain": [sentence]}


def test_the_host_name_one_came_by_stays(operator, cast):
    with tenant_context(cast.platform, cast.operator):
        own = Domain.objects.get(domain="platform.localhost")
        other = Domain.objects.get(domain=cast.a.host)
    url = reverse("admin:core_domain_delete", args=[own.pk], urlconf=PLATFORM_URLS)
    assert operator.post(url, {"post": "yes"}).status_code == 403
    url = reverse("admin:core_domain_delete", args=[other.pk], urlconf=PLATFORM_URLS)
    assert operator.post(url, {"post": "yes"}).status_code == 302
    assert hosts.find(cast.a.host) is None


def test_a_new_operator_is_invited(operator, cast, django_capture_on_commit_callbacks):
    form = {"name": "Olaf", "email": "olaf@platform.example", "phone": "", "status": "active"}
    with django_capture_on_commit_callbacks(execute=True):
        assert operator.post("/admin/core/user/add/", form).status_code == 302
    send_queued_mail()
    assert "http://platform.localhost/password/set/" in outbox.outbox[0].body
    with tenant_context(cast.platform, cast.operator):
        assert User.objects.get(name="Olaf").role == "admin"


def test_operators_cannot_lock_themselves_out(operator, cast):
    url = f"/admin/core/user/{cast.operator.pk}/change/"
    form = {"name": "Operator", "email": cast.operator.email, "phone": "", "status": "suspended"}
    response = operator.post(url, form)
    assert list(response.context["adminform"].form.errors) == ["status"]
    url = f"/admin/core/user/{cast.operator.pk}/delete/"
    assert operator.post(url, {"post": "yes"}).status_code == 403


def test_closing_a_school_is_in_the_admin_log(operator, cast):
    operator.post(change_url(cast.a.tenant, "suspend"), {"confirmed": "yes"})
    page = operator.get("/admin/admin/logentry/").content.decode()
    assert "School A" in page
