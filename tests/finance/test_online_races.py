"""Deliveries of the same message at the same moment: one payment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connections

from core.rls import tenant_context
from finance.models import OnlineEvent, Payment, PaymentReversal
from tests import prepared
from tests.databases import everywhere_connected
from tests.factories.cast import load_browser_school
from tests.finance import online
from tests.finance.online import begin, completed, deliver, refunded

pytestmark = pytest.mark.database
DATABASE = "test_deliveries"


@pytest.fixture
def school(postgres, django_db_setup, django_db_blocker):
    """A committed school with an account, in a database of the test's own."""
    cache.clear()
    with (
        django_db_blocker.unblock(),
        prepared.new_database(postgres, DATABASE, prepared.BROWSER_DATABASE),
        everywhere_connected(postgres, DATABASE),
    ):
        school = load_browser_school()
        online.set_up(school)
        yield school
    cache.clear()


def deliver_at_once(school, *bodies):
    """Deliver messages in as many threads, with connections of their own; return the statuses."""
    barrier = threading.Barrier(len(bodies))

    def run(body):
        try:
            barrier.wait(timeout=30)
            return deliver(school, body).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(run, bodies))


def test_deliveries_of_a_message_at_once_record_one_payment(school):
    checkout = begin(school)
    assert deliver_at_once(school, *[completed(checkout)] * 4) == [200] * 4
    with tenant_context(school.tenant, school.admin):
        [payment] = Payment.objects.filter(payment_method="stripe")
        assert (payment.amount, payment.token) == (checkout.amount, checkout.pk)
        [event] = OnlineEvent.objects.all()
        assert (event.outcome, event.payment) == ("recorded", payment)


def test_two_messages_about_a_checkout_at_once_record_one_payment(school):
    checkout = begin(school)
    later = completed(checkout, name="evt_9", kind="checkout.session.async_payment_succeeded")
    assert deliver_at_once(school, completed(checkout), later) == [200, 200]
    with tenant_context(school.tenant, school.admin):
        assert Payment.objects.filter(payment_method="stripe").count() == 1
        assert OnlineEvent.objects.count() == 2


def test_a_payment_and_its_refund_at_once_are_recorded_once_each(school):
    checkout = begin(school)
    bodies = [completed(checkout), refunded(checkout, checkout.amount)] * 2
    assert deliver_at_once(school, *bodies) == [200] * 4
    with tenant_context(school.tenant, school.admin):
        [payment] = Payment.objects.filter(payment_method="stripe")
        [refund] = PaymentReversal.objects.filter(payment=payment)
        assert (refund.kind, refund.amount) == ("refund", checkout.amount)
