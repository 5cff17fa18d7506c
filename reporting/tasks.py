"""Jobs of reports, exports and imports. Their arguments are ids; what to do stands in the rows."""

from core import jobs
from core.exchange import uploads
from reporting.exports import background, cleanup
from reporting.imports import jobs as imports
from reporting.services import deliveries


@jobs.task(queue="exports", retry=jobs.Retry(), given_up=background.give_up)
def make_export(tenant_id, user_id, export_id):
    """Make the file of one export."""
    background.work(tenant_id, user_id, export_id)


@jobs.periodic("*/10 * * * *")
def remove_expired_exports():
    """Remove the files and rows of exports whose time is over."""
    cleanup.remove_expired()
    cleanup.remove_orphans()


@jobs.periodic("* * * * *", priority=10)
def run_due_schedules():
    """Make and send the scheduled reports that are due."""
    from reporting.services import schedules

    schedules.run_due()


@jobs.task(queue="exports", retry=deliveries.PatientRetry(), given_up=deliveries.give_up)
def deliver_scheduled_report(tenant_id, user_id, schedule_id, export_id):
    """Make one recipient's file of a scheduled report and mail its link."""
    deliveries.deliver(tenant_id, user_id, schedule_id, export_id)


@jobs.task(queue="imports", retry=jobs.Retry(), given_up=imports.give_up)
def check_import(tenant_id, user_id, batch_id):
    """Find out what each row of a large file would do."""
    imports.check(tenant_id, user_id, batch_id)


@jobs.task(queue="imports", retry=jobs.Retry(), given_up=imports.give_up)
def apply_import(tenant_id, user_id, batch_id):
    """Do what a large file says, all of it or nothing."""
    imports.apply(tenant_id, user_id, batch_id)


@jobs.task(queue="imports", retry=jobs.Retry(), given_up=imports.give_up)
def undo_import(tenant_id, user_id, batch_id):
    """Take back what a large import did, all of it or nothing."""
    imports.undo(tenant_id, user_id, batch_id)


@jobs.periodic("23 * * * *")
def remove_old_uploads():
    """Remove uploaded files that nobody has applied for a day."""
    uploads.forget_old()
