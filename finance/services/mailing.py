"""Mail about money: invoices, receipts and credit notes as PDF, sent by the queue of mails.

A mail's `params` say which row it is of and to whom it goes; both are asked again when it leaves.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Guardian, Mail, Tenant
from core.services import mail
from finance.models import CreditNote, Invoice, Payment, Sponsor
from finance.online import pages
from finance.papers import details, documents
from finance.selectors import contacts, entries

KIND = "money_paper"
PDF = "application/pdf"
# model -> (what makes its PDF, what the number of a row is)
PAPERS: dict[Any, tuple[Callable[..., documents.Papers], Callable[[Any], str]]] = {
    Invoice: (documents.invoices, str),
    Payment: (documents.receipts, entries.receipt_number),
    CreditNote: (documents.credit_notes, str),
}
BY_NAME = {str(model._meta.model_name): model for model in PAPERS}


def send(rows: Iterable[Any]) -> tuple[int, list[Any]]:
    """Queue the mails of invoices, payments or credit notes of one kind.

    Returns (number of mails, rows that nobody has an address for).
    """
    bills = {row: _bill(row) for row in rows}
    people = contacts.of_bills(list(bills.values()))
    without = [row for row, bill in bills.items() if not people[bill.pk]]
    sent = 0
    with transaction.atomic():
        for row, bill in bills.items():
            for contact in people[bill.pk]:
                write_to(contact, KIND, row_id=row.pk, paper=row._meta.model_name)
                sent += 1
    return sent, without


def write_to(contact: contacts.Contact, kind: str, **params: object) -> Mail | None:
    """Queue a mail to a contact."""
    role, pk = contact.key
    params |= {"contact": role, "contact_id": pk}
    if contact.user is not None:
        return mail.send(kind, recipient=contact.user, **params)
    return mail.send_to(kind, address=contact.address, **params)


def address_of(row: Mail) -> str:
    """Return the present address of a mail's contact who has no account; "" if there is none."""
    model: Any = {"guardian": Guardian, "sponsor": Sponsor}.get(row.params.get("contact", ""))
    contact = model and model.objects.filter(pk=row.params.get("contact_id")).first()
    return (contact.email or "") if contact else ""


def contact_of(row: Mail, bill: contacts.Bill) -> contacts.Contact:
    """Return whom a mail about a bill goes to; raises MailRefused if it no longer concerns them."""
    wanted = row.params.get("contact"), row.params.get("contact_id")
    for contact in contacts.of_bill(bill):
        if (contact.key[0], str(contact.key[1])) == wanted:
            return contact
    raise mail.MailRefused(_("This is no longer the person to write to about it."))


def attachment(row: Any) -> tuple[str, bytes, str]:
    """Return the PDF of an invoice, payment or credit note as a mail takes it."""
    make, number = PAPERS[type(row)]
    pdf, _count = make([row.pk])
    return f"{slugify(f'{row._meta.verbose_name} {number(row)}')}.pdf", pdf, PDF


def _bill(row: Any) -> contacts.Bill:
    return row.invoice if isinstance(row, CreditNote) else row


@mail.kind(KIND, gettext_lazy("Invoice or receipt"), address=address_of)
def _write(row: Mail, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    """Return the template and context of the mail with the PDF."""
    model = BY_NAME[row.params["paper"]]
    paper = model.objects.filter(pk=row.params["row_id"]).first()
    if paper is None:
        raise mail.MailRefused(_("What it was about is not there any more."))
    bill = _bill(paper)
    number = PAPERS[model][1](paper)
    contact = contact_of(row, bill)
    return "finance/mails/paper", {
        "school": tenant,
        "contact": contact,
        "student": bill.student,
        "paper": row.params["paper"],
        "number": number,
        "invoice": bill if model is Invoice else None,
        "pay_url": pages.to_pay(bill, contact.user) if isinstance(bill, Invoice) else "",
        "bank_details": details.of_school(tenant).bank_details,
        "attachments": [attachment(paper)],
    }
