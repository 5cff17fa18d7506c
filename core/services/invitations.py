"""Links by mail with which a person sets a password."""

import os

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from core.services import mail


def site_url(host):
    """Return the address of a host's site as commands and workers know it.

    Without TLS with the port of `make run`; a production site is at the scheme's own.
    """
    if settings.HTTPS:
        return f"https://{host}"
    port = os.environ.get("PORT") or (8000 if settings.DEBUG else None)
    return f"http://{host}:{port}" if port else f"http://{host}"


def set_password_url(user, site):
    """Return the link with which `user` sets a password at `site` (scheme, host, port).

    It works once, and for settings.PASSWORD_RESET_TIMEOUT seconds.
    """
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    return site + reverse("password_reset_confirm", args=[uid, token], urlconf="school.urls")


def send(user, tenant, site):
    """Mail a new person the link with which they set their first password."""
    _send("registration/invitation", user, tenant, site)


def send_reset(user, tenant, site):
    """Mail a person who forgot their password the link to set another."""
    _send("registration/password_reset", user, tenant, site)


def _send(template, user, tenant, site):
    if user.has_placeholder_email:
        return
    context = {
        "user": user,
        "school": tenant,
        "site": site,
        "link": set_password_url(user, site),
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    body = render_to_string(f"{template}_email.txt", context)
    mail.send_after_commit(EmailMessage(subject, body, to=[user.email]))
