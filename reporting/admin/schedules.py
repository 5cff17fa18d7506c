"""Reports that come by themselves."""

from django.contrib import admin

from core.admin.base import SchoolModelAdmin
from reporting.models import ReportSchedule


@admin.register(ReportSchedule)
class ReportScheduleAdmin(SchoolModelAdmin):
    list_display = ["name", "report", "frequency", "next_run_at"]
