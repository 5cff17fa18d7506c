"""Mail: asked for in a transaction, written and sent by the queue, kept with how it fared.

A `Mail` row says to whom and of what kind, with ids in `params`. What the mail says is made by its
kind at the moment of sending, so that a link or token exists in the mail itself and nowhere else.
An app declares a kind by `@kind(...)` in a module that its `tasks` imports.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import jobs, rls
from core.models import Mail, Tenant, User

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Writer = Callable[[Mail, Tenant], tuple[str, dict[str, Any]]]

KINDS: dict[str, Kind] = {}
LONGEST_SENDER, LONGEST_FOOTER = 100, 1000  # characters
REFUSED = range(500, 600)  # answers of a mail server that mean: not to this address, not later


# In the order of asking: an SMTPException is an OSError too.
SENTENCES: list[tuple[type[Exception] | tuple[type[Exception], ...], str | StrPromise]] = [
    (smtplib.SMTPServerDisconnected, gettext_lazy("The mail server broke off the connection.")),
    (
        (smtplib.SMTPNotSupportedError, ssl.SSLError),
        gettext_lazy(
            "The mail server does not take the encryption or sign-in that is set up for it."
            " Tell the people who run this application."
        ),
    ),
    (OSError, gettext_lazy("The mail server could not be reached.")),
    (Exception, gettext_lazy("The mail could not be written or sent.")),
]


class MailRefused(Exception):
    """Why a mail cannot be written any more, as a sentence for the office."""


@dataclass(frozen=True)
class Kind:
    """One kind of mail.

    `write(mail, tenant)` returns (template, context): subject and text are rendered from
    `<template>_subject.txt` and `<template>_email.txt`; `attachments` in the context, a list of
    (file name, bytes, content type), go along. It raises MailRefused. `noted(mail)` is called when
    the state was written, in the school's context. `address(mail)` returns where a mail to somebody
    without an account goes now, "" if nowhere; without it only people with accounts get this kind.
    """

    name: str
    label: str | StrPromise
    write: Writer
    noted: Callable[[Mail], None] | None = None
    address: Callable[[Mail], str] | None = None


def kind(
    name: str,
    label: str | StrPromise,
    noted: Callable[[Mail], None] | None = None,
    address: Callable[[Mail], str] | None = None,
) -> Callable[[Writer], Writer]:
    """Declare the decorated function as what writes the mails of a kind."""

    def declare(write: Writer) -> Writer:
        KINDS[name] = Kind(name, label, write, noted, address)
        return write

    return declare


def label_of(name: str) -> str | StrPromise:
    return KINDS[name].label if name in KINDS else name


def send(kind_name: str, *, recipient: User, **params: object) -> Mail | None:
    """Queue a mail to a `User` in the current transaction; return the `Mail`.

    None for people without an address. `params` are ids. Runs as an admin of the school.
    """
    if recipient.has_placeholder_email:
        return None
    return _queued(kind_name, recipient, recipient.email, params)


def send_to(kind_name: str, *, address: str, **params: object) -> Mail:
    """Queue a mail to somebody without an account, as `send` does; the kind knows addresses."""
    return _queued(kind_name, None, address, params)


def _queued(
    kind_name: str, recipient: User | None, address: str, params: Mapping[str, object]
) -> Mail:
    mail = Mail.objects.create(
        kind=KINDS[kind_name].name,
        recipient=recipient,
        address=address,
        requested_by_id=rls.current().user_id or None,
        params={name: str(value) for name, value in params.items()},
    )
    queue(mail.pk)
    return mail


def queue(mail_id: UUID | str) -> None:
    """Queue the sending of a mail; of one that does not exist nothing comes.

    Two jobs of one mail take turns: the second finds that it was sent.
    """
    jobs.defer(send_mail, lock=f"mail {mail_id}", mail_id=mail_id)


def refusal(mail: Mail) -> str:
    """Return why a mail cannot be sent again, or "" when it can."""
    if mail.kind not in KINDS:
        return _("Mail of this kind is not sent any more.")
    try:
        _present_address(mail)
    except MailRefused as reason:
        return str(reason)
    return ""


@transaction.atomic
def send_again(mail: Mail) -> Mail | None:
    """Queue another mail of the same kind to the present address; return it.

    A mail to that address that waits for its next try is tried now instead. Raises MailRefused.
    """
    if reason := refusal(mail):
        raise MailRefused(reason)
    address = _present_address(mail)
    if mail.state == Mail.State.WAITING and mail.address == address:
        _try_now(mail)
        return mail
    return _queued(mail.kind, mail.recipient, address, mail.params)


def _try_now(mail: Mail) -> None:
    if not jobs.hurry(send_mail, mail_id=mail.pk):
        queue(mail.pk)


# --- the job --------------------------------------------------------------------------------------


def deliver(tenant_id: UUID | str, mail_id: UUID | str) -> None:
    """Write and send one mail, and note how it fared. Raises what is worth another try."""
    try:
        message = _prepare(tenant_id, mail_id)
    except MailRefused as reason:
        _note(tenant_id, mail_id, Mail.State.FAILED, str(reason))
        return
    except jobs.JobRefused:
        _note(tenant_id, mail_id, Mail.State.FAILED, _("The school is closed."))
        return
    if message is None:
        return
    # No transaction waits for the mail server.
    try:
        message.send()
    except Exception as error:
        if _is_final(error):
            _note(tenant_id, mail_id, Mail.State.FAILED, describe(error), message.subject)
            return
        _note(tenant_id, mail_id, Mail.State.WAITING, describe(error), message.subject)
        raise
    _note(tenant_id, mail_id, Mail.State.SENT, "", message.subject)


def give_up(tenant_id: UUID | str, mail_id: UUID | str) -> None:
    """Note that a mail was tried often enough; the last error stays."""
    with rls.tenant_context(_tenant(tenant_id), role=User.Role.ADMIN):
        mail = Mail.objects.filter(pk=mail_id).first()
        if mail is not None and mail.state == Mail.State.WAITING:
            _write(mail, state=Mail.State.FAILED, error=mail.error or _("It could not be sent."))


@jobs.task(queue="mail", retry=jobs.PatientRetry(), given_up=give_up)
def send_mail(tenant_id: UUID | str, mail_id: UUID | str) -> None:
    """Write and send one mail."""
    deliver(tenant_id, mail_id)


def _prepare(tenant_id: UUID | str, mail_id: UUID | str) -> EmailMessage | None:
    """Return the EmailMessage of a waiting mail, or None when there is nothing to send."""
    with jobs.school_context(tenant_id, source="mail") as tenant:
        mail = Mail.objects.select_related("recipient").filter(pk=mail_id).first()
        if mail is None or mail.state != Mail.State.WAITING:
            return None
        if mail.kind not in KINDS:
            raise MailRefused(_("Mail of this kind is not sent any more."))
        # A link to the account must not go to an address that was put right meanwhile.
        if mail.address != _present_address(mail):
            raise MailRefused(_("The person's address was changed meanwhile. Send it again."))
        template, context = KINDS[mail.kind].write(mail, tenant)
        subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
        body = render_to_string(f"{template}_email.txt", context)
        sender, footer = _sender(tenant), (tenant.settings or {}).get("mail_footer")
    return EmailMessage(
        subject,
        f"{body.rstrip()}\n\n-- \n{footer}\n" if footer else body,
        from_email=sender,
        to=[mail.address],
        reply_to=[tenant.contact_email],
        attachments=context.get("attachments"),
    )


def _sender(tenant: Tenant) -> str:
    """Return the application's address under the school's name, or the name that it chose."""
    name = (tenant.settings or {}).get("mail_sender") or tenant.name
    return formataddr((" ".join(name.split()), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _present_address(mail: Mail) -> str:
    """Return where the mail goes now; raises MailRefused where it must not go anywhere."""
    person, address_of = mail.recipient, KINDS[mail.kind].address
    if person is None and address_of is not None:
        if address := address_of(mail):
            return address
        raise MailRefused(_("There is no e-mail address that it may go to any more."))
    if person is None or not person.is_active:
        raise MailRefused(_("The person's account is closed."))
    if person.has_placeholder_email:
        raise MailRefused(_("The person has no e-mail address."))
    return person.email


def _note(
    tenant_id: UUID | str,
    mail_id: UUID | str,
    state: str,
    error: str,
    subject: str | StrPromise = "",
) -> None:
    with rls.tenant_context(_tenant(tenant_id), role=User.Role.ADMIN):
        mail = Mail.objects.filter(pk=mail_id).first()
        if mail is None:
            return
        _write(
            mail,
            state=state,
            error=error,
            subject=subject[:255] or mail.subject,
            attempts=F("attempts") + 1,
            sent_at=timezone.now() if state == Mail.State.SENT else None,
        )


def _write(mail: Mail, **values: Any) -> None:
    Mail.objects.filter(pk=mail.pk).update(**values)
    mail.refresh_from_db()
    declared = KINDS.get(mail.kind)
    if declared is not None and declared.noted:
        declared.noted(mail)


def _tenant(tenant_id: UUID | str) -> Tenant:
    with rls.tenant_context(Tenant(pk=tenant_id), role=User.Role.ADMIN):
        return Tenant.objects.get(pk=tenant_id)


def _is_final(error: Exception) -> bool:
    """Whether the server has said that it will never take this mail for this address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in REFUSED for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code in REFUSED


def describe(error: Exception) -> str:
    """Return what went wrong in a line: what the mail server said, else only what it was."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = error.recipients.values()
        return "; ".join(f"{code} {_text_of(text)}" for code, text in answers)[:1000]
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text_of(error.smtp_error)}"[:1000]
    # smtplib says "disconnected" also of a server that was silent for too long.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return _("The mail server did not answer in time.")
    return str(next(text for kind, text in SENTENCES if isinstance(error, kind)))


def _text_of(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
