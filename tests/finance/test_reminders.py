"""Reminders of overdue invoices: what is next for whom, once for each stage, in its turn."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core import mail as outbox
from django.db import connection

from core.defaults import today
from core.models import Guardian, Mail, StudentGuardian
from core.rls import tenant_context
from finance import stages
from finance.models import Invoice, PaymentReminder, ReminderOptOut
from finance.selectors import reminders
from finance.services import reminders as sending
from tests.factories import finance
from tests.factories.cast import ZONE_A
from tests.factories.mail import queued_mail, send_queued_mail
from tests.finance.conftest import bill, pay, refusal, use_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(school):
    """Return an invoice of 1,000 that was due ten days ago."""
    return overdue(school, "L-1", 10)


def overdue(school, number, days, **fields):
    due = today() - timedelta(days=days)
    return bill(school, number, "1000.00", issue_date=due, due_date=due, **fields)


def next_of(*invoices):
    rows = Invoice.objects.filter(pk__in=[row.pk for row in invoices]).select_related("student")
    return reminders.plan(list(rows.oldest_first()))


def send(*invoices):
    return sending.send(next_of(*invoices))


def settings_with(*rows, automatic=False):
    keys = ("days", "subject", "message", "late_fee")
    known = [dict(zip(keys, row, strict=True)) for row in rows]
    kept = {"automatic": automatic, "stages": known}
    return {"timezone": ZONE_A, stages.KEY: kept}


# --- the rules ------------------------------------------------------------------------------------
@pytest.mark.database
def test_a_stage_is_sent_once_and_in_its_turn(late):
    finance.payment_reminder(invoice=late, reminder_date=today())

    def again(stage):
        return partial(finance.payment_reminder, invoice=late, stage=stage, reminder_date=today())

    assert refusal(again(1))[0] == "idx_payment_reminders_stage"
    assert refusal(again(3)) == ("reminder_out_of_turn", "stage")
    assert refusal(again(0))[0] == "check_reminder_stage"
    again(2)()


@pytest.mark.database
def test_nobody_is_reminded_of_what_is_settled_or_not_due(school, late):
    on_time = bill(school, "T-1")
    draft = bill(school, None, due_date=date(2026, 1, 6))
    pay(late, "1000.00")

    def remind(invoice):
        return partial(finance.payment_reminder, invoice=invoice, reminder_date=today())

    assert refusal(remind(late)) == ("reminder_of_settled_invoice", "invoice")
    assert refusal(remind(draft)) == ("reminder_of_settled_invoice", "invoice")
    assert refusal(remind(on_time)) == ("reminder_before_due", "reminder_date")


@pytest.mark.database
def test_the_log_stays_as_it_is(school, late):
    row = finance.payment_reminder(invoice=late, reminder_date=today())
    with connection.cursor() as cursor:
        for command in ("UPDATE payment_reminders SET stage = 2", "DELETE FROM payment_reminders"):
            cursor.execute("SAVEPOINT s")
            with pytest.raises(Exception, match="permission denied"):
                cursor.execute(command)
            cursor.execute("ROLLBACK TO SAVEPOINT s")
    row.refresh_from_db()
    assert row.recorded_by_id == school.admin.pk


@pytest.mark.database
def test_an_exception_names_somebody_once_with_a_reason(school):
    finance.reminder_opt_out(student=school.student)
    assert refusal(lambda: finance.reminder_opt_out(student=school.student))[0] == (
        "idx_opt_outs_person"
    )
    assert refusal(lambda: finance.reminder_opt_out())[0] == "check_opt_out_person"
    assert refusal(lambda: finance.reminder_opt_out(guardian=school.guardian_record, reason=""))[
        0
    ] == ("check_opt_out_reason")


# --- what is next ---------------------------------------------------------------------------------
def test_the_next_stage_follows_days_and_the_one_before(school, late):
    use_settings(school, **settings_with((7, "A", "a", None), (21, "B", "b", None)))
    [planned] = next_of(late)
    assert (planned.stage.number, planned.is_due, planned.refusal) == (1, True, "")
    finance.payment_reminder(invoice=late, reminder_date=today() - timedelta(days=1))
    [planned] = next_of(late)
    # Fourteen days lie between the stages, however late the first one was.
    assert (planned.stage.number, planned.is_due) == (2, False)
    assert planned.turn == today() + timedelta(days=13)
    finance.payment_reminder(invoice=late, stage=2, reminder_date=today() - timedelta(days=1))
    [planned] = next_of(late)
    assert planned.refusal == "All reminders were sent."


def test_a_reminder_says_what_it_is_about(school, late):
    text = "{school}: {number} for {student}, {amount}, since {due}, {days} days {x}"
    use_settings(school, **settings_with((7, "About {number}", text, None)))
    [planned] = next_of(late)
    assert planned.subject == "About L-1"
    assert planned.message.startswith(f"School A: L-1 for {school.student.name}, 1,000.00 USD, ")
    assert planned.message.endswith("10 days {x}")


def test_why_there_is_none(school, late):
    paid, soon = overdue(school, "P-1", 5), bill(school, "S-1")
    pay(paid, "1000.00")
    assert send(late) == (1, {})
    assert {str(row.invoice): row.refusal for row in next_of(late, paid, soon)} == {
        "L-1": "It was reminded of today.",
        "P-1": "Nothing is to pay of it.",
        "S-1": "It is not overdue.",
    }


def test_exceptions_are_kept(school, late):
    aunt = Guardian.objects.create(name="Aunt", email="aunt@example.com")
    StudentGuardian.objects.create(student=school.student, guardian=aunt)
    both = {school.guardian.email, "aunt@example.com"}
    assert {person.address for person in next_of(late)[0].people} == both
    about = ReminderOptOut.objects.create(guardian=aunt, student=school.student, reason="asked")
    assert {person.address for person in next_of(late)[0].people} == {school.guardian.email}
    about.delete()
    ReminderOptOut.objects.create(guardian=aunt, student=school.other_student, reason="asked")
    assert {person.address for person in next_of(late)[0].people} == both
    ReminderOptOut.objects.create(guardian=aunt, reason="asked")
    ReminderOptOut.objects.create(guardian=school.guardian_record, reason="asked")
    assert next_of(late)[0].refusal == "Nobody with an e-mail address is to be reminded."
    ReminderOptOut.objects.create(student=school.student, reason="pays in parts")
    assert next_of(late)[0].refusal == "No reminders about this student: pays in parts"
    assert send(late)[0] == 0
    assert queued_mail() == []


@pytest.mark.parametrize("count", [1, 3])
def test_planning_takes_as_many_queries_for_many(school, late, count, django_assert_num_queries):
    rows = [late, *(overdue(school, f"M-{n}", 9) for n in range(count - 1))]
    rows = list(Invoice.objects.filter(pk__in=[row.pk for row in rows]).select_related("student"))
    with django_assert_num_queries(4):
        assert len(reminders.plan(rows)) == count


def test_odd_settings_are_left_out(school):
    odd = {"stages": [None, 5, {"days": "x"}, {"days": 3, "subject": "s", "message": "m"}]}
    use_settings(school, reminders=odd)
    assert stages.of_school() == [stages.Stage(1, 3, "s", "m")]
    use_settings(school, reminders="x")
    assert len(stages.of_school()) == 3
    assert not stages.are_automatic()


# --- sending --------------------------------------------------------------------------------------
def test_a_reminder_is_mailed_with_the_invoice_and_logged(school, late):
    use_settings(school, bank_details="IBAN DE02")
    assert send(late) == (1, {})
    assert send_queued_mail() == 1
    [sent] = outbox.outbox
    assert sent.to == [school.guardian.email]
    assert sent.subject == "Reminder: invoice L-1"
    assert "1,000.00 USD of invoice L-1" in sent.body
    assert "IBAN DE02" in sent.body
    assert [name for name, _pdf, _type in sent.attachments] == ["invoice-l-1.pdf"]
    row = PaymentReminder.objects.get()
    assert (row.stage, row.recorded_by_id) == (1, school.admin.pk)
    assert school.guardian.email in row.sent_to
    assert row.message in sent.body


def test_what_is_paid_before_the_mail_leaves_is_not_mailed(school, late):
    send(late)
    pay(late, "1000.00")
    send_queued_mail()
    assert outbox.outbox == []
    assert Mail.objects.get(kind=sending.KIND).error == "The invoice was settled meanwhile."


def test_what_is_settled_after_the_page_was_shown_is_left_out(school, late):
    other = overdue(school, "O-1", 12)
    planned = next_of(late, other)
    pay(late, "1000.00")
    assert sending.send(planned) == (1, {late: "Nothing is to pay of this invoice."})


def test_a_late_fee_is_an_invoice_of_its_own_and_has_none(school, late):
    use_settings(school, **settings_with((7, "A", "a", "15.00")))
    euros = overdue(school, "E-1", 10, currency="EUR")
    assert send(late, euros) == (2, {})
    row = late.reminders.get()
    fee = row.late_fee_invoice
    assert (fee.amount, fee.status) == (Decimal("15.00"), "pending")
    assert fee.student_id == late.student_id
    assert [line.description for line in fee.lines.all()] == ["Late fee for invoice L-1"]
    assert euros.reminders.get().late_fee_invoice is None  # the fee is in dollars
    send_queued_mail()
    [sent] = [mail for mail in outbox.outbox if len(mail.attachments) == 2]
    assert "A late fee of 15.00 USD was charged" in sent.body
    [planned] = next_of(fee)
    assert not planned.has_late_fee


def test_a_fee_that_is_refused_with_its_reminder_takes_no_number(school, late):
    use_settings(school, **settings_with((7, "A", "a", "15.00")))
    planned = next_of(late)
    finance.payment_reminder(invoice=late, reminder_date=today())
    before = Invoice.objects.count()
    assert sending.send(planned) == (0, {late: "This reminder was sent already."})
    assert Invoice.objects.count() == before


# --- by themselves --------------------------------------------------------------------------------
def at(school, hour):
    return datetime.now(school.tenant.timezone).replace(hour=hour)


def test_due_reminders_leave_by_themselves_by_day_once(school, late):
    early = overdue(school, "E-1", 2)
    use_settings(school, **settings_with((7, "A", "a", None), automatic=True))
    assert sending.send_due(school.tenant, at(school, 3)) == 0
    others = {school.invoice.pk, school.other_invoice.pk}  # long overdue
    assert sending.send_due(school.tenant, at(school, 9)) == 3
    assert sending.send_due(school.tenant, at(school, 9)) == 0
    reminded = set(PaymentReminder.objects.values_list("invoice_id", flat=True))
    assert reminded == others | {late.pk}
    assert not early.reminders.exists()


def test_nothing_leaves_by_itself_unless_the_school_wants_it(school, late):
    use_settings(school, timezone=ZONE_A)
    assert sending.send_due(school.tenant, at(school, 9)) == 0


def test_only_schools_that_want_it_are_asked(cast):
    with tenant_context(cast.a.tenant, cast.a.admin):
        use_settings(cast.a, **settings_with((7, "A", "a", None), automatic=True))
        overdue(cast.a, "L-1", 10)
    with tenant_context(cast.b.tenant, cast.b.admin):
        overdue(cast.b, "L-1", 10)
    with connection.cursor() as cursor:
        cursor.execute(sending.SCHOOLS)
        assert cursor.fetchall() == [(cast.a.tenant.pk,)]
