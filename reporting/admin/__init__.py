from core.admin import pages
from reporting.admin import report_cards, report_pages
from reporting.admin.schedules import ReportScheduleAdmin

pages.add(report_pages, report_cards)

__all__ = ["ReportScheduleAdmin"]
