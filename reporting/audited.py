"""The app's rows in the audit trail: kind -> model, and what its rows are called by."""

from core.audit import changes

changes.register(
    {
        "saved_filter": ("reporting.SavedFilter", ["name"]),
        "report_schedule": ("reporting.ReportSchedule", ["name"]),
        "report_recipient": ("reporting.ReportRecipient", ["schedule__name", "user__name"]),
    },
)
