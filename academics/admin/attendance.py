"""Attendance."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from academics.admin.term_filter import SessionTermFilter
from academics.models import Attendance
from academics.selectors import marks_changed
from core.admin.base import SchoolModelAdmin
from core.admin.filters import AutocompleteFilter
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label


def note_who_changed(form, user):
    """Set who recorded the new values of a changed form's row, and when."""
    if form.has_changed() and not form.instance._state.adding:
        form.instance.recorded_by, form.instance.recorded_at = user, timezone.now()
        form.also_changed = ("recorded_by", "recorded_at")


@admin.register(Attendance)
class AttendanceAdmin(ImportMixin, SchoolModelAdmin):
    """Attendance, the latest first; the list that grows fastest."""

    list_display = [
        "student",
        "shown_class",
        "shown_date",
        "shown_status",
        "recorded_by",
        "recorded_at",
    ]
    list_filter = [
        SessionTermFilter,
        ("status", ChoicesDropdownFilter),
        ("class_session__school_class", AutocompleteFilter),
        ("student", AutocompleteFilter),
    ]
    list_select_related = ["student", "class_session__school_class", "recorded_by"]
    list_related_fields = ["class_session__session_date"]
    more_columns = ["minutes_late", "code", "notes", "created_at"]
    date_hierarchy = "recorded_at"
    ordering = ["-recorded_at", "-id"]
    sortable_by = ["recorded_at"]
    search_people = ["student"]
    search_classes = ["class_session__school_class"]
    search_help_text = _("Student or class")
    autocomplete_fields = ["class_session", "student"]
    fixed_fields = ["class_session", "student"]
    readonly_fields = ["recorded_by", "recorded_at"]
    fields = [
        "class_session",
        "student",
        ("status", "minutes_late", "code"),
        "notes",
        ("recorded_by", "recorded_at"),
    ]

    shown_status = choice_label(
        "status", present="success", absent="danger", late="warning", excused="info"
    )

    @display(description=_("class"))
    def shown_class(self, obj):
        return obj.class_session.school_class

    @display(description=_("date"))
    def shown_date(self, obj):
        return obj.class_session.session_date

    def history_entries(self, request, object_id):
        if not request.user.is_teacher:
            return super().history_entries(request, object_id)
        return marks_changed.of_mark(Attendance.objects.get(pk=object_id))

    def derive(self, request, obj):
        obj.recorded_by = request.user

    def save_model(self, request, obj, form, change):
        note_who_changed(form, request.user)
        super().save_model(request, obj, form, change)
