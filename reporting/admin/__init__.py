from django.contrib import admin

from reporting.admin import people  # noqa: F401 - adds to the page of a person
from reporting.admin.export import ExportAdmin
from reporting.admin.exporting import ACTIONS
from reporting.admin.import_batches import ImportBatchAdmin
from reporting.admin.records import SourcedRecordAdmin
from reporting.admin.schedules import ReportScheduleAdmin

for action in ACTIONS:
    admin.site.add_action(action)

__all__ = [
    "ExportAdmin",
    "ImportBatchAdmin",
    "ReportScheduleAdmin",
    "SourcedRecordAdmin",
]
