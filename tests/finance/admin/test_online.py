"""The page where the office sets online payment up, and the list of what the provider reported."""

import pytest
from django.urls import reverse

from core.rls import tenant_context
from finance.models import OnlineEvent
from finance.online import accounts
from tests.factories import finance
from tests.finance import online
from tests.pages import shown

PAGE = "/admin/online-payment/"
KEYS = {"key": "sk_live_abcd1234", "webhook": "whsec_wxyz5678", "is_active": "on"}


@pytest.fixture
def school(cast, client, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    return cast.a


def account(school):
    with tenant_context(school.tenant, school.admin):
        return accounts.account()


def test_the_office_sets_it_up_and_never_sees_the_keys_again(client, school):
    page = shown(client.get(PAGE))
    assert f"http://{school.host}/webhooks/stripe/" in page
    assert "charge.refunded" in page
    answer = client.post(PAGE, KEYS, follow=True)
    page = shown(answer)
    assert "Ends in 1234." in page
    assert "Ends in 5678." in page
    assert "sk_live_abcd1234" not in page
    assert "whsec_wxyz5678" not in page
    assert account(school).is_active


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("key", "pk_live_1", "A secret key begins with sk_live_"),
        ("webhook", "we_1", "A signing secret begins with whsec_"),
        ("key", "", "This field is required."),
    ],
)
def test_a_wrong_key_is_answered_at_its_field(client, school, field, value, sentence):
    answer = client.post(PAGE, KEYS | {field: value})
    assert sentence in answer.context["form"].errors[field][0]
    assert account(school) is None


def test_an_empty_field_keeps_the_key_and_it_can_be_paused(client, school):
    online.set_up(school)
    client.post(PAGE, {"key": "", "webhook": ""})
    assert account(school).secret_hint == "hool"
    assert not account(school).is_active


def test_the_keys_are_removed(client, school):
    online.set_up(school)
    assert "The keys were removed." in shown(client.post(PAGE, {"forget": "1"}, follow=True))
    assert account(school) is None


@pytest.mark.parametrize("person", ["teacher", "student", "guardian"])
def test_it_is_the_offices(client, cast, sign_in, person):
    sign_in(client, cast.a, getattr(cast.a, person))
    assert client.get(PAGE).status_code in (302, 403)
    assert client.post(PAGE, KEYS).status_code in (302, 403)
    assert account(cast.a) is None


def test_a_problem_is_shown_until_it_is_dealt_with(client, school):
    with tenant_context(school.tenant, school.admin):
        event = finance.online_event(outcome="problem", note="Look.")
    assert "1 message of the provider needs somebody to look into it" in shown(client.get(PAGE))
    chosen = {"action": "settle", "_selected_action": [str(event.pk)]}
    rows = reverse("admin:finance_onlineevent_changelist")
    question = client.post(rows, chosen)
    assert "Has somebody looked into 1 message?" in shown(question)
    client.post(rows, chosen | {"confirmed": "1"})
    with tenant_context(school.tenant, school.admin):
        assert OnlineEvent.objects.get(pk=event.pk).outcome == "settled"
    assert "needs somebody" not in shown(client.get(PAGE))
