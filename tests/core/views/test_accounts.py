import re

import pytest
from django.core import mail as outbox
from django.db import DatabaseError, transaction
from django.urls import reverse

from core import passwords
from core.models import AuditLog, User
from core.models.user import PLACEHOLDER_DOMAIN
from core.rls import tenant_context
from core.services import calendar_feeds, throttle
from core.sessions import SessionStore
from tests.factories.cast import PASSWORD
from tests.factories.mail import send_queued_mail

NEW = "another-long-password"
PBKDF2 = "django.contrib.auth.hashers.PBKDF2PasswordHasher"


@pytest.fixture
def at(client):
    """Return a function that points the client at a school's host."""

    def go(school):
        client.defaults["HTTP_HOST"] = school.host
        return client

    return go


def sign_in_by_form(client, email, password=PASSWORD, **extra):
    return client.post(reverse("login"), {"username": email, "password": password, **extra})


@pytest.mark.parametrize(
    ("role", "landing"), [("admin", "/admin/"), ("teacher", "/admin/"), ("student", "/")]
)
def test_everybody_lands_on_their_page(cast, at, role, landing):
    user = getattr(cast.a, role)
    response = sign_in_by_form(at(cast.a), user.email.upper())
    assert (response.status_code, response.url) == (302, "/")
    front = at(cast.a).get("/")
    assert (front.url if front.status_code == 302 else "/") == landing
    with tenant_context(cast.a.tenant, user):
        assert User.objects.get(pk=user.pk).last_login is not None
        assert SessionStore().exists(front.client.cookies["sessionid"].value)


def test_who_has_a_student_number_signs_in_and_cannot_change_it(cast, at):
    """The database works out columns of the metadata after it has looked at what is changed."""
    facts = {"student_number": "S-1", "birth_date": "2012-03-04"}
    student = cast.a.student
    with tenant_context(cast.a.tenant, cast.a.admin):
        User.objects.filter(pk=student.pk).update(metadata=facts)
    assert sign_in_by_form(at(cast.a), student.email).status_code == 302
    with tenant_context(cast.a.tenant, student):
        assert User.objects.get(pk=student.pk).student_number == "S-1"
        with pytest.raises(DatabaseError), transaction.atomic():
            User.objects.filter(pk=student.pk).update(metadata=facts | {"student_number": "S-2"})


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("admin@school-a.example", "wrong"),
        ("nobody@school-a.example", PASSWORD),
        ("admin@school-b.example", PASSWORD),  # somebody, but of another school
        ("", ""),
        ("admin@school-a.example\x00", PASSWORD),
        ("x" * 3000, PASSWORD),
        ("' or 1=1 --", "x"),
    ],
)
def test_wrong_sign_in_says_one_sentence(cast, at, email, password):
    response = sign_in_by_form(at(cast.a), email, password)
    assert response.status_code == 200
    assert "sessionid" not in at(cast.a).cookies
    errors = response.context["form"].non_field_errors()
    if email and len(email) < 100 and "\x00" not in email:
        assert errors == ["This e-mail address and password do not belong together."]


@pytest.mark.parametrize("role", ["admin", "teacher", "student", "guardian"])
def test_an_outdated_password_hash_is_made_anew_at_sign_in(cast, at, settings, role):
    user = getattr(cast.a, role)
    settings.PASSWORD_HASHERS = [PBKDF2, *settings.PASSWORD_HASHERS]
    assert sign_in_by_form(at(cast.a), user.email, "wrong").status_code == 200
    assert stored_password(cast, user).startswith("md5$")
    assert sign_in_by_form(at(cast.a), user.email).status_code == 302
    renewed = stored_password(cast, user)
    assert renewed.partition("$")[0] == "pbkdf2_sha256"
    assert at(cast.a).get(reverse("profile")).status_code == 200  # the session is of the new one
    with tenant_context(cast.a.tenant, cast.a.admin):
        trail = AuditLog.objects.filter(
            action="user_updated", resource_id=user.pk, metadata__has_key="request_id"
        )
        assert {log.user_id for log in trail} == {user.pk}
    assert sign_in_by_form(at(cast.a), user.email).status_code == 302
    assert stored_password(cast, user) == renewed


def stored_password(cast, user):
    with tenant_context(cast.a.tenant, user):
        return passwords.stored(cast.a.tenant.pk, user.pk)


@pytest.mark.parametrize("change", [{"status": "suspended"}, {"deleted_at": "2026-01-01T00:00Z"}])
def test_closed_accounts_cannot_sign_in(cast, at, change):
    with tenant_context(cast.a.tenant, role="admin"):
        User.objects.filter(pk=cast.a.teacher.pk).update(**change)
    response = sign_in_by_form(at(cast.a), cast.a.teacher.email)
    assert response.status_code == 200
    assert "sessionid" not in at(cast.a).cookies


def test_closing_an_account_ends_its_session(cast, at):
    sign_in_by_form(at(cast.a), cast.a.student.email)
    with tenant_context(cast.a.tenant, role="admin"):
        User.objects.filter(pk=cast.a.student.pk).update(status="suspended")
    assert at(cast.a).get("/").url == "/login/"


def test_a_session_is_nothing_at_another_school(cast, at):
    sign_in_by_form(at(cast.a), cast.a.admin.email)
    assert at(cast.a).get("/").url == "/admin/"
    assert at(cast.b).get("/").url == "/login/"
    assert at(cast.b).get("/admin/").url == "/admin/login/?next=/admin/"


@pytest.mark.parametrize(
    ("wanted", "landing"),
    [
        ("/admin/core/user/", "/admin/core/user/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://school-b.localhost/admin/", "/"),
        ("/login/", "/"),
    ],
)
def test_next_stays_on_the_host(cast, at, wanted, landing):
    client = at(cast.a)
    assert sign_in_by_form(client, cast.a.admin.email, next=wanted).url == landing
    assert client.get(reverse("login"), {"next": wanted}).url == landing


def test_sign_out_wants_post_and_ends_the_session(cast, at):
    client = at(cast.a)
    sign_in_by_form(client, cast.a.student.email)
    key = client.cookies["sessionid"].value
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).url == "/login/"
    assert client.get("/").url == "/login/"
    with tenant_context(cast.a.tenant, cast.a.student):
        assert not SessionStore().exists(key)


def test_the_admins_own_account_pages_are_ours(cast, at):
    client = at(cast.a)
    assert client.get("/admin/login/?next=/admin/core/user/").url == (
        "/login/?next=%2Fadmin%2Fcore%2Fuser%2F"
    )
    sign_in_by_form(client, cast.a.admin.email)
    assert client.get("/admin/login/?next=/admin/login/").url == "/admin/"
    assert client.get("/admin/password_change/").status_code == 200
    assert client.post("/admin/logout/").url == "/login/"


def test_a_student_at_the_admins_door_goes_home(cast, at):
    client = at(cast.a)
    sign_in_by_form(client, cast.a.student.email)
    response = client.get("/admin/core/user/", follow=True)
    assert response.redirect_chain[-1] == ("/", 302)
    assert "for the school&#x27;s staff" in response.content.decode()


@pytest.mark.parametrize("role", ["admin", "teacher", "student"])
def test_password_change(cast, at, role):
    user, client = getattr(cast.a, role), at(cast.a)
    sign_in_by_form(client, user.email)
    url = reverse("password_change")
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    wrong = client.post(url, form | {"old_password": "wrong"})
    assert list(wrong.context["form"].errors) == ["old_password"]
    short = client.post(url, form | {"new_password1": "123", "new_password2": "123"})
    assert list(short.context["form"].errors) == ["new_password2"]

    assert client.post(url, form).url == "/"
    assert client.get(url).status_code == 200  # still signed in
    client.post(reverse("logout"))
    assert sign_in_by_form(client, user.email).status_code == 200
    assert sign_in_by_form(client, user.email, NEW).status_code == 302


def test_password_change_wants_a_signed_in_person(cast, at):
    assert at(cast.a).get(reverse("password_change")).url == "/login/?next=/password/change/"


def ask_for_a_link(client, email, capture):
    with capture(execute=True):
        response = client.post(reverse("password_reset"), {"email": email})
    send_queued_mail()
    return response


def test_password_reset_by_mail(cast, at, django_capture_on_commit_callbacks):
    client, user = at(cast.a), cast.a.student
    response = ask_for_a_link(client, user.email.upper(), django_capture_on_commit_callbacks)
    assert response.url == reverse("password_reset_done")
    assert client.get(response.url).status_code == 200
    (message,) = outbox.outbox
    assert message.to == [user.email]
    link = re.search(r"http://school-a\.localhost(/password/set/\S+)", message.body)[1]

    page = client.get(link, follow=True)
    assert page.context["validlink"]
    url = page.redirect_chain[-1][0]
    refused = client.post(url, {"new_password1": NEW, "new_password2": "other"})
    assert list(refused.context["form"].errors) == ["new_password2"]
    assert client.post(url, {"new_password1": NEW, "new_password2": NEW}).url == "/login/"
    assert sign_in_by_form(client, user.email, NEW).status_code == 302

    used = client.get(link, follow=True)
    assert used.status_code == 200
    assert not used.context["validlink"]


@pytest.mark.parametrize("role", ["admin", "teacher"])
def test_a_link_works_for_every_role_and_while_another_is_signed_in(
    cast, at, role, django_capture_on_commit_callbacks
):
    client, user = at(cast.a), getattr(cast.a, role)
    sign_in_by_form(client, cast.a.student.email)
    ask_for_a_link(client, user.email, django_capture_on_commit_callbacks)
    link = re.search(r"http://school-a\.localhost(/password/set/\S+)", outbox.outbox[0].body)[1]
    url = client.get(link).url
    assert client.post(url, {"new_password1": NEW, "new_password2": NEW}).url == "/login/"
    with tenant_context(cast.a.tenant, user):
        changed = User.objects.get(pk=user.pk)
        assert (changed.check_password(NEW), changed.email_verified) == (True, True)


def test_a_link_of_one_school_is_nothing_at_another(cast, at, django_capture_on_commit_callbacks):
    ask_for_a_link(at(cast.a), cast.a.admin.email, django_capture_on_commit_callbacks)
    link = re.search(r"localhost(/password/set/\S+)", outbox.outbox[0].body)[1]
    assert not at(cast.b).get(link, follow=True).context["validlink"]


def test_a_mailed_link_takes_no_port_from_the_request(cast, at, django_capture_on_commit_callbacks):
    client = at(cast.a)
    client.defaults["HTTP_HOST"] = f"{cast.a.host}:9999"
    ask_for_a_link(client, cast.a.student.email, django_capture_on_commit_callbacks)
    assert re.findall(r"https?://[^/]+", outbox.outbox[0].body) == [f"http://{cast.a.host}"]


def feed_of(school, user):
    with tenant_context(school.tenant, user):
        return calendar_feeds.make(user=user).pk


def notes(client):
    return [str(message) for message in client.get(reverse("profile")).context["messages"]]


def test_a_new_password_offers_a_new_calendar_address(cast, at):
    user, client = cast.a.student, at(cast.a)
    sign_in_by_form(client, user.email)
    url = reverse("password_change")
    assert list(client.get(url).context["form"].fields)[3:] == []  # has no address
    first = feed_of(cast.a, user)
    assert list(client.get(url).context["form"].fields)[3:] == ["new_calendar_address"]

    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    client.post(url, form)
    assert feed_of(cast.a, user) == first
    assert notes(client) == ["Your password is changed."]
    again = {"old_password": NEW, "new_password1": PASSWORD, "new_password2": PASSWORD}
    client.post(url, again | {"new_calendar_address": "on"})
    assert feed_of(cast.a, user) != first
    assert notes(client) == [
        "Your password is changed.",
        "Your calendar has a new address; the old one shows nothing any more. Subscribe again"
        " with the one under “My calendar”.",
    ]


def test_a_password_set_by_mail_renews_the_calendar_address(
    cast, at, django_capture_on_commit_callbacks
):
    user, client = cast.a.student, at(cast.a)
    first = feed_of(cast.a, user)
    ask_for_a_link(client, user.email, django_capture_on_commit_callbacks)
    link = re.search(r"localhost(/password/set/\S+)", outbox.outbox[0].body)[1]
    client.post(client.get(link).url, {"new_password1": NEW, "new_password2": NEW})
    assert feed_of(cast.a, user) != first


@pytest.mark.parametrize("path", ["/password/set/x/y/", "/password/set/YWJj/set-password/"])
def test_broken_links_say_so(cast, at, path):
    response = at(cast.a).get(path)
    assert response.status_code == 200
    assert "does not work any more" in response.content.decode()


@pytest.mark.parametrize("email", ["nobody@school-a.example", "admin@school-b.example"])
def test_forgotten_password_reveals_no_accounts(
    cast, at, email, django_capture_on_commit_callbacks
):
    response = ask_for_a_link(at(cast.a), email, django_capture_on_commit_callbacks)
    assert response.url == reverse("password_reset_done")
    assert outbox.outbox == []


def test_placeholder_addresses_are_never_mailed(cast, at, django_capture_on_commit_callbacks):
    address = f"s1@{PLACEHOLDER_DOMAIN}"
    with tenant_context(cast.a.tenant, role="admin"):
        User.objects.filter(pk=cast.a.student.pk).update(email=address)
    ask_for_a_link(at(cast.a), address, django_capture_on_commit_callbacks)
    assert outbox.outbox == []
    assert sign_in_by_form(at(cast.a), address).status_code == 200


def test_links_to_one_address_are_limited(cast, at, django_capture_on_commit_callbacks):
    for _ in range(throttle.MOST_LINKS["account"] + 2):
        response = ask_for_a_link(
            at(cast.a), cast.a.admin.email, django_capture_on_commit_callbacks
        )
        assert response.url == reverse("password_reset_done")
    assert len(outbox.outbox) == throttle.MOST_LINKS["account"]
