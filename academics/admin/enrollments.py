"""Enrollments."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from academics.models import Enrollment
from core.admin.base import SchoolModelAdmin
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label


@admin.register(Enrollment)
class EnrollmentAdmin(ImportMixin, SchoolModelAdmin):
    """Who is enrolled in which class; teachers complete and grade their own classes'."""

    list_display = [
        "student",
        "school_class",
        "enrollment_date",
        "shown_status",
        "attendance_rate",
        "current_grade",
    ]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("school_class", AutocompleteSelectFilter),
        ("student", AutocompleteSelectFilter),
    ]
    list_select_related = ["student", "school_class"]
    date_hierarchy = "enrollment_date"
    ordering = ["-enrollment_date", "-id"]
    sortable_by = ["enrollment_date"]
    search_people = ["student"]
    search_classes = ["school_class"]
    search_help_text = _("Student or class")
    autocomplete_fields = ["student", "school_class"]
    readonly_fields = ["attendance_rate"]
    teacher_fields = ["status", "completion_date", "current_grade"]
    fields = [
        ("student", "school_class"),
        ("enrollment_date", "completion_date"),
        "status",
        ("attendance_rate", "current_grade"),
    ]

    shown_status = choice_label("status", active="success", completed="info", dropped="warning")
