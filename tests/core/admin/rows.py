"""One row of every table that a person of the cast may see."""

import uuid

from django.contrib.admin.models import CHANGE, LogEntry

from core.models import Conversation, Domain, Mail, User
from core.rls import tenant_context
from exchange.models import Export
from finance.models import (
    BillingRun,
    ClosedMonth,
    CreditNote,
    FeePlan,
    Invoice,
    OnlineEvent,
    PaymentReminder,
    ReminderOptOut,
)
from tests.factories import core, exchange, finance

# What a teacher sees of their own only -> whose it is.
PERSONAL = {"exchange.importbatch": "requested_by", "reporting.reportschedule": "owner"}


# Written by the office: a draft, what is issued being kept for good, and what the cast has none of.
MONEY = {
    Invoice: lambda school: finance.invoice(invoice_number=None, student=school.student),
    BillingRun: lambda school: finance.billing_run(plan=school.fee_plan),
    FeePlan: lambda school: finance.fee_plan(),
    ClosedMonth: lambda school: finance.closed_month(),
    PaymentReminder: lambda school: finance.payment_reminder(invoice=school.invoice),
    ReminderOptOut: lambda school: finance.reminder_opt_out(student=school.student),
    OnlineEvent: lambda school: finance.online_event(),
    CreditNote: lambda school: finance.credit_note(invoice=school.invoice),
}


def own_row(school, model, user):
    """Return a row of `model` at the school; of tables of one's own, one of `user`'s."""
    label = model._meta.label_lower
    with tenant_context(school.tenant, user):
        if model is Export:
            return exchange.export(requested_by=user)
        if model is Mail and not user.is_admin and user.is_office:
            return core.mail(recipient=school.student, address=school.student.email)
        if model is Conversation:
            return core.conversation(user=user, title="Mine")
        if model is LogEntry:
            return LogEntry.objects.log_actions(
                user.pk, [school.student], CHANGE, "Changed.", single_object=True
            )
    if model is User:
        return school.student
    if model in MONEY:
        with tenant_context(school.tenant, school.admin):
            rows = model.objects.drafts() if model is Invoice else model.objects.all()
            return rows.first() or MONEY[model](school)
    row = next((row for row in vars(school).values() if type(row) is model), None)
    if row is not None and label in PERSONAL and user != school.admin:
        return _copy(school, row, PERSONAL[label], user)
    if row is not None:
        return row
    with tenant_context(school.tenant, school.admin):
        rows = model._base_manager.all()
        return rows.get(domain=school.host) if model is Domain else rows[0]


def _copy(school, row, owner, user):
    """Return the same row once more, as `user`'s."""
    with tenant_context(school.tenant, user):
        row = type(row)(**{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields})
        row.pk, row._state.adding = uuid.uuid4(), True
        setattr(row, owner, user)
        row.save(force_insert=True)
        return row
