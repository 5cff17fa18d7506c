"""Submissions, with their grade."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from academics.admin.inlines import GradeInline
from academics.models import Submission
from core.admin.base import SchoolModelAdmin
from core.admin.labels import choice_label


@admin.register(Submission)
class SubmissionAdmin(SchoolModelAdmin):
    """What students hand in; a grade in it marks it as graded."""

    list_display = ["student", "assignment", "shown_class", "submitted_at", "shown_status"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("assignment", AutocompleteSelectFilter),
        ("student", AutocompleteSelectFilter),
    ]
    list_select_related = ["student", "assignment__school_class"]
    date_hierarchy = "submitted_at"
    ordering = ["-submitted_at", "-id"]
    sortable_by = ["submitted_at"]
    search_fields = ["student__name"]
    search_people = ["student"]
    search_assignments = ["assignment"]
    search_help_text = _("Student or assignment")
    autocomplete_fields = ["assignment", "student"]
    fixed_fields = ["assignment", "student"]
    readonly_fields = ["submitted_at", "status"]
    inlines = [GradeInline]
    fieldsets = [
        (None, {"fields": ["assignment", "student", ("submitted_at", "status")]}),
        (_("Work"), {"fields": ["content", "attachments"]}),
    ]

    shown_status = choice_label("status", submitted="warning", graded="success")

    def shown_class(self, obj):
        return obj.assignment.school_class

    shown_class.short_description = _("class")

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        # The work is the student's; an admin may enter it for them.
        return [*fields, "content", "attachments"] if request.user.is_teacher else fields
