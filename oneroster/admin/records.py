"""What rows are called in the OneRoster bundles that they came from."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from core.admin.base import ReadOnlyAdmin
from oneroster.models import SourcedRecord

ENTITIES = [
    "academicSessions",
    "classes",
    "courses",
    "enrollments",
    "lineItems",
    "orgs",
    "results",
    "users",
]


class EntityFilter(DropdownFilter):
    """The file of the bundle."""

    title = _("file")
    parameter_name = "entity"

    def lookups(self, request, model_admin):
        return [(entity, entity) for entity in ENTITIES]

    def queryset(self, request, queryset):
        return queryset.filter(entity=self.value()) if self.value() else queryset


@admin.register(SourcedRecord)
class SourcedRecordAdmin(ReadOnlyAdmin):
    """OneRoster's names, to find out where a row came from."""

    list_display = ["entity", "sourced_id", "resource_id", "updated_at"]
    list_display_links = ["sourced_id"]
    list_filter = [EntityFilter]
    ordering = ["entity", "sourced_id", "id"]
    sortable_by = []
    fields = ["entity", "sourced_id", "resource_id", "data", "created_at", "updated_at"]
