"""Which reminder an invoice gets next, from whom to whom, and why it gets none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import numbers, rls
from core.defaults import school_currency, today
from finance import stages
from finance.models import Invoice, PaymentReminder, ReminderOptOut
from finance.selectors import contacts

NEVER = (0, None)


@dataclass
class Planned:
    """The next reminder of an invoice; `stage` is None after the last one.

    `refusal` says why there is none to send. `is_due` is whether its turn has come: its days after
    the due date are over, and as many days after the reminder before as lie between the two.
    """

    invoice: Invoice
    stage: stages.Stage | None
    people: list[contacts.Contact] = field(default_factory=list)
    refusal: str = ""
    turn: date | None = None
    subject: str = ""
    message: str = ""

    @property
    def is_due(self) -> bool:
        return not self.refusal and self.turn is not None and self.turn <= today()

    @property
    def has_late_fee(self) -> bool:
        """Whether a fee is charged: in the school's currency, and none for a fee."""
        stage, invoice = self.stage, self.invoice
        fits = stage is not None and stage.late_fee > 0 and invoice.currency == school_currency()
        return fits and not invoice.late_fee_of.exists()


def plan(invoices: Sequence[Invoice]) -> list[Planned]:
    """Return the `Planned` of each invoice (with its student), in their order. Nine queries."""
    known = stages.of_school()
    sent = _sent(invoices)
    people = contacts.of_bills(invoices)
    exceptions = _Exceptions(invoices)
    return [
        _planned(row, known, sent.get(row.pk, NEVER), people[row.pk], exceptions)
        for row in invoices
    ]


def _sent(invoices: Sequence[Invoice]) -> dict[UUID, tuple[int, date | None]]:
    """Return {invoice: (last stage, its date)}."""
    rows = PaymentReminder.objects.filter(invoice__in=[row.pk for row in invoices]).order_by()
    sums = rows.values_list("invoice_id").annotate(Max("stage"), Max("reminder_date"))
    return {pk: (stage, day) for pk, stage, day in sums}


class _Exceptions:
    """Who gets no reminders, and about whom there are none: {id: reason}."""

    def __init__(self, invoices: Sequence[Invoice]) -> None:
        students = {row.student_id for row in invoices}
        rows = ReminderOptOut.objects.filter(Q(student__isnull=True) | Q(student__in=students))
        self.students: dict[UUID, str] = {}
        self.pairs = set()
        for guardian, student, reason in rows.values_list("guardian_id", "student_id", "reason"):
            if guardian is None:
                self.students[student] = reason
            else:
                self.pairs.add((guardian, student))

    def leave(self, people: list[contacts.Contact], student: UUID) -> list[contacts.Contact]:
        """Return those of the people who are to be reminded about the student."""
        return [
            person
            for person in people
            if self.pairs.isdisjoint([(person.key[1], None), (person.key[1], student)])
        ]


def _planned(
    invoice: Invoice,
    known: list[stages.Stage],
    last: tuple[int, date | None],
    people: list[contacts.Contact],
    exceptions: _Exceptions,
) -> Planned:
    number, day = last
    stage = known[number] if number < len(known) else None
    planned = Planned(invoice, stage, exceptions.leave(people, invoice.student_id))
    planned.refusal = _refusal(planned, day, exceptions)
    if stage is not None:
        planned.turn = _turn(invoice, stage, known[number - 1] if number else None, day)
        planned.subject, planned.message = stage.written(words(invoice))
    return planned


def _turn(
    invoice: Invoice, stage: stages.Stage, before: stages.Stage | None, last: date | None
) -> date:
    turn = invoice.due_date + timedelta(days=stage.days)
    if before is None or last is None:
        return turn
    return max(turn, last + timedelta(days=max(stage.days - before.days, 1)))


def _refusal(planned: Planned, last: date | None, exceptions: _Exceptions) -> str:
    invoice = planned.invoice
    if invoice.is_draft or invoice.balance <= 0:
        return _("Nothing is to pay of it.")
    if invoice.due_date >= today():
        return _("It is not overdue.")
    if reason := exceptions.students.get(invoice.student_id):
        return _("No reminders about this student: %(reason)s") % {"reason": reason}
    if planned.stage is None:
        return _("All reminders were sent.")
    if last is not None and last >= today():
        return _("It was reminded of today.")
    return "" if planned.people else _("Nobody with an e-mail address is to be reminded.")


def words(invoice: Invoice) -> dict[str, str]:
    """Return what stands in a text for the words of `stages.WORDS`."""
    amount = numbers.money(invoice.balance, invoice.currency)
    return {
        "student": invoice.student.name,
        "number": str(invoice),
        "amount": f"{amount} {invoice.currency}",
        "due": date_format(invoice.due_date, "DATE_FORMAT"),
        "days": str((today() - invoice.due_date).days),
        "school": rls.current_tenant().name,
    }


def overdue(**chosen: Any) -> Any:
    """Return the overdue invoices, the earliest due first."""
    return Invoice.objects.overdue().filter(**chosen).select_related("student").oldest_first()
