"""Enrollments."""

from django.contrib import admin
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from academics.admin.enrollment_form import EnrollmentForm
from academics.admin.term_filter import TermFilter
from academics.models import Enrollment
from core.admin.base import SchoolModelAdmin
from core.admin.bulk_edit import BulkEditMixin
from core.admin.filters import AutocompleteFilter
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label


@admin.register(Enrollment)
class EnrollmentAdmin(BulkEditMixin, ImportMixin, SchoolModelAdmin):
    """Who is enrolled in which class; teachers complete and grade their own classes'."""

    form = EnrollmentForm
    list_display = [
        "student",
        "school_class",
        "enrollment_date",
        "shown_status",
        "attendance_rate",
        "current_grade",
        "shown_profile",
    ]
    list_filter = [
        TermFilter,
        ("status", ChoicesDropdownFilter),
        ("school_class", AutocompleteFilter),
        ("student", AutocompleteFilter),
    ]
    list_select_related = ["student", "school_class"]
    more_columns = ["completion_date", "report_comment", "created_at"]
    date_hierarchy = "enrollment_date"
    ordering = ["-enrollment_date", "-id"]
    sortable_by = ["enrollment_date"]
    search_people = ["student"]
    search_classes = ["school_class"]
    search_help_text = _("Student or class")
    autocomplete_fields = ["student", "school_class"]
    readonly_fields = ["attendance_rate"]
    teacher_fields = ["status", "completion_date", "current_grade"]
    bulk_fields = ["status", "completion_date"]
    actions = ["bulk_edit"]
    actions_detail = ["student_profile", "enrollment_desk"]
    fields = [
        ("student", "school_class"),
        ("enrollment_date", "completion_date"),
        "status",
        ("attendance_rate", "current_grade"),
    ]

    shown_status = choice_label("status", active="success", completed="info", dropped="warning")

    @display(description=_("profile"))
    def shown_profile(self, obj):
        url = reverse("admin:student_profile", args=[obj.student_id])
        return format_html('<a href="{}" class="underline">{}</a>', url, _("Profile"))

    @action(description=_("Student profile"), icon="person_search", url_path="to-profile")
    def student_profile(self, request, object_id):
        return redirect("admin:student_profile", self._row(request, object_id).student_id)

    @action(description=_("Enrollment desk"), icon="person_add", url_path="to-enrollment-desk")
    def enrollment_desk(self, request, object_id):
        return redirect("admin:enrollment_desk", self._row(request, object_id).school_class_id)

    def _row(self, request, object_id):
        return get_object_or_404(self.get_queryset(request), pk=object_id)
