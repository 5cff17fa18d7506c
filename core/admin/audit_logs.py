"""The audit trail: who changed what, from what to what. Nobody writes it here."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from core.admin.base import ReadOnlyAdmin
from core.admin.filters import AutocompleteFilter
from core.admin.lists import SchoolChangeList
from core.audit import changes, records
from core.http import PersonRequest
from core.models import AuditLog

if TYPE_CHECKING:
    from core.admin.kinds import Fieldsets


class KindFilter(DropdownFilter):
    """What was changed: a person, an invoice..."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        return [(kind, changes.kind_name(kind)) for kind in changes.KINDS]

    def queryset(self, request: PersonRequest, queryset: QuerySet[AuditLog]) -> QuerySet[Any]:
        return queryset.filter(resource_type=self.value()) if self.value() else queryset


class VerbFilter(DropdownFilter):
    """Created, changed or deleted."""

    title = _("action")
    parameter_name = "verb"

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        return [(verb, str(name).capitalize()) for verb, name in changes.VERBS.items()]

    def queryset(self, request: PersonRequest, queryset: QuerySet[AuditLog]) -> QuerySet[Any]:
        if self.value() not in changes.VERBS:
            return queryset
        names = [f"{kind}_{self.value()}" for kind in changes.KINDS]
        return queryset.filter(Q(action__in=names))


class RecordFilter(DropdownFilter):
    """Everything about one record; `record` is "kind.id", as the pages of records link here."""

    title = _("record")
    parameter_name = "record"

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        record = parse_record(request.GET.get(self.parameter_name))
        if record is None:
            return []  # offered by the links only
        [log] = [AuditLog(resource_type=record[0], resource_id=record[1], action="")]
        name = records.names([log]).get(record) or str(record[1])
        return [(self.value(), f"{changes.kind_name(record[0])}: {name}")]

    def queryset(self, request: PersonRequest, queryset: QuerySet[AuditLog]) -> QuerySet[Any]:
        record = parse_record(self.value())
        if record is None:
            return queryset
        return queryset.filter(resource_type=record[0], resource_id=record[1])


def parse_record(text: str | None) -> tuple[str, uuid.UUID] | None:
    """Return (kind, id) of "kind.id", or None."""
    kind, _sep, key = (text or "").partition(".")
    try:
        return (kind, uuid.UUID(key)) if kind in changes.KINDS else None
    except ValueError:
        return None


def trail_of(kind: str, key: uuid.UUID) -> str:
    """Return the address of the trail of one record."""
    return reverse("admin:core_auditlog_changelist") + f"?record={kind}.{key}"


class AuditChangeList(SchoolChangeList):
    """The trail's list, whose entries know what their records are called."""

    def get_results(self, request: PersonRequest) -> None:
        super().get_results(request)
        logs: list[AuditLog] = list(vars(self)["result_list"])
        self.result_list = logs
        names = records.names(logs)
        for log in logs:
            vars(log)["record_name"] = names.get(
                (log.resource_type or "", cast("uuid.UUID", log.resource_id)), ""
            )


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnlyAdmin):
    """The audit trail."""

    list_display = [
        "timestamp",
        "shown_action",
        "shown_columns",
        "user",
        "shown_record",
        "shown_address",
    ]
    list_display_links = ["timestamp", "shown_action"]
    list_filter = [KindFilter, VerbFilter, ("user", AutocompleteFilter), RecordFilter]
    list_select_related = ["user"]
    date_hierarchy = "timestamp"
    ordering = ["-timestamp", "-id"]
    sortable_by = ["timestamp"]
    search_fields = ["action"]  # for the box to be there; get_search_results() does the search
    search_help_text = _("What it is about, or who did it: a name, e-mail, class, number...")
    change_form_template = "core/admin/audit_entry.html"
    object_history_template = "admin/object_history.html"

    def get_changelist(self, request: PersonRequest, **kwargs: Any) -> type[ChangeList]:
        return AuditChangeList

    def get_search_results(
        self, request: PersonRequest, queryset: QuerySet[AuditLog], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return queryset.filter(records.matching(search_term)), False

    @display(description=_("action"))
    def shown_action(self, obj: AuditLog) -> str:
        name = getattr(obj, "record_name", "")
        return f"{changes.action_name(obj)}: {name}" if name else changes.action_name(obj)

    @display(description=_("record"))
    def shown_record(self, obj: AuditLog) -> str | None:
        if obj.resource_type not in changes.KINDS or obj.resource_id is None:
            return None
        trail = trail_of(obj.resource_type, obj.resource_id)
        page = None if obj.action.endswith("_deleted") else changes.link(obj)
        both = format_html('<a class="underline" href="{}">{}</a>', trail, _("All changes"))
        if page is None:
            return both
        return format_html('<a class="underline" href="{}">{}</a> · {}', page, _("Open"), both)

    @display(description=_("changed"))
    def shown_columns(self, obj: AuditLog) -> str:
        return changes.columns(obj)

    @display(description=_("from address"))
    def shown_address(self, obj: AuditLog) -> str | None:
        return (obj.metadata or {}).get("ip_address")

    def get_fieldsets(self, request: PersonRequest, obj: AuditLog | None = None) -> Fieldsets:
        return [(None, {"fields": []})]

    def render_change_form(
        self, request: PersonRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        log = context["original"]
        [context["entry"]] = changes.readable([log])
        context["record_name"] = records.names([log]).get((log.resource_type, log.resource_id))
        if log.resource_type in changes.KINDS and log.resource_id is not None:
            context["trail_url"] = trail_of(log.resource_type, log.resource_id)
        return super().render_change_form(request, context, **kwargs)
