"""Submissions, with their grade."""

from django import forms
from django.contrib import admin
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from academics.admin.inlines import GradeInline
from academics.admin.term_filter import WorkTermFilter
from academics.models import AttachmentFile, Submission
from academics.selectors import documents
from academics.services import files, submissions
from core.admin.base import SchoolModelAdmin
from core.admin.filters import AutocompleteFilter
from core.admin.labels import choice_label


class SubmissionForm(forms.ModelForm):
    """A submission whose text is written as text, not as the JSON that it is kept in."""

    text = forms.CharField(
        label=_("text"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 8})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        request = getattr(self, "request", None)
        if request is not None and request.user.is_teacher:
            del self.fields["text"]  # their page has none, which would read as an empty one
        else:
            self.initial["text"] = submissions.text_of(self.instance)

    def clean(self):
        values = super().clean()
        if "text" in self.changed_data and "text" in values:
            self.instance.content = submissions.with_text(self.instance.content, values["text"])
            self.also_changed = {"content"}
        return values


@admin.register(Submission)
class SubmissionAdmin(SchoolModelAdmin):
    """What students hand in; a grade in it marks it as graded."""

    deleted_along = (AttachmentFile,)
    form = SubmissionForm
    list_display = ["student", "assignment", "shown_class", "submitted_at", "shown_status"]
    list_filter = [
        WorkTermFilter,
        ("status", ChoicesDropdownFilter),
        ("assignment", AutocompleteFilter),
        ("student", AutocompleteFilter),
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
    readonly_fields = ["submitted_at", "status", "shown_work", "shown_files"]
    inlines = [GradeInline]
    actions_detail = ["open_grading"]

    shown_status = choice_label("status", submitted="warning", graded="success")

    def shown_class(self, obj):
        return obj.assignment.school_class

    shown_class.short_description = _("class")

    def get_fieldsets(self, request, obj=None):
        """Offer the text of the work to admins only; teachers read it."""
        about = ["assignment", "student"] + ([("submitted_at", "status")] if obj else [])
        work = [] if request.user.is_teacher else ["text"]
        if obj is not None:
            work = [*(work or ["shown_work"]), "shown_files"]
        return [(None, {"fields": about}), (_("Work"), {"fields": work})]

    @admin.display(description=_("work"))
    def shown_work(self, obj):
        lines = documents.lines(obj.content) + documents.lines(obj.attachments)
        return (
            render_to_string("academics/assignments/data.html", {"lines": lines}) if lines else None
        )

    @admin.display(description=_("files"))
    def shown_files(self, obj):
        rows = list(obj.files.all())
        return (
            render_to_string("academics/assignments/file_list.html", {"files": rows})
            if rows
            else None
        )

    @action(description=_("Grade"), icon="grading", url_path="to-grading")
    def open_grading(self, request, object_id):
        return redirect("admin:grading", object_id)

    # --- deletion: the files go along -------------------------------------------------------------
    def delete_model(self, request, obj):
        files.remove(list(obj.files.all()))
        obj.delete()

    def delete_queryset(self, request, queryset):
        for obj in queryset:
            self.delete_model(request, obj)
