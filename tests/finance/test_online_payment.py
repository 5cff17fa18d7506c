"""Paying online: the keys are nobody's to read, and each payment is recorded once."""

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import stripe
from django.db import DatabaseError, connection, transaction

from core.rls import as_application, tenant_context
from finance.models import (
    ClosedMonth,
    Invoice,
    OnlineCheckout,
    OnlineEvent,
    Payment,
    PaymentReversal,
)
from finance.online import accounts, stripe_checkout
from finance.online.provider import Refused
from finance.services import credit_notes, payments
from tests.factories import finance
from tests.finance import online
from tests.finance.conftest import bill, fresh, pay
from tests.finance.online import begin, completed, deliver, refunded
from tests.refusals import refused_by

pytestmark = [pytest.mark.database]
AMOUNT = Decimal("60.00")  # what is open of the cast's invoice


@pytest.fixture
def school(cast):
    """School A with an account."""
    online.set_up(cast.a)
    return cast.a


def office(school):
    return tenant_context(school.tenant, school.admin)


def recorded(school):
    """Return (amount, allocated, reversed, reference) of the payments by Stripe."""
    with office(school):
        rows = Payment.objects.filter(payment_method="stripe").order_by("created_at")
        return [(p.amount, p.allocated, p.reversed, p.transaction_id) for p in rows]


def outcomes(school):
    with office(school):
        return dict(OnlineEvent.objects.values_list("event_id", "outcome"))


# The keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["admin", "teacher", "student", "guardian", None])
def test_nobody_reads_the_keys(school, person):
    someone = getattr(school, person) if person else None
    with tenant_context(school.tenant, someone), connection.cursor() as cursor:
        for query in (
            "SELECT secret_key FROM online_accounts",
            "SELECT * FROM online_accounts",
            "SELECT secret_key FROM app.online_secrets()",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(query)


@pytest.mark.parametrize("person", ["admin", "teacher", "student", "guardian"])
def test_the_application_itself_reads_none_in_a_persons_context(school, person):
    with (
        tenant_context(school.tenant, getattr(school, person)),
        as_application(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM app.online_secrets()")
        assert cursor.fetchall() == []


def test_another_schools_keys_are_not_there(school, cast):
    with tenant_context(cast.b.tenant):
        assert accounts.secrets() is None


def test_the_application_reads_them_as_nobody(school):
    for person in (school.student, school.admin):
        with tenant_context(school.tenant, person):
            keys = accounts.secrets()
            assert (keys.key, keys.webhook) == (online.KEY, online.WEBHOOK)
            assert "sk_test" not in repr(keys)


def test_the_office_sees_how_they_end_and_families_that_there_are_some(school, cast):
    with office(school):
        account = accounts.account()
        assert (account.secret_hint, account.webhook_hint) == ("hool", "hool")
    with tenant_context(school.tenant, school.student):
        assert accounts.provider() == "stripe"
        with refused_by("privilege"):
            accounts.account()
    with tenant_context(cast.b.tenant, cast.b.student):
        assert accounts.provider() == ""


@pytest.mark.parametrize("person", ["teacher", "student", "guardian"])
def test_only_the_office_sets_and_forgets_them(school, person):
    for do in (
        accounts.forget,
        lambda: accounts.keep(provider="stripe", key="k", webhook="w", is_active=True),
    ):
        with (
            tenant_context(school.tenant, getattr(school, person)),
            pytest.raises(DatabaseError),
            transaction.atomic(),
        ):
            do()
    with office(school):
        assert accounts.account().secret_hint == "hool"


def test_an_empty_key_leaves_the_one_there_is(school):
    with office(school):
        accounts.keep(provider="stripe", key="", webhook="whsec_new1", is_active=False)
        assert accounts.secrets().key == online.KEY
        assert accounts.secrets().webhook == "whsec_new1"
        assert accounts.account().is_active is False
    with tenant_context(school.tenant, school.student):
        assert accounts.provider() == ""


def test_both_keys_are_needed(cast):
    with office(cast.a), refused_by("check_online_account_keys"):
        accounts.keep(provider="stripe", key="sk_test_1", webhook="", is_active=True)


def test_the_trail_has_no_key(school):
    with office(school), connection.cursor() as cursor:
        cursor.execute("SELECT changes::text FROM audit_logs WHERE resource_type='online_account'")
        [[changes]] = cursor.fetchall()
    assert "hool" in changes
    assert online.KEY not in changes
    assert online.WEBHOOK not in changes


# What is begun ----------------------------------------------------------------------------------


def test_a_checkout_is_of_what_is_open_whatever_is_written(school):
    with tenant_context(school.tenant, school.student):
        checkout = OnlineCheckout.objects.create(
            invoice=school.invoice,
            provider="stripe",
            amount=1,
            currency="JPY",
            started_by=school.admin,
        )
    row = fresh_in(school, checkout)
    assert (row.amount, row.currency, row.started_by_id) == (AMOUNT, "USD", school.student.pk)


def fresh_in(school, row):
    with office(school):
        return fresh(row)


def test_nothing_is_begun_for_another_students_invoice(school):
    with tenant_context(school.tenant, school.student), refused_by("policy"):
        OnlineCheckout.objects.create(invoice=school.other_invoice, provider="stripe", amount=5)


def test_nothing_is_begun_where_nothing_is_to_pay(school):
    with office(school):
        pay(school.invoice, AMOUNT)
    with (
        tenant_context(school.tenant, school.student),
        refused_by("checkout_nothing_to_pay"),
    ):
        OnlineCheckout.objects.create(invoice=school.invoice, provider="stripe")


# Payments ---------------------------------------------------------------------------------------


def test_what_was_paid_is_recorded_from_our_row(school):
    checkout = begin(school)
    answer = deliver(school, completed(checkout))
    assert answer.status_code == 200
    assert recorded(school) == [(AMOUNT, AMOUNT, 0, "pi_1")]
    assert outcomes(school) == {"evt_1": "recorded"}
    with office(school):
        [payment] = Payment.objects.filter(payment_method="stripe")
        assert payment.token == checkout.pk
        assert payment.recorded_by_id is None  # the school itself
        assert payment.invoice_id == school.invoice.pk
        assert fresh(school.invoice).status == "paid"


def test_a_guardian_who_paid_is_the_payer(school):
    deliver(school, completed(begin(school, by=school.guardian)))
    with office(school):
        [payment] = Payment.objects.filter(payment_method="stripe")
        assert payment.payer_guardian_id == school.guardian_record.pk


def test_a_message_delivered_again_changes_nothing(school):
    body = completed(begin(school))
    assert [deliver(school, body).status_code for _ in range(3)] == [200, 200, 200]
    assert recorded(school) == [(AMOUNT, AMOUNT, 0, "pi_1")]
    assert outcomes(school) == {"evt_1": "recorded"}


def test_two_messages_about_one_payment_record_it_once(school):
    checkout = begin(school)
    later = "checkout.session.async_payment_succeeded"
    deliver(school, completed(checkout))
    deliver(school, completed(checkout, "evt_9", kind=later))
    assert len(recorded(school)) == 1
    assert outcomes(school) == {"evt_1": "recorded", "evt_9": "recorded"}


def test_what_is_not_paid_yet_waits_for_the_later_message(school):
    checkout = begin(school)
    deliver(school, completed(checkout, payment_status="unpaid"))
    assert recorded(school) == []
    kind = "checkout.session.async_payment_succeeded"
    deliver(school, completed(checkout, "evt_9", kind=kind))
    assert recorded(school) == [(AMOUNT, AMOUNT, 0, "pi_1")]


def test_a_payment_that_failed_is_noted(school):
    kind = "checkout.session.async_payment_failed"
    deliver(school, completed(begin(school), kind=kind, payment_status="unpaid"))
    assert recorded(school) == []
    assert outcomes(school) == {"evt_1": "ignored"}


@pytest.mark.parametrize("other", [{"amount_total": 1}, {"currency": "eur"}])
def test_another_amount_than_ours_is_for_people_to_look_into(school, other):
    answer = deliver(school, completed(begin(school), **other))
    assert answer.status_code == 200
    assert recorded(school) == []
    assert outcomes(school) == {"evt_1": "problem"}


def test_money_for_a_cancelled_invoice_is_credit(school):
    with office(school):
        invoice = bill(school)
    checkout = begin(school, invoice)
    with office(school):
        Invoice.objects.filter(pk=invoice.pk).update(status="cancelled")
    deliver(school, completed(checkout))
    assert recorded(school) == [(Decimal("100.00"), 0, 0, "pi_1")]


def test_money_for_an_invoice_paid_meanwhile_is_credit(school):
    checkout = begin(school)
    with office(school):
        pay(school.invoice, AMOUNT)
    deliver(school, completed(checkout))
    assert recorded(school) == [(AMOUNT, 0, 0, "pi_1")]


def test_what_a_smaller_invoice_does_not_need_is_credit(school):
    checkout = begin(school)
    with office(school):
        credit_notes.write(invoice=fresh(school.invoice), amount=Decimal(25), reason="agreed")
    deliver(school, completed(checkout))
    assert recorded(school) == [(AMOUNT, Decimal("35.00"), 0, "pi_1")]
    with office(school):
        assert fresh(school.invoice).balance == 0


def test_what_comes_after_its_month_was_closed_is_dated_today(school):
    paid = datetime(2026, 1, 20, 12, tzinfo=UTC)
    checkout = begin(school)
    with office(school):
        ClosedMonth.objects.create(month="2026-01-01")
    deliver(school, completed(checkout, at=paid.timestamp()))
    with office(school):
        [payment] = Payment.objects.filter(payment_method="stripe")
        assert payment.payment_date == school.tenant.today()


def test_it_is_dated_at_the_schools_day(school):
    paid = datetime(2026, 6, 30, 13, tzinfo=UTC)  # 1 July in Auckland
    deliver(school, completed(begin(school), at=paid.timestamp()))
    with office(school):
        [payment] = Payment.objects.filter(payment_method="stripe")
        assert str(payment.payment_date) == "2026-07-01"


def test_what_a_clerk_recorded_before_is_not_recorded_again(school):
    checkout = begin(school)
    with office(school):
        pay(school.invoice, AMOUNT, payment_method="stripe", transaction_id="pi_1")
    deliver(school, completed(checkout))
    assert len(recorded(school)) == 1
    assert outcomes(school) == {"evt_1": "recorded"}


def test_what_was_not_begun_here_is_ignored(school, cast):
    online.set_up(cast.b, "whsec_other")
    theirs = begin(cast.b)
    for name, key in (("evt_1", theirs.pk), ("evt_2", "cart-17"), ("evt_3", None)):
        body = completed(theirs, name, client_reference_id=key and str(key))
        assert deliver(school, body).status_code == 200
    assert recorded(school) == []
    assert set(outcomes(school).values()) == {"ignored"}
    assert recorded(cast.b) == []


def test_other_kinds_of_messages_leave_nothing(school):
    body = online.event("customer.created", {"id": "cus_1"})
    assert deliver(school, body).status_code == 200
    assert outcomes(school) == {}


# Refunds ----------------------------------------------------------------------------------------


def reversals(school):
    with office(school):
        rows = PaymentReversal.objects.filter(payment__payment_method="stripe")
        return sorted(rows.values_list("kind", "amount"))


def test_a_refund_becomes_a_reversal(school):
    checkout = begin(school)
    deliver(school, completed(checkout))
    deliver(school, refunded(checkout, 20))
    assert reversals(school) == [("refund", Decimal("20.00"))]
    with office(school):
        assert fresh(school.invoice).balance == Decimal("20.00")


def test_refunds_come_in_any_order_and_more_than_once(school):
    checkout = begin(school)
    bodies = [
        refunded(checkout, 50, "evt_4"),
        refunded(checkout, 20, "evt_3"),
        completed(checkout),
        refunded(checkout, 50, "evt_4"),
        refunded(checkout, 60, "evt_5"),
        completed(checkout),
    ]
    assert {deliver(school, body).status_code for body in bodies} == {200}
    assert recorded(school) == [(AMOUNT, 0, AMOUNT, "pi_1")]
    assert sum(amount for _kind, amount in reversals(school)) == AMOUNT
    assert set(outcomes(school).values()) == {"recorded", "refunded"}


def test_a_refund_before_its_payment_waits(school):
    checkout = begin(school)
    deliver(school, refunded(checkout, 20))
    assert outcomes(school) == {"evt_2": "waiting"}
    deliver(school, completed(checkout))
    assert outcomes(school) == {"evt_1": "recorded", "evt_2": "refunded"}
    assert reversals(school) == [("refund", Decimal("20.00"))]


def test_a_refund_that_a_clerk_noted_is_not_noted_again(school):
    checkout = begin(school)
    deliver(school, completed(checkout))
    with office(school):
        [payment] = Payment.objects.filter(payment_method="stripe")
        payments.take_back(payment=payment, reason="agreed", amount=Decimal(20), kind="refund")
    deliver(school, refunded(checkout, 20))
    assert len(reversals(school)) == 1


@pytest.mark.parametrize("kind", ["charge.dispute.created", "refund.failed"])
def test_a_dispute_is_for_people_to_look_into(school, kind):
    checkout = begin(school)
    deliver(school, completed(checkout))
    deliver(school, refunded(checkout, 0, kind=kind))
    assert outcomes(school)["evt_2"] == "problem"
    assert reversals(school) == []


# Who sent it ------------------------------------------------------------------------------------


def test_a_wrong_signature_is_refused(school, cast):
    online.set_up(cast.b, "whsec_other")
    body = completed(begin(school))
    old = stripe.WebhookSignature.generate_signature_header(
        body.decode(), online.WEBHOOK, int(time.time()) - 3600
    )
    right = stripe.WebhookSignature.generate_signature_header(body.decode(), online.WEBHOOK)
    changed = body.replace(b"6000", b"9000")
    answers = [
        deliver(school, body, "whsec_other"),  # the other school's
        deliver(school, body, signature="nonsense"),
        deliver(school, body, signature="t=x,v1=y"),
        deliver(school, body, signature=old),  # replayed an hour later
        deliver(school, changed, signature=right),
        deliver(cast.b, body),
        deliver(school, b"\xff\xfe", signature="t=1,v1=a"),
        deliver(school, b"[]"),
        deliver(school, b'{"id": "evt_1"}'),
    ]
    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert recorded(school) == []
    assert outcomes(school) == {}


def test_a_school_without_an_account_takes_no_messages(cast):
    assert deliver(cast.b, b"{}").status_code == 400


def test_other_addresses_methods_and_documents_are_refused(school, client):
    assert deliver(school, b"{}", path="/webhooks/paypal/").status_code == 404
    assert client.get("/webhooks/stripe/", headers={"Host": school.host}).status_code == 405
    form = client.post("/webhooks/stripe/", {"id": "evt_1"}, headers={"Host": school.host})
    assert form.status_code == 400


def test_a_message_refers_to_rows_of_its_school_alone(school, cast):
    online.set_up(cast.b)
    theirs = begin(cast.b)
    with office(school), refused_by("online_events_checkout_fk"):
        finance.online_event(checkout_id=theirs.pk)


# Stripe's amounts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "number"),
    [("12.50", "USD", 1250), ("1250", "JPY", 1250), ("3", "ISK", 300), ("1.250", "KWD", 1250)],
)
def test_amounts_are_in_stripes_smallest_unit(amount, currency, number):
    assert stripe_checkout.to_smallest(Decimal(amount), currency) == number
    assert stripe_checkout.from_smallest(number, currency) == Decimal(amount)


def test_an_amount_that_stripe_cannot_take_is_refused():
    with pytest.raises(Refused):
        stripe_checkout.to_smallest(Decimal("1.255"), "KWD")
