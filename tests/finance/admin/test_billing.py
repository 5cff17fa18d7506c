"""The pages of a billing, for whom they are, and what enrolling charges."""

import pytest
from django.urls import reverse

from academics.services import enrollment
from core.rls import tenant_context
from finance.models import BillingRun, FeePlan, Invoice, PlanCharge
from tests.factories import finance
from tests.factories.files import signed_in

pytestmark = pytest.mark.django_db
PAGES = {
    "bill_plan": "fee_plan",
    "billing": "billing_run",
    "billing_progress": "billing_run",
    "billing_undo": "billing_run",
}
POSTED = ("billing_issue", "billing_discard")


@pytest.fixture
def office(cast):
    return signed_in(cast.a, cast.a.admin)


def address(name, school):
    key = getattr(school, PAGES.get(name, "billing_run")).pk
    return reverse(f"admin:{name}", args=[key])


def in_office(cast):
    return tenant_context(cast.a.tenant, cast.a.admin)


@pytest.mark.parametrize("name", PAGES)
def test_the_office_has_the_pages_and_nobody_else(cast, name):
    away = (302, 403)
    expected = {"admin": (200, 302), "teacher": (403,), "student": away, "guardian": away}
    for role, statuses in expected.items():
        response = signed_in(cast.a, getattr(cast.a, role)).get(address(name, cast.a))
        assert response.status_code in statuses, role


@pytest.mark.parametrize("name", [*PAGES, *POSTED])
def test_another_schools_billing_is_missing(office, cast, name):
    response = (office.post if name in POSTED else office.get)(address(name, cast.b))
    assert response.status_code == 404


def test_a_plan_is_billed_from_its_page(office, cast):
    response = office.post(
        address("bill_plan", cast.a),
        {"installment": cast.a.installment.pk, "issue_date": "2027-03-01"},
    )
    assert response.status_code == 302
    with in_office(cast):
        run = BillingRun.objects.exclude(pk=cast.a.billing_run.pk).get()
    assert (run.period, run.status) == ("March", "previewed")
    page = office.get(response["Location"])
    assert "Nothing is issued yet." in page.content.decode()
    office.post(reverse("admin:billing_issue", args=[run.pk]))
    with in_office(cast):
        run.refresh_from_db()
        charged = PlanCharge.objects.filter(run=run).count()
        assert (run.status, run.invoice_count) == ("done", charged)
    assert office.get(response["Location"]).status_code == 200
    # A second click is no mistake.
    office.post(reverse("admin:billing_issue", args=[run.pk]))
    with in_office(cast):
        assert PlanCharge.objects.filter(run=run).count() == run.invoice_count


def test_wrong_input_is_answered_at_its_field(office, cast):
    page = office.post(
        address("bill_plan", cast.a),
        {
            "installment": cast.a.installment.pk,
            "issue_date": "2027-03-02",
            "due_date": "2027-03-01",
        },
    )
    assert page.status_code == 400
    assert page.context["form"].errors["due_date"] == ["It is due before it is issued."]
    page = office.post(address("bill_plan", cast.a), {"issue_date": "never"})
    assert {*page.context["form"].errors} == {"installment", "issue_date"}


def test_what_was_only_looked_at_is_discarded(office, cast):
    assert office.post(address("billing_discard", cast.a)).status_code == 302
    with in_office(cast):
        assert not BillingRun.objects.filter(pk=cast.a.billing_run.pk).exists()


def plan_form(name, **data):
    counts = {
        f"{prefix}-{kind}_FORMS": 0
        for prefix in ("items", "installments")
        for kind in ("TOTAL", "INITIAL")
    }
    return {"name": name, "currency": "USD", "is_active": "on"} | counts | data


def test_a_plan_names_the_year_group_it_is_for(office, cast):
    add, group = reverse("admin:finance_feeplan_add"), cast.a.year_group
    page = office.post(add, plan_form("Camp", audience="year_group"))
    sentence = "Choose the class or the year group that it is for, and nothing beside it."
    assert page.context["errors"] == [[sentence]]
    data = plan_form("Camp", audience="year_group", year_group=group.pk)
    assert office.post(add, data).status_code == 302
    with in_office(cast):
        plan = FeePlan.objects.get(name="Camp")
        assert (plan.year_group, plan.whom) == (group, group.name)
    listed = office.get(reverse("admin:finance_feeplan_changelist")).content.decode()
    assert group.name in listed
    assert group.name in office.get(reverse("admin:bill_plan", args=[plan.pk])).content.decode()
    strange = plan_form("Other", audience="year_group", year_group=cast.b.year_group.pk)
    assert office.post(add, strange).status_code == 200


def test_enrolling_charges_and_the_desk_says_so(office, cast):
    school = cast.a
    with in_office(cast):
        plan = finance.fee_plan(
            name="Deposit", audience="class", school_class=school.school_class, on_enrollment=True
        )
        finance.fee_plan_item(plan=plan, fee=school.fee)
        before = Invoice.objects.count()
    desk = reverse("admin:enrollment_desk_preview", args=[school.school_class.pk])
    page = office.post(desk, {"pasted": school.other_student.email})
    assert "Whoever is enrolled gets an invoice: Deposit." in page.content.decode()
    with in_office(cast):
        assert Invoice.objects.count() == before
        outcome = enrollment.enroll(
            school_class=school.school_class, students=[school.other_student]
        )
        assert outcome.notes == ["1 invoice was issued: Deposit."]
        [charge] = PlanCharge.objects.filter(plan=plan)
        assert charge.student == school.other_student
        row = school.other_student.enrollments.get(school_class=school.school_class)
        enrollment.drop(enrollment=row)
        again = enrollment.enroll(school_class=school.school_class, students=[school.other_student])
        assert (again.notes, FeePlan.objects.get(pk=plan.pk).runs.count()) == ([], 1)
