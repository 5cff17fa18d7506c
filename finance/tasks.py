"""Jobs of money, and when the periodic ones run."""

from core import jobs
from finance.services import mailing, overdue, reminders, statement_mail
from finance.services.billing import issue_billing, undo_billing

# With the kinds of mail that `mailing` and `statement_mail` declare.
__all__ = ["issue_billing", "mailing", "statement_mail", "undo_billing"]


@jobs.periodic("*/10 * * * *")
def mark_overdue_invoices():
    """Mark what became overdue: at every school's midnight, whatever its time zone."""
    overdue.mark()


@jobs.periodic("35 * * * *")
def send_due_reminders():
    """Send the reminders whose turn has come, in schools that want it, by day."""
    reminders.send_due_everywhere()
