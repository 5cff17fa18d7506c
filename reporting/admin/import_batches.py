"""The history of imports."""

from django.contrib import admin

from core.admin.base import ReadOnlyAdmin
from reporting.models import ImportBatch


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "target", "filename", "status", "requested_by"]
    list_select_related = ["requested_by"]
