"""Links by mail with which a person sets a password."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import connection
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy

from core.addresses import main_site
from core.models import Mail, Tenant, User
from core.services import mail

INVITATION = "invitation"


def set_password_url(user: User, site: str) -> str:
    """Return the link with which `user` sets a password at `site` (scheme, host, port).

    It works once, and for settings.PASSWORD_RESET_TIMEOUT seconds.
    """
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return site + reverse(
        "password_reset_confirm", args=[uid, token], urlconf=settings.ROOT_URLCONF
    )


def send(user: User) -> Mail | None:
    """Mail a person the link with which they set their first password, as an admin of the school.

    Returns the `Mail`, or None for somebody without an address.
    """
    return mail.send(INVITATION, recipient=user)


def ask_reset(email: str) -> None:
    """Mail the person with this address, if there is one, a link to set another password.

    For strangers: what is done, and how long it takes, is the same whether there is one or not.
    """
    with connection.cursor() as cursor:
        cursor.execute("CALL app.ask_password_reset(%s, NULL)", [email])
        [mail_id] = cursor.fetchone()
    mail.queue(mail_id)


@mail.kind(INVITATION, gettext_lazy("Invitation"))
def _write_invitation(row: Mail, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    return "registration/invitation", _context(row, tenant)


@mail.kind("password_reset", gettext_lazy("Forgotten password"))
def _write_reset(row: Mail, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    return "registration/password_reset", _context(row, tenant)


def _context(row: Mail, tenant: Tenant) -> dict[str, Any]:
    user = cast(User, row.recipient)  # there is no such mail to anybody else
    site = main_site()
    return {
        "user": user,
        "school": tenant,
        "site": site,
        "link": set_password_url(user, site),
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }
