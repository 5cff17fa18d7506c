"""Marking invoices that became overdue, in every school by its own date.

Lists and reports go by the date themselves (`finance.models.invoice.state_on`); what is stored
follows within minutes, for the audit trail and for whoever reads the table.
"""

from core.services import schools_in_turn

LATE = "SELECT app.schools_with_late_invoices()"


def mark() -> int:
    """Mark them; return their number. Schools without any are not entered."""
    return schools_in_turn.add_up(LATE, "SELECT app.mark_overdue_invoices()", "overdue")
