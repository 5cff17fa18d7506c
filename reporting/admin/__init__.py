from django.contrib import admin

from reporting.admin.export import ExportAdmin
from reporting.admin.exporting import ACTIONS
from reporting.admin.records import SourcedRecordAdmin
from reporting.admin.reports import (
    AttendanceReportAdmin,
    ClassEnrollmentReportAdmin,
    PaymentLedgerAdmin,
    UserRosterAdmin,
)

for action in ACTIONS:
    admin.site.add_action(action)

__all__ = [
    "AttendanceReportAdmin",
    "ClassEnrollmentReportAdmin",
    "ExportAdmin",
    "PaymentLedgerAdmin",
    "SourcedRecordAdmin",
    "UserRosterAdmin",
]
