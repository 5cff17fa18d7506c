"""Schools and the platform: making them, and opening and closing their doors.

Everything but `ensure_platform` runs in the context of an operator (the platform tenant, role
admin): the policies let nobody else write `tenants`.
"""

import json
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import rls
from core.models import Domain, Tenant, User
from core.models.tenant import PLATFORM_SCHEMA, RESERVED_SUBDOMAINS, subdomain_validator
from core.records import NUMBER_PATTERN
from core.services import invitations

PLATFORM_SUBDOMAIN = "platform"
FIRST_PATTERN = "{year}-{number:4}"  # of the student numbers of a new school


@transaction.atomic(using="owner")
def ensure_platform(*, contact_email: str = "operator@platform.example") -> Tenant:
    """Return the platform's tenant, making it and its domain where they are missing.

    The one write without a context: before the platform exists there is no operator to act as,
    so an operator's command does it as the schema's owner.
    """
    tenant = Tenant.objects.using("owner").filter(schema_name=PLATFORM_SCHEMA).first()
    if tenant is None:
        tenant = Tenant(
            schema_name=PLATFORM_SCHEMA,
            name="Platform",
            subdomain=PLATFORM_SUBDOMAIN,
            contact_email=contact_email,
        )
        tenant.save(using="owner")
    Domain.objects.using("owner").get_or_create(
        domain=host_name(PLATFORM_SUBDOMAIN), defaults={"tenant": tenant}
    )
    return tenant


def host_name(subdomain: str) -> str:
    """Return the host name that a subdomain has under settings.BASE_DOMAIN."""
    return f"{subdomain}.{settings.BASE_DOMAIN}"


def check_subdomain(subdomain: str) -> None:
    """Raise ValidationError for a name that is ill-formed, reserved or taken."""
    subdomain_validator(subdomain)
    if subdomain in RESERVED_SUBDOMAINS:
        raise ValidationError(_("“%s” is reserved. Choose another name.") % subdomain)
    taken = Tenant.objects.filter(Q(subdomain=subdomain) | Q(schema_name=subdomain)).exists()
    if taken or Domain.objects.filter(domain=host_name(subdomain)).exists():
        raise ValidationError(_("Another school has this subdomain."))


@transaction.atomic
def create(
    *,
    name: str,
    subdomain: str,
    contact_email: str,
    admin_name: str,
    admin_email: str,
    password: str | None = None,
    by: User | None = None,
) -> Tenant:
    """Make a school, its host name and its first admin; return the `Tenant`.

    Without a password the admin is mailed a link to set one. `by` is the operator, for the new
    school's audit trail.

    Raises ValidationError (by form field) or the database's own refusal; nothing is kept then.
    """
    _check("subdomain", check_subdomain, subdomain)
    _check("admin_email", validate_email, admin_email)
    if password is not None:
        new = User(email=admin_email, name=admin_name)
        _check("password", validate_password, password, new)
    tenant = Tenant(
        schema_name=subdomain, name=name, subdomain=subdomain, contact_email=contact_email
    )
    tenant.settings = {NUMBER_PATTERN: FIRST_PATTERN}
    tenant.full_clean(exclude=["schema_name"])
    tenant.save()
    Domain.objects.create(domain=host_name(subdomain), tenant=tenant, is_primary=True)
    with rls.tenant_context(tenant, role=User.Role.ADMIN, request=_request_of(by)):
        admin = User.objects.create_user(
            admin_email, password, name=admin_name, role=User.Role.ADMIN
        )
        if password is None:
            invitations.send(admin)
    return tenant


def _check(field: str, validate: Callable[..., None], *values: object) -> None:
    """Run a validator; its ValidationError then names the field."""
    try:
        validate(*values)
    except ValidationError as error:
        raise ValidationError({field: error}) from None


def suspend(tenant: Tenant) -> bool:
    """Close a school for now: its host answers 503 and signs nobody in."""
    return _set_status(tenant, Tenant.Status.SUSPENDED)


def archive(tenant: Tenant) -> bool:
    """Close a school for good: its host answers 410; its data is kept."""
    return _set_status(tenant, Tenant.Status.ARCHIVED)


def reactivate(tenant: Tenant) -> bool:
    """Open a suspended or archived school again."""
    return _set_status(tenant, Tenant.Status.ACTIVE)


def _set_status(tenant: Tenant, status: str) -> bool:
    """Set the status; return whether it changed. The platform itself cannot be closed."""
    if tenant.is_platform:
        raise ValidationError(_("The platform itself cannot be closed."))
    if tenant.status == status:
        return False
    tenant.status = status
    tenant.save(update_fields=["status"])
    return True


def _request_of(operator: User | None) -> dict[str, str]:
    """What the new school's audit trail says of who made it."""
    request = json.loads(rls.current().request or "{}")
    return request | ({"operator_id": str(operator.pk)} if operator else {})
