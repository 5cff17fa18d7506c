from reporting.models.saved import ReportRecipient, ReportSchedule, SavedFilter

__all__ = ["ReportRecipient", "ReportSchedule", "SavedFilter"]
