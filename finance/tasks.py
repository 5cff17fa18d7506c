"""Jobs of the invoices."""

from core import jobs
from finance.services import mailing, overdue, reminders

__all__ = ["mailing"]  # for the kind of mail that it declares


@jobs.periodic("*/10 * * * *")
def mark_overdue_invoices():
    """Mark what became overdue: at every school's midnight, whatever its time zone."""
    overdue.mark()


@jobs.periodic("35 * * * *")
def send_due_reminders():
    """Send the reminders whose turn has come, in schools that want it, by day."""
    reminders.send_due_everywhere()
