"""Billing a plan: previewed, issued as a whole, undone while nothing is paid.

The database works the amounts out and writes the invoices (finance/sql/billing.sql). A run is one
transaction; what is large is done by a worker, and a worker that is killed leaves nothing behind.
"""

from collections.abc import Callable, Collection
from datetime import date
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from core import jobs, rls, unavailable
from core.constraints import RefusedByDatabase, explained
from core.models import Tenant, User
from exchange.progress import following
from finance.models import BillingRun, FeePlan, Installment, PlanCharge
from finance.selectors import billing as selectors
from finance.services import invoices

LARGE = 500  # students, from which on a worker does it
CHUNK = 1_000  # students billed by one statement, between two reports
SOURCE = "billing"  # in the audit trail
Status = BillingRun.Status
ISSUABLE = (Status.PREVIEWED, Status.FAILED)
Report = Callable[[int], None]


class Refused(Exception):
    """A billing cannot be issued or undone like this; the message says why."""


@transaction.atomic
def prepare(
    *,
    plan: FeePlan,
    by: User | None,
    period: str = "",
    installment: Installment | None = None,
    issue_date: date,
    due: date | None = None,
) -> BillingRun:
    """Return a run to look at; nothing is billed yet. Raises IntegrityError by a rule."""
    usual = installment.due_date if installment else invoices.due_date(issue_date)
    run = BillingRun.objects.create(
        plan=plan,
        installment=installment,
        period=installment.name if installment else period,
        issue_date=issue_date,
        due_date=due or max(usual, issue_date),
        requested_by=by,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.check_billing(%s)", [run.pk])
    return run


def start_issue(run: BillingRun, by: User) -> BillingRun:
    """Issue a run's invoices, at once or in the background; its status says which.

    Raises `Refused`, or RefusedByDatabase by a rule; then it is as it was.
    """
    count = sum(student.invoice_id is None for student in selectors.students(run))
    if not count:
        raise Refused(_("Everybody has an invoice for this plan and period already."))
    with explained(), transaction.atomic():
        _turn(run, ISSUABLE, status=Status.RUNNING, requested_by=by, student_count=count)
        if count < LARGE:
            issue(run)
        else:
            jobs.defer(issue_billing, lock="billing", user_id=by.pk, run_id=run.pk)
    run.refresh_from_db()
    return run


def start_undo(run: BillingRun, by: User) -> BillingRun:
    """Cancel what a run issued, at once or in the background; raises what `start_issue` does."""
    with explained(), transaction.atomic():
        _turn(run, (Status.DONE,), status=Status.UNDOING, undone_by=by)
        if run.invoice_count < LARGE:
            undo(run)
        else:
            jobs.defer(undo_billing, lock="billing", user_id=by.pk, run_id=run.pk)
    run.refresh_from_db()
    return run


def _turn(run: BillingRun, before: tuple[str, ...], **values: object) -> None:
    """Change a run that is in one of these states; raises `Refused` when it no longer is."""
    rows = BillingRun.objects.filter(pk=run.pk, status__in=before)
    if not rows.update(students_done=0, error=None, **values):
        raise Refused(_("This was done or undone meanwhile."))
    run.refresh_from_db()


def issue(
    run: BillingRun, report: Report | None = None, only: Collection[UUID] | None = None
) -> None:
    """Issue the invoices of a run that is to be issued, all or none, in the current transaction.

    With `only`, to those of its students alone.
    """
    FeePlan.objects.select_for_update(no_key=True, of=("self",)).get(pk=run.plan_id)
    waiting = [
        student.id
        for student in selectors.students(run)
        if student.invoice_id is None and (only is None or student.id in only)
    ]
    for start in range(0, len(waiting), CHUNK):
        chunk = waiting[start : start + CHUNK]
        with connection.cursor() as cursor:
            cursor.execute("CALL app.bill_students(%s, %s::uuid[])", [run.pk, chunk])
        if report is not None:
            report(start + len(chunk))
    charges = PlanCharge.objects.filter(run=run)
    total = charges.aggregate(count=Count("id"), amount=Sum("invoice__amount"))
    run.status, run.finished_at = Status.DONE, timezone.now()
    run.students_done = run.student_count = len(waiting)
    run.invoice_count, run.amount = total["count"], total["amount"] or 0
    run.save()


def undo(run: BillingRun) -> None:
    """Cancel the invoices of a run in the current transaction; raises IntegrityError by a rule."""
    reason = _("The billing of %(period)s was undone.") % {"period": run.period}
    with connection.cursor() as cursor:
        cursor.execute("CALL app.undo_billing(%s, %s)", [run.pk, reason])
    run.status, run.undone_at, run.error = Status.UNDONE, timezone.now(), None
    run.save()


# --- in the background ----------------------------------------------------------------------------


def _write_progress(run: BillingRun) -> Report:
    def write(done: int) -> None:
        BillingRun.objects.filter(pk=run.pk).update(students_done=done)

    return write


def _issue_following(run: BillingRun) -> None:
    with following(_write_progress(run)) as report:
        issue(run, report)


def _work(
    tenant_id: UUID | str,
    user_id: UUID | str,
    run_id: UUID | str,
    wanted: dict[str, str],
    do: Callable[[BillingRun], None],
) -> None:
    """Do what still waits to be done with a run, if this person asked for it and still may."""
    try:
        with explained(), jobs.job_context(tenant_id, user_id, SOURCE) as (_tenant, user):
            run = BillingRun.objects.filter(pk=run_id, **wanted).first()
            if run is None:
                return
            if not user.has_perm("finance.add_invoice"):
                raise PermissionDenied
            do(run)
    except jobs.JobRefused:
        _fail(tenant_id, run_id, _("Your account or your school was closed meanwhile."))
    except PermissionDenied:
        _fail(tenant_id, run_id, _("You are no longer allowed to do this."))
    except RefusedByDatabase as refusal:
        _fail(tenant_id, run_id, str(refusal))
    except unavailable.ERRORS as error:
        if not unavailable.is_full(error):
            raise
        _fail(tenant_id, run_id, str(unavailable.FULL))


def give_up(tenant_id: UUID | str, user_id: UUID | str, run_id: UUID | str) -> None:
    """Say on the run that it failed, after the last try that did."""
    sentence = _("Something went wrong on our side. Nothing was changed. Please try again.")
    _fail(tenant_id, run_id, sentence)


def _fail(tenant_id: UUID | str, run_id: UUID | str, sentence: str) -> None:
    """Record why it ended, in the school's own name: the person may be gone."""
    with rls.tenant_context(Tenant(pk=tenant_id), role="admin", request={"source": SOURCE}):
        run = BillingRun.objects.filter(pk=run_id)
        run.filter(status=Status.RUNNING).update(status=Status.FAILED, error=sentence)
        run.filter(status=Status.UNDOING).update(status=Status.DONE, error=sentence)


@jobs.task(queue="billing", retry=jobs.Retry(), given_up=give_up)
def issue_billing(tenant_id: UUID | str, user_id: UUID | str, run_id: UUID | str) -> None:
    """Issue a large run, all of it or nothing."""
    wanted = {"status": Status.RUNNING, "requested_by": str(user_id)}
    _work(tenant_id, user_id, run_id, wanted, _issue_following)


@jobs.task(queue="billing", retry=jobs.Retry(), given_up=give_up)
def undo_billing(tenant_id: UUID | str, user_id: UUID | str, run_id: UUID | str) -> None:
    """Undo a large run, all of it or nothing."""
    wanted = {"status": Status.UNDOING, "undone_by": str(user_id)}
    _work(tenant_id, user_id, run_id, wanted, undo)
