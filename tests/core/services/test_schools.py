import pytest
from django.core import mail as outbox
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections

from core import hosts
from core.models import AuditLog, Domain, Tenant, User
from core.models.tenant import RESERVED_SUBDOMAINS
from core.rls import tenant_context
from core.services import schools
from tests.factories.mail import send_queued_mail
from tests.refusals import refused_by

WEST = {
    "name": "West School",
    "subdomain": "west",
    "contact_email": "office@west.example",
    "admin_name": "Wilma West",
    "admin_email": "wilma@west.example",
}


@pytest.fixture
def operator(cast):
    """Act as the platform's operator for the whole test."""
    with tenant_context(cast.platform, cast.operator):
        yield cast.operator


def test_create_makes_the_school_its_host_and_its_admin(operator):
    tenant = schools.create(**WEST, password="a-good-long-password", by=operator)

    assert (tenant.schema_name, tenant.subdomain, tenant.status) == ("west", "west", "active")
    assert hosts.find("west.localhost") == tenant
    with tenant_context(tenant, role="admin"):
        admin = User.objects.get()
        assert (admin.name, admin.email, admin.role) == (
            "Wilma West",
            "wilma@west.example",
            "admin",
        )
        assert admin.check_password("a-good-long-password")
        born = AuditLog.objects.get(action="user_created")
        assert born.metadata["operator_id"] == str(operator.pk)


def test_create_without_a_password_mails_a_link(operator, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        tenant = schools.create(**WEST)
    send_queued_mail()

    (message,) = outbox.outbox
    assert message.to == ["wilma@west.example"]
    assert "http://west.localhost/password/set/" in message.body
    with tenant_context(tenant, role="admin"):
        assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize("name", sorted(RESERVED_SUBDOMAINS) + ["school-a", "-a", "a.b", "A", ""])
def test_create_refuses_reserved_taken_and_ill_formed_subdomains(operator, name):
    with pytest.raises(ValidationError) as caught:
        schools.create(**WEST | {"subdomain": name})
    assert list(caught.value.message_dict) == ["subdomain"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("contact_email", "nonsense"), ("admin_email", "nonsense"), ("name", ""), ("password", "1")],
)
def test_create_refuses_other_wrong_values(operator, field, value):
    with pytest.raises(ValidationError) as caught:
        schools.create(**WEST | {field: value})
    assert list(caught.value.message_dict) == [field]


def test_create_keeps_nothing_when_the_admin_is_refused(operator):
    # Django takes this address, the database does not.
    with pytest.raises(IntegrityError):
        schools.create(**WEST | {"admin_email": "wilma@localhost"})
    assert not Tenant.objects.filter(subdomain="west").exists()
    assert not Domain.objects.filter(domain="west.localhost").exists()


@pytest.mark.parametrize("role", ["admin", "teacher", "student"])
def test_nobody_of_a_school_can_make_or_close_one(cast, role):
    with tenant_context(cast.a.tenant, getattr(cast.a, role)):
        with refused_by("privilege"):
            Tenant.objects.bulk_create([Tenant(schema_name="w", name="W", subdomain="w")])
        with refused_by("privilege"):
            Tenant.objects.filter(pk=cast.b.tenant.pk).update(status="suspended")


def test_suspend_archive_and_reactivate(operator, cast):
    tenant = cast.a.tenant
    for service, status in [
        (schools.suspend, "suspended"),
        (schools.archive, "archived"),
        (schools.reactivate, "active"),
    ]:
        assert service(tenant) is True
        assert service(tenant) is False
        assert hosts.find(cast.a.host).status == status


def test_the_platform_itself_cannot_be_closed(operator, cast):
    with pytest.raises(ValidationError):
        schools.suspend(cast.platform)


@pytest.mark.django_db(databases=["default", "owner"])
def test_ensure_platform_is_idempotent(cast):
    assert schools.ensure_platform() == schools.ensure_platform() == cast.platform
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants WHERE schema_name = 'public'")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db(databases=["default", "owner"])
def test_command_creates_a_school(cast, capsys, monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", "a-good-long-password")
    call_command(
        "create_school",
        "west",
        "--name=West School",
        "--admin-name=Wilma West",
        "--admin-email=wilma@west.example",
        "--ask-password",
    )
    assert capsys.readouterr().out == "West School is ready at west.localhost.\n"
    tenant = hosts.find("west.localhost")
    assert tenant.contact_email == "wilma@west.example"
    with tenant_context(tenant, role="admin"):
        assert User.objects.get().check_password("a-good-long-password")


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    ("subdomain", "email", "sentence"),
    [
        ("www", "w@w.example", "subdomain: “www” is reserved. Choose another name."),
        ("school-a", "w@w.example", "subdomain: Another school has this subdomain."),
        ("west", "nonsense", "admin_email: Enter a valid email address."),
        ("west", "wilma@localhost", "This is not a valid e-mail address."),
    ],
)
def test_command_says_what_is_wrong_in_a_sentence(cast, subdomain, email, sentence):
    with pytest.raises(CommandError) as caught:
        call_command("create_school", subdomain, name="W", admin_name="W", admin_email=email)
    assert str(caught.value) == sentence
