"""Weekly slots of all classes."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from academics.models import Schedule
from core.admin.base import SchoolModelAdmin


@admin.register(Schedule)
class ScheduleAdmin(SchoolModelAdmin):
    """The week of the school."""

    list_display = [
        "weekday",
        "start_time",
        "end_time",
        "school_class",
        "room",
        "valid_from",
        "valid_to",
    ]
    list_filter = [
        ("weekday", ChoicesDropdownFilter),
        ("school_class", AutocompleteSelectFilter),
    ]
    list_select_related = ["school_class"]
    ordering = ["weekday", "start_time", "id"]
    sortable_by = []
    search_classes = ["school_class"]
    search_help_text = _("Class: name or code")
    autocomplete_fields = ["school_class"]
    fields = [
        "school_class",
        "weekday",
        ("start_time", "end_time"),
        "room",
        ("valid_from", "valid_to"),
    ]
