from reporting.models.export import Export
from reporting.models.oneroster import SourcedRecord
from reporting.models.reports import (
    AttendanceReport,
    ClassEnrollmentReport,
    PaymentLedger,
    UserRoster,
)

__all__ = [
    "AttendanceReport",
    "ClassEnrollmentReport",
    "Export",
    "PaymentLedger",
    "SourcedRecord",
    "UserRoster",
]
