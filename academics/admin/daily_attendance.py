"""Attendance of whole days."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from academics.admin.attendance import note_who_changed
from academics.models import DailyAttendance
from core.admin.base import SchoolModelAdmin
from core.admin.filters import AutocompleteFilter, DayRangeFilter
from core.admin.labels import choice_label


@admin.register(DailyAttendance)
class DailyAttendanceAdmin(SchoolModelAdmin):
    """The marks of days, the latest first; they are taken on the day's registers."""

    list_display = ["student", "day", "shown_status", "code", "recorded_by", "recorded_at"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("day", DayRangeFilter),
        ("student", AutocompleteFilter),
    ]
    list_select_related = ["student", "recorded_by"]
    ordering = ["-day", "-id"]
    sortable_by = ["day"]
    search_people = ["student"]
    search_help_text = _("Student")
    autocomplete_fields = ["student"]
    fixed_fields = ["student", "day"]
    readonly_fields = ["recorded_by", "recorded_at"]
    empty_hint = _("Marks of days are taken on the registers of the page “Attendance of the day”.")
    fields = [
        ("student", "day"),
        ("status", "minutes_late", "code"),
        "notes",
        ("recorded_by", "recorded_at"),
    ]

    shown_status = choice_label(
        "status", present="success", absent="danger", late="warning", excused="info"
    )

    def derive(self, request, obj):
        obj.recorded_by = request.user

    def save_model(self, request, obj, form, change):
        note_who_changed(form, request.user)
        super().save_model(request, obj, form, change)
