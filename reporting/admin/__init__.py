from reporting.admin import report_cards, report_pages
from reporting.admin.schedules import ReportScheduleAdmin

__all__ = ["ReportScheduleAdmin", "report_cards", "report_pages"]
