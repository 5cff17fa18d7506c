"""Rows of reporting: saved filters and scheduled reports."""

from reporting.models import ReportRecipient, ReportSchedule, SavedFilter
from tests.factories.factory import Factory

saved_filter = Factory(SavedFilter, report="user_roster", name=lambda n: f"Filter {n}")
report_schedule = Factory(ReportSchedule, name="Roster", report="user_roster_v1", weekday=1)
report_recipient = Factory(ReportRecipient)
