"""Grades."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter

from academics.admin.term_filter import WorkTermFilter
from academics.models import Grade
from academics.selectors import marks_changed
from core.admin.base import SchoolModelAdmin
from core.admin.filters import AutocompleteFilter
from core.admin.imports import ImportMixin


@admin.register(Grade)
class GradeAdmin(ImportMixin, SchoolModelAdmin):
    """Grades; student and assignment follow from the submission."""

    list_display = [
        "student",
        "assignment",
        "shown_score",
        "grade",
        "excused",
        "graded_by",
        "graded_at",
    ]
    list_filter = [
        WorkTermFilter,
        ("assignment", AutocompleteFilter),
        ("student", AutocompleteFilter),
        ("excused", BooleanRadioFilter),
    ]
    list_select_related = [
        "student",
        "assignment",
        "graded_by",
        "submission__student",
        "submission__assignment",
    ]
    date_hierarchy = "graded_at"
    more_columns = ["feedback", "created_at"]
    ordering = ["-graded_at", "-id"]
    sortable_by = ["graded_at"]
    search_people = ["student"]
    search_assignments = ["assignment"]
    search_help_text = _("Student or assignment")
    autocomplete_fields = ["submission"]
    fixed_fields = ["submission"]
    readonly_fields = ["graded_by", "graded_at"]
    fields = ["submission", ("score", "grade"), "excused", "feedback", ("graded_by", "graded_at")]

    def shown_score(self, obj):
        if obj.score is None:
            return None
        score = f"{obj.score.normalize():f}"
        return f"{score} / {obj.assignment.max_score}" if obj.assignment.max_score else score

    shown_score.short_description = _("score")

    def history_entries(self, request, object_id):
        if not request.user.is_teacher:
            return super().history_entries(request, object_id)
        grade = Grade.objects.select_related("assignment").get(pk=object_id)
        return marks_changed.of_grade(grade)

    def derive(self, request, obj):
        obj.student_id = obj.submission.student_id
        obj.assignment_id = obj.submission.assignment_id
        obj.graded_by = request.user
