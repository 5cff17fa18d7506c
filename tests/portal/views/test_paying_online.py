"""The button on an invoice's page, and what it leads to."""

from types import SimpleNamespace

import pytest
import stripe
from django.urls import reverse

from core.rls import tenant_context
from finance.models import OnlineCheckout, Payment
from finance.online import stripe_checkout
from tests.finance import online
from tests.finance.conftest import pay

PAGE = "https://checkout.stripe.com/c/pay/cs_test_1"
BUTTON = "Pay 60.00 USD online"


@pytest.fixture
def school(cast):
    online.set_up(cast.a)
    return cast.a


@pytest.fixture
def asked(monkeypatch):
    """What Stripe is asked for: [(parameters, options, key)]. Nothing leaves this machine."""
    calls = []

    class Client:
        def __init__(self, key, **options):
            def create(params, options):
                calls.append((params, options, key))
                return SimpleNamespace(url=PAGE)

            sessions = SimpleNamespace(create=create)
            self.v1 = SimpleNamespace(checkout=SimpleNamespace(sessions=sessions))

    monkeypatch.setattr(stripe_checkout.stripe, "StripeClient", Client)
    return calls


def refuse(monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(stripe_checkout.stripe, "StripeClient", fail_at_create(fail))


def fail_at_create(fail):
    sessions = SimpleNamespace(create=fail)
    checkout = SimpleNamespace(sessions=sessions)
    return lambda *args, **kwargs: SimpleNamespace(v1=SimpleNamespace(checkout=checkout))


def page_of(school, person="student", name="invoice", invoice=None):
    key = (invoice or school.invoice).pk
    if person == "guardian":
        return reverse(f"child_{name}", args=[school.student.pk, key])
    return reverse(f"my_{name}", args=[key])


@pytest.mark.parametrize("person", ["student", "guardian"])
def test_the_button_leads_to_stripes_page(client, school, sign_in, asked, person):
    sign_in(client, school, getattr(school, person))
    address = page_of(school, person)
    assert BUTTON in client.get(address).content.decode()
    answer = client.post(page_of(school, person, "invoice_pay"))
    assert (answer.status_code, answer.url) == (302, PAGE)
    with tenant_context(school.tenant, school.admin):
        [checkout] = OnlineCheckout.objects.all()
    [(params, options, key)] = asked
    assert key == online.KEY
    assert options == {"idempotency_key": str(checkout.pk)}
    assert params["client_reference_id"] == str(checkout.pk)
    assert params["line_items"][0]["price_data"]["unit_amount"] == 6000
    assert params["line_items"][0]["price_data"]["currency"] == "usd"
    assert params["success_url"] == f"http://{school.host}{address}?paid"
    assert params["cancel_url"] == f"http://{school.host}{address}"


def test_pressed_twice_it_is_the_same_checkout(client, school, sign_in, asked):
    sign_in(client, school, school.student)
    for _ in range(2):
        client.post(page_of(school, name="invoice_pay"))
    first, second = asked
    assert first == second


def test_after_it_was_paid_there_is_another_checkout(client, school, sign_in, asked):
    sign_in(client, school, school.student)
    client.post(page_of(school, name="invoice_pay"))
    with tenant_context(school.tenant, school.admin):
        [checkout] = OnlineCheckout.objects.all()
    online.deliver(school, online.completed(checkout))
    online.deliver(school, online.refunded(checkout, 60))
    client.post(page_of(school, name="invoice_pay"))
    first, second = asked
    assert first[1] != second[1]


def test_who_comes_back_is_told_to_wait(client, school, sign_in):
    sign_in(client, school, school.student)
    page = client.get(page_of(school) + "?paid").content.decode()
    assert "You need not pay again" in page
    assert BUTTON not in page


def test_there_is_no_button_where_nothing_is_to_pay(client, school, sign_in, asked):
    with tenant_context(school.tenant, school.admin):
        pay(school.invoice, 60)
    sign_in(client, school, school.student)
    assert "online" not in client.get(page_of(school)).content.decode()
    answer = client.post(page_of(school, name="invoice_pay"), follow=True)
    assert "Nothing is to be paid of this invoice." in answer.content.decode()
    assert asked == []


def test_there_is_no_button_without_an_account(client, cast, sign_in, asked):
    sign_in(client, cast.b, cast.b.student)
    assert BUTTON not in client.get(page_of(cast.b)).content.decode()
    answer = client.post(page_of(cast.b, name="invoice_pay"), follow=True)
    assert "does not work at the moment" in answer.content.decode()


@pytest.mark.parametrize("invoice", ["other_invoice", "theirs"])
def test_another_students_invoice_is_not_there(client, cast, school, sign_in, asked, invoice):
    row = cast.b.invoice if invoice == "theirs" else school.other_invoice
    sign_in(client, school, school.student)
    assert client.post(page_of(school, name="invoice_pay", invoice=row)).status_code == 404
    assert asked == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (stripe.AuthenticationError("No such key: sk_test_school"), "does not work at the moment"),
        (stripe.APIConnectionError("timeout"), "does not work at the moment"),
        (
            stripe.InvalidRequestError("Amount too small", None),
            "It cannot be paid online: Amount too small",
        ),
    ],
)
def test_what_stripe_refuses_is_said(client, school, sign_in, monkeypatch, error, sentence):
    refuse(monkeypatch, error)
    sign_in(client, school, school.student)
    page = client.post(page_of(school, name="invoice_pay"), follow=True).content.decode()
    assert sentence in page
    assert online.KEY not in page
    with tenant_context(school.tenant, school.admin):
        assert not Payment.objects.filter(payment_method="stripe").exists()
