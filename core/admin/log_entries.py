"""What was done in the admin, as Django's own log keeps it; the audit trail knows of all."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin.base import ReadOnlyAdmin


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """The admin's own log."""

    list_display = ["action_time", "user", "content_type", "object_repr", "shown_message"]
    list_select_related = ["user", "content_type"]
    ordering = ["-action_time", "-id"]
    sortable_by = ["action_time"]
    fields = ["action_time", "user", "content_type", "object_repr", "shown_message"]

    @display(description=_("what"))
    def shown_message(self, obj: LogEntry) -> str:
        return obj.get_change_message()
