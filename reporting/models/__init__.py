from reporting.models.export import Export
from reporting.models.imports import ImportBatch, ImportRow
from reporting.models.oneroster import SourcedRecord
from reporting.models.reports import (
    AttendanceReport,
    ClassEnrollmentReport,
    PaymentLedger,
    UserRoster,
)
from reporting.models.saved import ReportRecipient, ReportSchedule, SavedFilter

__all__ = [
    "AttendanceReport",
    "ClassEnrollmentReport",
    "Export",
    "ImportBatch",
    "ImportRow",
    "PaymentLedger",
    "ReportRecipient",
    "ReportSchedule",
    "SavedFilter",
    "SourcedRecord",
    "UserRoster",
]
