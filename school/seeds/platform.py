"""The platform's tenant and an operator."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.db import connections, transaction

from core.models import User
from core.rls import tenant_context
from core.services.schools import ensure_platform
from school.seeds.builder import take_turns

DEV_OPERATOR = "operator@platform.example"


@transaction.atomic(using="owner")
def build(email, password, *, checked=False):
    """Make the platform and its operator where they are missing; False if both were there.

    `checked`: the password must be there and pass the validators. Raises CommandError.
    """
    email = User.objects.normalize_email(email.strip())
    _refuse_wrong("The operator's e-mail", validate_email, email)
    with connections["owner"].cursor() as cursor:
        take_turns(cursor)
    platform = ensure_platform(contact_email=email)
    with tenant_context(platform, role="admin", using="owner"):
        if User.objects.using("owner").admins().filter(email__iexact=email).exists():
            return False
        operator = User(tenant=platform, email=email, name="Operator", role=User.Role.ADMIN)
        if checked:
            if not password:
                raise CommandError("Set the operator's password in SEED_PASSWORD.")
            _refuse_wrong("SEED_PASSWORD", validate_password, password, operator)
        operator.password = make_password(password)
        operator.save(using="owner")
    return True


def _refuse_wrong(what, validate, *arguments):
    try:
        validate(*arguments)
    except ValidationError as error:
        raise CommandError(f"{what}: {' '.join(error.messages)}") from error
