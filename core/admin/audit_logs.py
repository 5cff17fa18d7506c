"""The audit trail: who changed what, from what to what. Nobody writes it here."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.decorators import display

from core.admin import changes
from core.admin.base import ReadOnlyAdmin
from core.models import AuditLog


class KindFilter(DropdownFilter):
    """What was changed: a person, an invoice..."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return [(kind, changes.kind_name(kind)) for kind in changes.KINDS]

    def queryset(self, request, queryset):
        return queryset.filter(resource_type=self.value()) if self.value() else queryset


class VerbFilter(DropdownFilter):
    """Created, changed or deleted."""

    title = _("action")
    parameter_name = "verb"

    def lookups(self, request, model_admin):
        return [(verb, str(name).capitalize()) for verb, name in changes.VERBS.items()]

    def queryset(self, request, queryset):
        if self.value() not in changes.VERBS:
            return queryset
        names = [f"{kind}_{self.value()}" for kind in changes.KINDS]
        return queryset.filter(Q(action__in=names))


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnlyAdmin):
    """The audit trail."""

    list_display = ["timestamp", "shown_action", "user", "shown_columns", "shown_address"]
    list_display_links = ["timestamp", "shown_action"]
    list_filter = [KindFilter, VerbFilter, ("user", AutocompleteSelectFilter)]
    list_select_related = ["user"]
    date_hierarchy = "timestamp"
    ordering = ["-timestamp", "-id"]
    sortable_by = ["timestamp"]
    search_people = ["user"]
    search_help_text = _("Who did it: name or e-mail")
    change_form_template = "admin/audit_entry.html"
    object_history_template = "admin/object_history.html"

    @display(description=_("action"))
    def shown_action(self, obj):
        return changes.action_name(obj)

    @display(description=_("changed"))
    def shown_columns(self, obj):
        return changes.columns(obj)

    @display(description=_("from address"))
    def shown_address(self, obj):
        return (obj.metadata or {}).get("ip_address")

    def get_fieldsets(self, request, obj=None):
        return [(None, {"fields": []})]

    def render_change_form(self, request, context, **kwargs):
        [context["entry"]] = changes.readable([context["original"]])
        return super().render_change_form(request, context, **kwargs)
