"""How many queries pages of billing and online payment and the PDFs take, for few and for many."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import User
from core.rls import tenant_context
from finance.services import billing
from tests.factories import finance
from tests.factories.files import signed_in
from tests.finance import online
from tests.finance.conftest import bill, pay

pytestmark = pytest.mark.django_db
FEW, MANY = 1, 6


@pytest.fixture
def office(cast):
    client = signed_in(cast.a, cast.a.admin)
    client.get(reverse("admin:index"))  # what is asked once a process
    return client


def in_office(cast):
    return tenant_context(cast.a.tenant, cast.a.admin)


def queries(do):
    """Return how many queries an answer takes; the second time, when its templates are read."""
    assert read(do()).status_code == 200
    with CaptureQueriesContext(connection) as context:
        read(do())
    return len(context)


def read(response):
    """Read an answer to its end. (Closing it would close the test's connection, too.)"""
    b"".join(response)
    for close in response._resource_closers:
        close()
    return response


def run_of(cast, students):
    """A billing of a plan for so many students of a class."""
    number = User.objects.count()
    people = [
        User.objects.create_user(f"q{number}-{n}@x.example", None, name=f"Q {n}", role="student")
        for n in range(students)
    ]
    school_class = cast.a.school_class
    school_class.enrollments.all().delete()
    for person in people:
        school_class.enrollments.create(student=person, enrollment_date="2026-01-05")
    plan = finance.fee_plan(audience="class", school_class=school_class)
    finance.fee_plan_item(plan=plan, fee=cast.a.fee)
    return billing.prepare(
        plan=plan, by=cast.a.admin, period="2027-03", issue_date=cast.a.tenant.today()
    )


def test_looking_at_a_billing(office, cast):
    counts = []
    for students in (FEW, MANY):
        with in_office(cast):
            run = run_of(cast, students)
        address = reverse("admin:billing", args=[run.pk])
        preview = queries(lambda address=address: office.get(address))
        with in_office(cast):
            billing.start_issue(run, cast.a.admin)
        counts.append((preview, queries(lambda address=address: office.get(address))))
    assert counts == [(11, 10)] * 2


def test_issuing_a_billing(office, cast):
    counts = []
    for students in (FEW, MANY):
        with in_office(cast):
            run = run_of(cast, students)
        with CaptureQueriesContext(connection) as context:
            assert office.post(reverse("admin:billing_issue", args=[run.pk])).status_code == 302
        counts.append(len(context))
    assert counts == [18] * 2


def test_the_form_that_begins_a_billing(office, cast):
    assert queries(lambda: office.get(reverse("admin:bill_plan", args=[cast.a.fee_plan.pk]))) == 11


def test_the_account_for_online_payment_and_its_messages(office, cast):
    online.set_up(cast.a)
    counts = []
    for number in (FEW, MANY):
        with in_office(cast):
            for _n in range(number):
                finance.online_event()
        counts.append(
            (
                queries(lambda: office.get(reverse("admin:online_payment"))),
                queries(lambda: office.get(reverse("admin:finance_onlineevent_changelist"))),
            )
        )
    assert counts == [(9, 9)] * 2


def test_a_message_of_the_provider(cast):
    online.set_up(cast.a)
    checkout = online.begin(cast.a)
    with CaptureQueriesContext(connection) as context:
        assert online.deliver(cast.a, online.completed(checkout)).status_code == 200
    assert len(context) == 23


@pytest.mark.parametrize(
    ("name", "few", "many"), [("invoice", 19, 19), ("payment", 20, 40), ("creditnote", 16, 16)]
)
def test_pdfs(office, cast, name, few, many):
    counts = []
    for number in (FEW, MANY):
        with in_office(cast):
            rows = [row_of(cast, name, f"{number}-{n}").pk for n in range(number)]
        data = {"action": "pdf", "_selected_action": rows}
        address = reverse(f"admin:finance_{name}_changelist")
        counts.append(queries(lambda data=data, address=address: office.post(address, data)))
    assert counts == [few, many]


def row_of(cast, name, number):
    invoice = bill(cast.a, f"Q-{number}")
    if name == "payment":
        return pay(invoice, "10")
    return finance.credit_note(invoice=invoice) if name == "creditnote" else invoice
