"""Assignments."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from academics.admin.inlines import SubmissionInline
from academics.models import Assignment
from core.admin.base import SchoolModelAdmin


@admin.register(Assignment)
class AssignmentAdmin(SchoolModelAdmin):
    """Homework, quizzes, exams and projects; due date and status can be changed in the list."""

    list_display = ["title", "school_class", "type", "assigned_date", "due_date", "status"]
    list_editable = ["due_date", "status"]
    list_filter = [
        ("type", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("school_class", AutocompleteSelectFilter),
    ]
    list_select_related = ["school_class"]
    date_hierarchy = "due_date"
    ordering = ["-due_date", "-id"]
    sortable_by = ["due_date"]
    search_fields = ["title"]
    search_assignments = ["pk"]
    search_classes = ["school_class"]
    search_help_text = _("Title or class")
    autocomplete_fields = ["school_class"]
    fixed_fields = ["school_class"]
    inlines = [SubmissionInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "school_class",
                    ("type", "max_score"),
                    ("assigned_date", "due_date"),
                    "status",
                    "description",
                ]
            },
        ),
        (_("Further data"), {"classes": ["collapse"], "fields": ["content", "attachments"]}),
    ]

    def autocomplete_label(self, obj):
        return f"{obj.title} – {obj.school_class}"
