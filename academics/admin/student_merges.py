"""Students who were merged."""

from django.contrib import admin
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from academics.models import StudentMerge
from core.admin.base import RecordAdmin


@admin.register(StudentMerge)
class StudentMergeAdmin(RecordAdmin):
    """What was merged into whom, the latest first; each can be undone while nothing changed."""

    list_display = ["created_at", "kept", "merged_by", "shown_state"]
    list_select_related = ["kept", "merged_by"]
    ordering = ["-created_at", "-id"]
    sortable_by = ["created_at"]
    search_people = ["kept"]
    search_help_text = _("Student")
    empty_hint = _("Students who are there twice are merged on the page “Duplicates”.")
    actions_detail = ["undo_merge"]
    fields = ["kept", ("created_at", "merged_by"), ("undone_at", "undone_by")]

    @display(description=_("state"))
    def shown_state(self, obj):
        return _("undone") if obj.undone_at else _("merged")

    @action(description=_("Undo …"), icon="undo", url_path="to-undo")
    def undo_merge(self, request, object_id):
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(_("There is no such merge."))
        return redirect("admin:merge_undo", row.pk)
