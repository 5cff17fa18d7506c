"""Classes."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display

from academics.admin.inlines import EnrollmentOfClassInline, ScheduleInline
from academics.models import SchoolClass
from core.admin.base import SchoolModelAdmin
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label
from core.admin.soft_delete import SoftDeleteAdmin


@admin.register(SchoolClass)
class SchoolClassAdmin(ImportMixin, SoftDeleteAdmin, SchoolModelAdmin):
    """Classes, with who is enrolled and when they meet."""

    list_display = [
        "name",
        "code",
        "subject",
        "level",
        "teacher",
        "shown_seats",
        "start_date",
        "shown_status",
    ]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("teacher", AutocompleteSelectFilter),
        ("start_date", RangeDateFilter),
    ]
    list_select_related = ["teacher"]
    ordering = ["name", "id"]
    sortable_by = ["name"]
    search_fields = ["name"]
    search_classes = ["pk"]
    search_people = ["teacher"]
    search_help_text = _("Name, code or teacher")
    autocomplete_fields = ["teacher"]
    readonly_fields = ["enrolled_count"]
    inlines = [ScheduleInline, EnrollmentOfClassInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "code"),
                    ("subject", "level"),
                    "teacher",
                    ("capacity", "enrolled_count"),
                    ("start_date", "end_date"),
                    "status",
                ]
            },
        ),
        (
            _("Description"),
            {"classes": ["collapse"], "fields": ["description", "schedule_description"]},
        ),
    ]

    shown_status = choice_label("status", active="success", completed="info", cancelled="danger")

    @display(description=_("seats taken"))
    def shown_seats(self, obj):
        return f"{obj.enrolled_count} / {obj.capacity}"

    def get_changeform_initial_data(self, request):
        capacity = (request.tenant.settings or {}).get("default_capacity")
        given = super().get_changeform_initial_data(request)
        return ({"capacity": capacity} if capacity else {}) | given
