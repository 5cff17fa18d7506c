from reporting.models.export import Export
from reporting.models.imports import ImportBatch, ImportRow
from reporting.models.oneroster import SourcedRecord
from reporting.models.saved import ReportRecipient, ReportSchedule, SavedFilter

__all__ = [
    "Export",
    "ImportBatch",
    "ImportRow",
    "ReportRecipient",
    "ReportSchedule",
    "SavedFilter",
    "SourcedRecord",
]
