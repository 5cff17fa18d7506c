"""The database's rules of billing: amounts, once a period, all or nothing, and undone again."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from academics.models import Enrollment
from core.models import User
from finance.models import BillingRun, FeePlan, Invoice, PlanCharge
from finance.selectors import billing as selectors
from finance.services import billing
from tests.factories import academics, core, finance
from tests.finance.conftest import pay, refusal, sql

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ISSUED = date(2027, 3, 1)


def plan_of(*prices, **columns):
    plan = finance.fee_plan(**columns)
    for place, price in enumerate(prices, start=1):
        finance.fee_plan_item(
            plan=plan, fee=finance.fee(), position=place, unit_price=Decimal(price)
        )
    return plan


def installments(plan, *percents):
    return [
        finance.installment(
            plan=plan, name=f"Part {n}", percent=Decimal(percent), due_date=date(2027, 3 + n, 1)
        )
        for n, percent in enumerate(percents, start=1)
    ]


def prepared(school, plan, **given):
    usual = {"issue_date": ISSUED}
    if "installment" not in given:
        usual["period"] = "2027-03"
    return billing.prepare(plan=plan, by=school.admin, **usual | given)


def billed(school, plan, **given):
    return billing.start_issue(prepared(school, plan, **given), school.admin)


def lines_of(student, run):
    """Return [(description, amount)] of the student's invoice of a run."""
    invoice = Invoice.objects.get(plan_charges__run=run, student=student)
    return [(line.description, str(line.amount)) for line in invoice.lines.all()]


def test_everybody_gets_an_issued_invoice_with_the_next_numbers(school):
    run = billed(school, plan_of("10", "2.50", takes_discounts=False))
    rows = list(Invoice.objects.filter(plan_charges__run=run).order_by("invoice_number"))
    students = User.objects.students().active().order_by("sort_name", "id")
    assert [row.student for row in rows] == list(students)
    assert [row.invoice_number for row in rows] == [f"2027-{n:05}" for n in range(1, len(rows) + 1)]
    assert {str(row.amount) for row in rows} == {"12.50"}
    assert {(row.status, row.balance, row.due_date > ISSUED) for row in rows} == {
        ("pending", Decimal("12.50"), True)
    }
    assert (run.status, run.invoice_count, run.amount) == (
        "done", len(rows), Decimal("12.50") * len(rows),
    )  # fmt: skip


def test_the_items_are_those_of_the_lines(school):
    run = billed(school, plan_of("10"))
    invoice = Invoice.objects.get(plan_charges__run=run, student=school.other_student)
    [line] = invoice.lines.all()
    assert invoice.line_items == [
        {"description": line.description, "quantity": "1", "unit_price": str(line.unit_price)}
    ]


def test_a_class_is_billed_without_who_dropped(school):
    dropped = finance_student(school)
    Enrollment.objects.filter(student=dropped).update(
        status="dropped", completion_date=date(2100, 6, 1)
    )
    run = billed(school, plan_of("10", audience="class", school_class=school.school_class))
    active = Enrollment.objects.active().filter(school_class=school.school_class)
    assert {c.student_id for c in run.charges.all()} == set(
        active.values_list("student_id", flat=True)
    )
    assert dropped.pk not in {c.student_id for c in run.charges.all()}


def test_a_year_group_is_billed_and_nobody_else(school):
    newcomer = core.user(role="student", year_group=school.year_group)
    core.user(role="student", year_group=school.other_year_group)
    core.user(role="student", year_group=school.year_group, status="archived")
    run = billed(school, plan_of("10", audience="year_group", year_group=school.year_group))
    billed_for = {charge.student for charge in run.charges.select_related("student")}
    assert billed_for == {school.student, newcomer}


@pytest.mark.parametrize(
    ("audience", "has_class", "has_year_group"),
    [
        ("everybody", False, True),
        ("everybody", True, False),
        ("class", True, True),
        ("class", False, False),
        ("year_group", True, True),
        ("year_group", False, False),
    ],
)
def test_a_plan_is_for_what_it_says(school, audience, has_class, has_year_group):
    row = finance.fee_plan(currency="USD")
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        FeePlan.objects.filter(pk=row.pk).update(
            audience=audience,
            school_class=school.school_class if has_class else None,
            year_group=school.year_group if has_year_group else None,
        )
    assert error.value.__cause__.diag.constraint_name == "check_plan_audience"


def finance_student(school):
    student = core.user(role="student")
    academics.enrollment(student=student, school_class=school.school_class)
    return student


def test_a_student_is_billed_once_for_a_plan_and_period(school):
    plan = plan_of("10")
    first = billed(school, plan)
    with pytest.raises(billing.Refused):
        billed(school, plan)
    newcomer = core.user(role="student")
    second = billed(school, plan)
    assert [c.student for c in second.charges.select_related("student")] == [newcomer]
    assert first.invoice_count + 1 == PlanCharge.objects.filter(plan=plan).count()
    assert billed(school, plan, period="2027-04").invoice_count == first.invoice_count + 1


def test_the_key_refuses_a_second_charge_whoever_writes_it(school):
    """The procedure looks first; what it misses, the key refuses."""
    index = sql("SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_plan_charges_once'")
    assert "UNIQUE" in index[0][0]
    assert "(tenant_id, plan_id, period, student_id) WHERE (NOT is_undone)" in index[0][0]


def test_installments_make_the_whole_price_to_the_cent(school):
    plan = plan_of("100", "0.05")
    amounts = []
    for part in installments(plan, "33.3333", "33.3333", "33.3334"):
        run = billed(school, plan, installment=part)
        of_student = Invoice.objects.filter(student=school.other_student)
        amounts.append(of_student.get(plan_charges__run=run).amount)
    assert sum(amounts) == Decimal("100.05")
    assert [str(amount) for amount in amounts] == ["33.35", "33.35", "33.35"]


@pytest.mark.parametrize("percents", [["50"], ["50", "40"], ["60", "60"]])
def test_installments_that_are_not_the_whole_are_refused(school, percents):
    plan = plan_of("100")
    part = installments(plan, *percents)[0]
    rule = refusal(lambda: prepared(school, plan, installment=part))
    assert rule == ("installments_not_whole", "plan_id")


def test_what_cannot_be_billed_is_refused(school):
    empty = finance.fee_plan()
    assert refusal(lambda: prepared(school, empty))[0] == "plan_without_fees"
    parts = plan_of("10")
    installments(parts, "100")
    assert refusal(lambda: prepared(school, parts))[0] == "billing_without_installment"
    other = finance.fee_plan(currency="EUR")
    finance.fee_plan_item(plan=other, fee=school.fee)
    assert refusal(lambda: prepared(school, other))[0] == "plan_currency"


def test_discounts_are_lines_below_zero_and_nothing_is_asked_below_zero(school):
    fixed = finance.discount(
        name="Fund", kind="fixed", percent=None, amount=Decimal(95), currency="USD"
    )
    finance.student_discount(student=school.student, discount=fixed)
    run = billed(school, plan_of("100"))
    lines = lines_of(school.student, run)
    assert [line[1] for line in lines] == ["100.00", "-10.00", "-90.00"]
    assert [line[0] for line in lines[1:]] == ["Scholarship", "Fund"]
    kinds = Invoice.objects.get(plan_charges__run=run, student=school.student).lines
    assert [*kinds.values_list("discount_kind", flat=True)] == [None, "percent", "fixed"]
    assert len(lines_of(school.other_student, run)) == 1


def test_a_plan_without_discounts_and_a_discount_that_is_over(school):
    assert len(lines_of(school.student, billed(school, plan_of("1", takes_discounts=False)))) == 1
    school.student_discount.last_day = date(2027, 2, 28)
    school.student_discount.save()
    assert len(lines_of(school.student, billed(school, plan_of("1")))) == 1


def test_installments_share_discounts_to_the_cent(school):
    plan = plan_of("99.99")
    cut = Decimal(0)
    for part in installments(plan, "33", "33", "34"):
        run = billed(school, plan, installment=part)
        cut += Decimal(lines_of(school.student, run)[1][1])
    assert cut == Decimal("-10.00")


def test_siblings_are_the_younger_children_of_a_guardian_with_custody(school):
    finance.discount(name="Sibling", kind="sibling", percent=Decimal(50))
    younger = core.user(role="student", metadata={"birth_date": "2015-01-01"})
    core.student_guardian(student=younger, guardian=school.guardian_record)
    User.objects.filter(pk=school.student.pk).update(metadata={"birth_date": "2012-01-01"})
    neighbour = core.user(role="student", metadata={"birth_date": "2016-01-01"})
    core.student_guardian(student=neighbour, guardian=school.guardian_record, has_custody=False)
    run = billed(school, plan_of("10"))
    assert ("Sibling", "-5.00") in lines_of(younger, run)
    assert "Sibling" not in [line[0] for line in lines_of(school.student, run)]
    assert len(lines_of(neighbour, run)) == 1


def test_children_of_staff_are_known_by_their_guardians_address(school):
    finance.discount(name="Staff", kind="staff", percent=Decimal(30))
    parent = core.guardian(name="Teacher", email=school.teacher.email.upper())
    core.student_guardian(student=school.other_student, guardian=parent)
    run = billed(school, plan_of("10"))
    assert ("Staff", "-3.00") in lines_of(school.other_student, run)
    assert "Staff" not in [line[0] for line in lines_of(school.student, run)]


def test_the_preview_is_what_is_issued(school):
    run = prepared(school, plan_of("100"))
    students = selectors.students(run)
    before = {key: bill.amount for key, bill in selectors.bills(run, students).items()}
    full_price, discounts = selectors.sums(run, students)
    billing.start_issue(run, school.admin)
    after = dict(Invoice.objects.filter(plan_charges__run=run).values_list("student_id", "amount"))
    assert before == after
    assert full_price + discounts == sum(after.values()) == run.amount


def test_an_undone_run_is_cancelled_and_can_be_billed_again(school):
    plan = plan_of("10")
    run = billed(school, plan)
    numbers = [c.invoice.invoice_number for c in run.charges.select_related("invoice")]
    billing.start_undo(run, school.admin)
    rows = Invoice.objects.filter(invoice_number__in=numbers)
    assert {(row.status, row.balance) for row in rows} == {("cancelled", 0)}
    assert len(rows) == len(numbers)
    assert run.status == "undone"
    assert billed(school, plan).invoice_count == len(numbers)
    with pytest.raises(billing.Refused):
        billing.start_undo(run, school.admin)


def test_a_run_of_which_something_was_paid_is_not_undone(school):
    run = billed(school, plan_of("10"))
    pay(Invoice.objects.filter(plan_charges__run=run)[0], 1, payment_date=ISSUED)
    BillingRun.objects.filter(pk=run.pk).update(status="undoing")
    rule = refusal(lambda: sql("CALL app.undo_billing(%s, 'x')", run.pk))
    assert rule[0] == "billing_has_payments"
    assert not Invoice.objects.filter(plan_charges__run=run, status="cancelled").exists()


def test_a_closed_month_takes_no_run_and_nothing_is_left(school):
    finance.closed_month(month=date(2026, 1, 1))
    run = prepared(school, plan_of("10"), issue_date=date(2026, 1, 5))
    before = Invoice.objects.count()
    with pytest.raises(Exception, match="closed"):
        billing.start_issue(run, school.admin)
    assert (Invoice.objects.count(), BillingRun.objects.get(pk=run.pk).status) == (
        before, "previewed",
    )  # fmt: skip


def test_what_was_billed_of_an_installment_stays(school):
    plan = plan_of("10")
    part = installments(plan, "100")[0]
    billed(school, plan, installment=part)
    part.name = "Another"
    assert refusal(part.save)[0] == "installment_is_billed"


def test_another_schools_run_is_no_run(cast, school):
    with pytest.raises(Exception, match="no such billing"), transaction.atomic():
        sql("CALL app.bill_students(%s, %s)", cast.b.billing_run.pk, [cast.b.student.pk])
