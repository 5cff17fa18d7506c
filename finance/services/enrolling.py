"""Plans that are charged by enrolling: the invoice comes with the place in the class."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from academics.models import SchoolClass
from core import offices, rls
from core.defaults import today
from core.models import User
from core.models.base import TenantQuerySet
from finance.models import BillingRun, FeePlan, PlanCharge
from finance.services import billing

PERIOD = "Enrollment"  # in every language: students are billed once for it


def plans(school_class: SchoolClass) -> TenantQuerySet[FeePlan]:
    """Return the plans that enrolling in a class charges."""
    return FeePlan.objects.filter(school_class=school_class, on_enrollment=True, is_active=True)


def announce(school_class: SchoolClass) -> list[str]:
    """Return a sentence for each plan that enrolling charges, for those who may know of money."""
    if not _knows_of_money():
        return []
    return [
        _("Whoever is enrolled gets an invoice: %(plan)s.") % {"plan": plan}
        for plan in plans(school_class)
    ]


def charge(school_class: SchoolClass, student_ids: list[UUID]) -> list[str]:
    """Bill students who were just enrolled, but for those who were billed for it before.

    A registrar enrolls and may not write invoices, nor know of them: the school itself does it.
    """
    if _knows_of_money():
        return _charge(school_class, student_ids)
    with rls.tenant_context(rls.current_tenant(), role="admin"):
        _charge(school_class, student_ids)
    return []


def _knows_of_money() -> bool:
    return rls.current().role in offices.MONEY_OFFICE


def _charge(school_class: SchoolClass, student_ids: list[UUID]) -> list[str]:
    said = []
    for plan in plans(school_class):
        before = PlanCharge.objects.filter(plan=plan, period=PERIOD, is_undone=False)
        known = set(before.filter(student__in=student_ids).values_list("student_id", flat=True))
        if new := [student_id for student_id in student_ids if student_id not in known]:
            count = _bill(plan, new)
            text = ngettext("%d invoice was issued: %s.", "%d invoices were issued: %s.", count)
            said.append(text % (count, plan))
    return said


def _bill(plan: FeePlan, student_ids: list[UUID]) -> int:
    user_id = rls.current().user_id
    by = User.objects.filter(pk=user_id).first() if user_id else None
    run = billing.prepare(plan=plan, by=by, period=PERIOD, issue_date=today())
    run.status = BillingRun.Status.RUNNING
    run.save(update_fields=["status"])
    billing.issue(run, only=student_ids)
    return run.invoice_count
