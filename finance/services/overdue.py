"""Marking invoices that became overdue, in every school by its own date.

Lists and reports compute the state from the date (`finance.models.invoice.state_on`); the stored
status follows within minutes, for the audit trail and for other readers of the table.
"""

from core.services import schools_in_turn

LATE = "SELECT app.schools_with_late_invoices()"


def mark() -> int:
    """Mark overdue invoices; return their number. Schools without any are skipped."""
    return schools_in_turn.add_up(LATE, "SELECT app.mark_overdue_invoices()", "overdue")
