"""Assignments."""

from django import forms
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from academics.admin.inlines import SubmissionInline
from academics.admin.term_filter import TermFilter
from academics.forms import FilesField
from academics.models import Assignment, AttachmentFile
from academics.selectors import documents
from academics.services import assignments, files
from academics.services.file_types import FileRefused
from core.admin.base import SchoolModelAdmin
from core.admin.bulk_edit import BulkEditMixin
from core.admin.filters import AutocompleteFilter
from core.admin.widgets import ListDate, ListSelect
from core.defaults import today

FURTHER = {
    "classes": ["collapse"],
    "description": _(
        "Students and guardians read the instructions, text and description in it, and the names"
        " and addresses of attachments; questions, answers and everything else are yours alone."
    ),
}


class AssignmentForm(forms.ModelForm):
    """An assignment and the files that come with it."""

    files = FilesField(label=_("Files"), help_text=_("The students of the class can read them."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "files" in self.fields and self.instance.pk and not self.instance._state.adding:
            self.fields["files"].rows = self.instance.files.filter(submission=None)


@admin.register(Assignment)
class AssignmentAdmin(BulkEditMixin, SchoolModelAdmin):
    """Homework, quizzes, exams and projects; due date and status can be changed in the list."""

    deleted_along = (AttachmentFile,)
    form = AssignmentForm
    list_display = ["title", "school_class", "type", "shown_given", "due_date", "status", "work"]
    list_editable = ["due_date", "status"]
    list_filter = [
        TermFilter,
        ("type", ChoicesDropdownFilter),
        ("status", ChoicesDropdownFilter),
        ("school_class", AutocompleteFilter),
    ]
    list_select_related = ["school_class"]
    more_columns = [
        "assigned_date",
        "max_score",
        "description",
        "closes_automatically",
        "created_at",
    ]
    date_hierarchy = "due_date"
    ordering = ["-due_date", "-id"]
    sortable_by = ["due_date"]
    search_fields = ["title"]
    search_assignments = ["pk"]
    search_classes = ["school_class"]
    search_help_text = _("Title or class")
    autocomplete_fields = ["school_class"]
    fixed_fields = ["school_class"]
    readonly_fields = ["shown_content", "shown_attachments"]
    inlines = [SubmissionInline]
    bulk_fields = ["due_date", "status"]
    actions = ["bulk_edit"]
    actions_detail = ["open_work", "open_copy"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "school_class",
                    ("type", "max_score"),
                    ("assigned_date", "due_date"),
                    ("status", "closes_automatically"),
                    "description",
                    "files",
                ]
            },
        ),
    ]

    def autocomplete_label(self, obj):
        return f"{obj.title} – {obj.school_class}"

    @admin.display(description=_("given on"))
    def shown_given(self, obj):
        day = date_format(obj.assigned_date)
        return day if assignments.is_given(obj, today()) else _("from %(day)s") % {"day": day}

    @admin.display(description=_("work"))
    def work(self, obj):
        url = reverse("admin:assignment_work", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', url, _("Handed in"))

    def get_changelist_form(self, request, **kwargs):
        widgets = {"due_date": ListDate(), "status": ListSelect()}
        return super().get_changelist_form(request, widgets=widgets, **kwargs)

    # --- data of other systems: shown, not edited -------------------------------------------------
    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        names = ("content", "attachments")
        held = [f"shown_{n}" for n in names if obj and documents.lines(getattr(obj, n))]
        if not held:
            return fieldsets
        return [*fieldsets, (_("Further data"), FURTHER | {"fields": held})]

    @admin.display(description=_("content"))
    def shown_content(self, obj):
        return _shown(obj.content)

    @admin.display(description=_("attachments"))
    def shown_attachments(self, obj):
        return _shown(obj.attachments)

    # --- files ------------------------------------------------------------------------------------
    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        uploads, removed = form.cleaned_data.get("files") or ([], [])
        try:
            files.remove(removed)
            files.add(assignment=obj, uploads=uploads, by=request.user)
        except FileRefused as error:  # somebody else was quicker
            self.message_user(request, str(error), messages.ERROR)

    def delete_model(self, request, obj):
        assignments.delete(obj)

    def delete_queryset(self, request, queryset):
        for obj in queryset:
            assignments.delete(obj)

    # --- further pages ----------------------------------------------------------------------------
    @action(description=_("What was handed in"), icon="assignment_turned_in", url_path="to-work")
    def open_work(self, request, object_id):
        return redirect("admin:assignment_work", object_id)

    @action(description=_("Copy to classes"), icon="content_copy", url_path="to-copy")
    def open_copy(self, request, object_id):
        return redirect("admin:copy_assignment", object_id)


def _shown(value):
    return render_to_string("academics/assignments/data.html", {"lines": documents.lines(value)})
