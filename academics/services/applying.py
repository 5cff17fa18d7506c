"""Taking in an application from somebody whom nobody knows, and telling robots from people.

The database writes the row while nobody is signed in (academics/sql/applications.sql). A page of
the form has a signed key and the time when it was made: what comes back faster than anybody can
write is a robot's, and what is sent twice is one application.
"""

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.services import applications
from core import rls
from core.addresses import main_site
from core.models import Mail, PersonField, Tenant
from core.services import mail

SALT = "academics.applying"
FASTEST, LONGEST = 4, 12 * 60 * 60  # seconds from the page to what comes back
APPLY = "CALL app.apply_for_admission(%s, %s, NULL, NULL)"
PAGE = "admin:application"
RECEIVED, ARRIVED = "application_received", "application_arrived"


class NotSoFast(Exception):
    """The page is to be sent once more, for the reason that the message says.

    `token` is what it is sent with then.
    """

    def __init__(self, message: str, token: str) -> None:
        super().__init__(message)
        self.token = token


@dataclass(frozen=True)
class Page:
    """A page of the form: the key of what is sent from it, and when it was made."""

    key: uuid.UUID
    made_at: float


def new_token(age: float = 0) -> str:
    """Return what a page carries that was made `age` seconds ago."""
    made = {"key": uuid.uuid4().hex, "at": time.time() - age, "school": _school()}
    return signing.dumps(made, salt=SALT)


def check(token: str) -> Page:
    """Return the `Page` of a token; raises `NotSoFast`."""
    try:
        made = signing.loads(token, salt=SALT)
        page = Page(uuid.UUID(made["key"]), float(made["at"]))
        if made["school"] != _school():
            raise ValueError
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise _too_old() from None
    age = time.time() - page.made_at
    if age > LONGEST:
        raise _too_old()
    if age < FASTEST:
        text = _("This was faster than anybody can write. Look at it again, and send it once more.")
        raise NotSoFast(text, token)
    return page


def _too_old() -> NotSoFast:
    text = _("This page was open for too long. What you wrote is still here: send it once more.")
    return NotSoFast(text, new_token(age=FASTEST))


def _school() -> str:
    return str(rls.current_tenant_id())


def asked_fields() -> list[PersonField]:
    """Return the fields of students that the school's form asks for."""
    with rls.as_nobody():
        return list(PersonField.objects.raw("SELECT * FROM app.admission_fields()"))


def take_in(page: Page, given: dict[str, Any]) -> None:
    """Write an application, and have the mails sent; nothing of it can be read back.

    Raises DatabaseError by a rule, also while the school takes none.
    """
    # Of one page each child is one application, however often it is sent.
    child = [str(given.get(name)) for name in ("first_name", "last_name", "birth_date")]
    key = uuid.uuid5(page.key, json.dumps(child))
    document = json.dumps(given, cls=DjangoJSONEncoder)
    with rls.as_nobody():
        with connection.cursor() as cursor:
            cursor.execute(APPLY, [key, document])
            mails = cursor.fetchone()
        for mail_id in filter(None, mails):
            mail.queue(mail_id)


# --- the mails ------------------------------------------------------------------------------------


def _office(row: Mail) -> str:
    return rls.current_tenant().contact_email or ""


@mail.kind(RECEIVED, gettext_lazy("Application received"), address=applications.address_of)
def _write_received(row: Mail, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    """Return the same few lines for everybody: a stranger chose the address."""
    return "academics/mails/received", {"school": tenant}


@mail.kind(ARRIVED, gettext_lazy("Application for the office"), address=_office)
def _write_arrived(row: Mail, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    application = applications.of_mail(row)
    if application is None:
        raise mail.MailRefused(_("What it was about is not there any more."))
    path = reverse(PAGE, args=[application.pk], urlconf=settings.ROOT_URLCONF)
    return "academics/mails/arrived", {"school": tenant, "link": main_site() + path}
