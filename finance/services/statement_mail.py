"""Statements of account by mail, to the guardians who may see all that stands on them."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Mail, Tenant, User
from core.services import mail
from finance.papers import statements
from finance.selectors import contacts, statement
from finance.services import mailing

KIND = "statement"


def send(student: User, first: date, last: date, *, of_family: bool) -> int:
    """Queue the mails of a statement; return their number."""
    people = contacts.of_students(_students(student, of_family))
    with transaction.atomic():
        for contact in people:
            mailing.write_to(
                contact,
                KIND,
                student_id=student.pk,
                first=first.isoformat(),
                last=last.isoformat(),
                family="yes" if of_family else "",
            )
    return len(people)


def attachment(
    student: User, first: date, last: date, *, of_family: bool
) -> tuple[str, bytes, str]:
    """Return the PDF as a mail or a download takes it."""
    name = slugify(f"{_('statement')} {student.name} {last.isoformat()}")
    return (
        f"{name}.pdf",
        statements.pdf(student, first, last, of_family=of_family),
        mailing.PDF,
    )


def _students(student: User, of_family: bool) -> list[User]:
    return statement.family(student) if of_family else [student]


@mail.kind(KIND, gettext_lazy("Statement of account"), address=mailing.address_of)
def _write(row: Mail, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    """Return the template and context of the mail with the PDF."""
    params = row.params
    student = User.objects.students().filter(pk=params["student_id"]).first()
    if student is None:
        raise mail.MailRefused(_("What it was about is not there any more."))
    of_family = bool(params["family"])
    first, last = date.fromisoformat(params["first"]), date.fromisoformat(params["last"])
    people = contacts.of_students(_students(student, of_family))
    wanted = params["contact"], params["contact_id"]
    contact = next((p for p in people if (p.key[0], str(p.key[1])) == wanted), None)
    if contact is None:
        raise mail.MailRefused(_("This is no longer the person to write to about it."))
    return "finance/mails/statement", {
        "school": tenant,
        "contact": contact,
        "name": statements.family_name(student) if of_family else student.name,
        "first": first,
        "last": last,
        "attachments": [attachment(student, first, last, of_family=of_family)],
    }
