"""Weekly slots of all classes."""

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from academics.admin.term_filter import TermFilter
from academics.models import Schedule
from core.admin.base import SchoolModelAdmin
from core.admin.filters import AutocompleteFilter


class TimetableButtons:
    """Mixin of a list that belongs to the timetable: buttons that lead to its pages."""

    actions_list = ["week_view", "generate_sessions"]

    @action(description=_("Week"), icon="calendar_view_week")
    def week_view(self, request):
        return HttpResponseRedirect(reverse("admin:timetable"))

    @action(description=_("Generate sessions"), icon="event_repeat", permissions=["generate"])
    def generate_sessions(self, request):
        return HttpResponseRedirect(reverse("admin:generate_sessions"))

    def has_generate_permission(self, request):
        return request.user.is_people_office


@admin.register(Schedule)
class ScheduleAdmin(TimetableButtons, SchoolModelAdmin):
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
        TermFilter,
        ("weekday", ChoicesDropdownFilter),
        ("school_class", AutocompleteFilter),
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
