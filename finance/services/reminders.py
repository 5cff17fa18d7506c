"""Sending reminders of overdue invoices: by hand, or by themselves; a stage once for an invoice."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import jobs, numbers
from core.constraints import RefusedByDatabase, explained
from core.models import Mail, Tenant
from core.services import mail
from finance import stages
from finance.models import Invoice, PaymentReminder
from finance.online import pages
from finance.papers import details
from finance.selectors import reminders
from finance.services import invoices, mailing

KIND = "payment_reminder"
SCHOOLS = "SELECT app.schools_with_reminders()"
DAYTIME = range(8, 20)  # hours of the school's clock in which reminders leave by themselves
AT_A_TIME = 500  # invoices that are planned at a time

logger = logging.getLogger(__name__)


def send(planned: Iterable[reminders.Planned]) -> tuple[int, dict[Invoice, str]]:
    """Log and queue these reminders; return how many, and {invoice: why it got none}.

    What was paid or reminded of at the same moment is left out.
    """
    count, refused = 0, {}
    for row in planned:
        if row.refusal or row.stage is None:
            refused[row.invoice] = row.refusal
            continue
        try:
            with explained(), transaction.atomic():
                _send(row, row.stage)
        except RefusedByDatabase as error:
            refused[row.invoice] = str(error.refusal.message)
        else:
            count += 1
    return count, refused


def _send(planned: reminders.Planned, stage: stages.Stage) -> None:
    """Write the log, charge the fee, and queue the mails; raises IntegrityError by a rule."""
    invoice = planned.invoice
    fee = _charge(invoice, stage) if planned.has_late_fee else None
    reminder = PaymentReminder.objects.create(
        invoice=invoice,
        stage=stage.number,
        sent_to="\n".join(f"{person.name} <{person.address}>" for person in planned.people),
        subject=planned.subject,
        message=planned.message,
        late_fee_invoice=fee,
    )
    for person in planned.people:
        mailing.write_to(person, KIND, reminder_id=reminder.pk)


def _charge(late: Invoice, stage: stages.Stage) -> Invoice:
    """Issue an invoice of the stage's fee to who pays the late one."""
    text = _("Late fee for invoice %(number)s") % {"number": late}
    fee = invoices.draft(
        student=late.student,
        lines=[invoices.Line(text, unit_price=stage.late_fee)],
        currency=late.currency,
        description=text,
        payer_guardian=late.payer_guardian,
        payer_sponsor=late.payer_sponsor,
    )
    invoices.issue([fee])
    fee.refresh_from_db()
    return fee


# --- by themselves --------------------------------------------------------------------------------
def send_due_everywhere() -> int:
    """Send what is due in each school that wants it; return how many reminders were sent.

    Each school in a transaction of its own: one that fails is logged and holds up no other.
    """
    with connection.cursor() as cursor:
        cursor.execute(SCHOOLS)
        schools = [pk for (pk,) in cursor.fetchall()]
    return sum(map(_try_in_school, schools))


def _try_in_school(tenant_id: Any) -> int:
    try:
        with jobs.school_context(tenant_id, source="reminders") as tenant:
            return send_due(tenant)
    except jobs.JobRefused:
        return 0
    except Exception:
        logger.exception("The reminders of school %s could not be sent.", tenant_id)
        return 0


def send_due(tenant: Tenant, now: datetime | None = None) -> int:
    """Send the reminders of the current school whose turn has come; return how many."""
    moment = now or datetime.now(tenant.timezone)
    if not stages.are_automatic() or moment.hour not in DAYTIME:
        return 0
    sent = 0
    rows = list(reminders.overdue().values_list("pk", flat=True))
    for start in range(0, len(rows), AT_A_TIME):
        some = list(reminders.overdue(pk__in=rows[start : start + AT_A_TIME]))
        count, _refused = send([row for row in reminders.plan(some) if row.is_due])
        sent += count
    return sent


# --- the mail -------------------------------------------------------------------------------------
@mail.kind(KIND, gettext_lazy("Reminder of an invoice"), address=mailing.address_of)
def _write(row: Mail, tenant: Tenant) -> tuple[str, dict[str, Any]]:
    """Return the template and context of a reminder; refused when it was paid meanwhile."""
    kept = PaymentReminder.objects.select_related("invoice__student", "late_fee_invoice")
    reminder = kept.filter(pk=row.params["reminder_id"]).first()
    if reminder is None:
        raise mail.MailRefused(_("The reminder is not there any more."))
    invoice = reminder.invoice
    if invoice.balance <= 0:
        raise mail.MailRefused(_("The invoice was settled meanwhile."))
    fee = reminder.late_fee_invoice
    contact = mailing.contact_of(row, invoice)
    return "finance/mails/reminder", {
        "school": tenant,
        "contact": contact,
        "pay_url": pages.to_pay(invoice, contact.user),
        "reminder": reminder,
        "invoice": invoice,
        "fee": fee,
        "fee_amount": numbers.money(fee.amount, fee.currency) if fee is not None else "",
        "bank_details": details.of_school(tenant).bank_details,
        "attachments": [mailing.attachment(bill) for bill in (invoice, fee) if bill is not None],
    }
