"""Class sessions, with their attendance."""

from django.contrib import admin
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from academics.admin.attendance import note_who_changed
from academics.admin.inlines import AttendanceInline
from academics.admin.term_filter import TermFilter
from academics.models import ClassSession
from core.admin.base import SchoolModelAdmin
from core.admin.filters import AutocompleteFilter
from core.admin.labels import choice_label


@admin.register(ClassSession)
class ClassSessionAdmin(SchoolModelAdmin):
    """The meetings of classes."""

    list_display = [
        "session_date",
        "start_time",
        "end_time",
        "school_class",
        "topic",
        "shown_status",
        "register_link",
    ]
    list_filter = [
        TermFilter,
        ("status", ChoicesDropdownFilter),
        ("school_class", AutocompleteFilter),
    ]
    list_select_related = ["school_class"]
    more_columns = ["notes", "generated", "created_at"]
    date_hierarchy = "session_date"
    ordering = ["-session_date", "-start_time", "-id"]
    sortable_by = ["session_date"]
    search_fields = ["topic"]
    search_classes = ["school_class"]
    search_help_text = _("Class: name or code")
    autocomplete_fields = ["school_class"]
    fixed_fields = ["school_class"]
    inlines = [AttendanceInline]
    actions_detail = ["open_register"]
    fields = [
        "school_class",
        "session_date",
        ("start_time", "end_time"),
        "topic",
        "status",
        "notes",
    ]

    shown_status = choice_label("status", scheduled="info", completed="success", cancelled="danger")

    @display(description=_("register"))
    def register_link(self, obj):
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}" aria-label="{}">{}</a>',
            reverse("admin:register", args=[obj.pk]),
            gettext("Register: %(session)s") % {"session": obj},
            gettext("Register"),
        )

    @action(description=_("Attendance register"), icon="fact_check", permissions=["view"])
    def open_register(self, request, object_id):
        return redirect("admin:register", object_id)

    def save_formset(self, request, form, formset, change):
        for row in formset.initial_forms:
            note_who_changed(row, request.user)
        super().save_formset(request, form, formset, change)
