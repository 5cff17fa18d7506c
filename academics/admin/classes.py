"""Classes."""

from django.contrib import admin
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import action, display

from academics.admin.inlines import EnrollmentOfClassInline, ScheduleInline
from academics.admin.term_filter import ClassesTermFilter, title_of
from academics.models import SchoolClass, Term
from core.admin.base import SchoolModelAdmin
from core.admin.bulk_edit import BulkEditMixin
from core.admin.filters import DayRangeFilter
from core.admin.imports import ImportMixin
from core.admin.labels import choice_label
from core.admin.soft_delete import SoftDeleteAdmin
from core.defaults import today


def label_of(school_class):
    """Return the name of a class in menus; a coming class with its first day."""
    day = school_class.coming_from
    if day is None:
        return str(school_class)
    return _("%(class)s – from %(day)s") % {"class": school_class, "day": date_format(day)}


@admin.register(SchoolClass)
class SchoolClassAdmin(BulkEditMixin, ImportMixin, SoftDeleteAdmin, SchoolModelAdmin):
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
        ClassesTermFilter,
        ("status", ChoicesDropdownFilter),
        ("teacher", AutocompleteSelectFilter),
        ("start_date", DayRangeFilter),
    ]
    list_select_related = ["teacher"]
    more_columns = [
        "end_date",
        "capacity",
        "enrolled_count",
        "term",
        "grading_scale",
        "schedule_description",
        "description",
        "created_at",
    ]
    ordering = ["sort_name", "id"]
    sortable_by = ["name", "code", "start_date", "shown_status"]
    search_fields = ["name"]
    search_classes = ["pk"]
    search_people = ["teacher"]
    search_help_text = _("Name, code or teacher")
    autocomplete_fields = ["teacher"]
    readonly_fields = ["enrolled_count"]
    inlines = [ScheduleInline, EnrollmentOfClassInline]
    bulk_fields = ["term", "grading_scale", "capacity", "end_date", "status"]
    actions = ["bulk_edit", *SoftDeleteAdmin.actions]
    actions_detail = ["timetable", "gradebook", "enrollment_desk", "report_cards"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "code"),
                    ("subject", "level"),
                    "teacher",
                    ("capacity", "enrolled_count"),
                    "term",
                    ("start_date", "end_date"),
                    ("status", "grading_scale"),
                ]
            },
        ),
        (
            _("Description"),
            {"classes": ["collapse"], "fields": ["description", "schedule_description"]},
        ),
    ]

    def autocomplete_label(self, obj):
        return label_of(obj)

    shown_status = choice_label("status", active="success", completed="info", cancelled="danger")

    @display(description=_("seats taken"))
    def shown_seats(self, obj):
        return f"{obj.enrolled_count} / {obj.capacity}"

    def get_changeform_initial_data(self, request):
        """Begin with the school's usual capacity, and the current term and its days."""
        capacity = (request.tenant.settings or {}).get("default_capacity")
        initial = {"capacity": capacity} if capacity else {}
        term = Term.objects.current(today())
        if term is not None:
            initial |= {"term": term.pk, "start_date": term.start_date, "end_date": term.end_date}
        return initial | super().get_changeform_initial_data(request)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "term":
            field.queryset = field.queryset.select_related("academic_year")
            field.label_from_instance = title_of
        return field

    # --- buttons to its other pages ---------------------------------------------------------------
    def has_teach_permission(self, request, object_id=None):
        """Return whether what happens in the class is the reader's business."""
        return request.user.has_perm("academics.view_attendance")

    def has_enroll_permission(self, request, object_id=None):
        return request.user.has_perm("academics.add_enrollment")

    @action(
        description=_("Timetable"),
        icon="calendar_view_week",
        permissions=["teach"],
        url_path="to-timetable",
    )
    def timetable(self, request, object_id):
        return redirect(f"{reverse('admin:timetable')}?school_class={object_id}")

    @action(
        description=_("Gradebook"), icon="grid_on", permissions=["teach"], url_path="to-gradebook"
    )
    def gradebook(self, request, object_id):
        return redirect("admin:gradebook", object_id)

    @action(
        description=_("Enroll students"),
        icon="person_add",
        permissions=["enroll"],
        url_path="to-enrollment-desk",
    )
    def enrollment_desk(self, request, object_id):
        return redirect("admin:enrollment_desk", object_id)

    @action(
        description=_("Report cards"),
        icon="description",
        permissions=["teach"],
        url_path="to-report-cards",
    )
    def report_cards(self, request, object_id):
        return redirect(f"{reverse('admin:report_cards')}?school_class={object_id}")
