"""Waitlists of full classes."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from academics.models import WaitlistEntry
from core.admin.base import SchoolModelAdmin
from core.admin.filters import AutocompleteFilter
from core.admin.labels import choice_label


@admin.register(WaitlistEntry)
class WaitlistAdmin(SchoolModelAdmin):
    """Who waits for which class; a new entry joins the end of the queue."""

    list_display = ["student", "school_class", "queued_at", "shown_status", "decided_at"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("school_class", AutocompleteFilter),
    ]
    list_select_related = ["student", "school_class"]
    ordering = ["queued_at", "id"]
    sortable_by = ["queued_at"]
    search_people = ["student"]
    search_classes = ["school_class"]
    search_help_text = _("Student or class")
    empty_hint = _("Students join a waitlist at the enrollment desk of a class that is full.")
    autocomplete_fields = ["student", "school_class"]
    fixed_fields = ["student", "school_class"]
    readonly_fields = ["queued_at", "decided_at"]
    fields = [("student", "school_class"), "status", ("queued_at", "decided_at")]

    shown_status = choice_label("status", waiting="warning", enrolled="success")
