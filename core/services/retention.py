"""What is kept for a time only: sessions and the audit trail, in every school.

What may go is decided in core/sql/retention.sql.
"""

from core.services import schools_in_turn

EVERY = "SELECT app.every_school()"


def forget_expired_sessions() -> int:
    """Delete the sessions whose time is over; return their number."""
    return schools_in_turn.add_up(EVERY, "CALL app.forget_expired_sessions(NULL)", "retention")


def forget_old_audit_logs() -> int:
    """Delete the entries of the audit trail that had their time; return their number."""
    return schools_in_turn.add_up(EVERY, "CALL app.forget_old_audit_logs(NULL)", "retention")
