"""Jobs of the invoices."""

from core import jobs
from finance.services import mailing, overdue

__all__ = ["mailing"]  # for the kind of mail that it declares


@jobs.periodic("*/10 * * * *")
def mark_overdue_invoices():
    """Mark what became overdue: at every school's midnight, whatever its time zone."""
    overdue.mark()
