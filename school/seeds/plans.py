"""Plans of fees, discounts, and a class that was billed by one."""

from datetime import timedelta

from core.rls import tenant_context
from finance.models import (
    Discount,
    Fee,
    FeePlan,
    FeePlanItem,
    Installment,
    StudentDiscount,
)
from finance.services import billing

# Name, percent, days until it is due.
PARTS = (
    ("First installment", 40, 20),
    ("Second installment", 30, 80),
    ("Third installment", 30, 140),
)


def build(builder):
    """Add a plan in installments, looked at only, and materials that a class is billed for."""
    admin = builder.account()
    with tenant_context(builder.tenant, admin):
        _discounts(builder)
        year = _plan("Tuition of the year", ["Tuition", "Registration"])
        for name, percent, days in PARTS:
            due = builder.today + timedelta(days=days)
            Installment.objects.create(plan=year, name=name, percent=percent, due_date=due)
        first = year.installments.get(name=PARTS[0][0])
        billing.prepare(plan=year, by=admin, installment=first, issue_date=builder.today)
        class_id = builder.student.classes[0].id
        trip = _plan("Materials", ["Materials"], audience="class", school_class_id=class_id)
        run = billing.prepare(
            plan=trip, by=admin, period=f"{builder.today:%Y-%m}", issue_date=builder.today
        )
        billing.start_issue(run, admin)


def _plan(name, fees, **columns):
    currency = Fee.objects.get(name=fees[0]).currency
    plan = FeePlan.objects.create(name=name, currency=currency, **columns)
    for place, fee in enumerate(fees, start=1):
        FeePlanItem.objects.create(plan=plan, position=place, fee=Fee.objects.get(name=fee))
    return plan


def _discounts(builder):
    Discount.objects.create(name="Sibling discount", kind="sibling", percent=10)
    Discount.objects.create(name="Staff discount", kind="staff", percent=25)
    scholarship = Discount.objects.create(name="Scholarship", kind="percent", percent=50)
    for student in builder.rng("scholarships").sample(builder.students[1:], 2):
        StudentDiscount.objects.create(student_id=student.id, discount=scholarship)
