"""Jobs of scheduled reports, and when the periodic one runs. Their arguments are ids only."""

from core import jobs
from reporting.services import due
from reporting.services.deliveries import deliver_scheduled_report

__all__ = ["deliver_scheduled_report"]


@jobs.periodic("* * * * *", priority=10)
def run_due_schedules():
    """Make and send the scheduled reports that are due."""
    due.run_due()
