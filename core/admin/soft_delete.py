"""People and classes are deleted by setting `deleted_at`; an admin can see and restore them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin, action
from django.contrib.admin.utils import model_ngettext
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RadioFilter
from unfold.decorators import action as unfold_action
from unfold.enums import ActionVariant

from core.admin import references
from core.http import PersonRequest
from core.models.base import SoftDeleteModel, SoftDeleteQuerySet

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin as Base
else:
    Base = object


class DeletedFilter(RadioFilter):
    """Leaves out deleted rows unless they are asked for."""

    title = _("deleted")
    parameter_name = "deleted"
    all_option = ["", _("Not deleted")]

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        return [("yes", _("Deleted")), ("all", _("Both"))]

    def queryset(self, request: PersonRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


class SoftDeleteAdmin(Base):
    """Mixin of a ModelAdmin whose model is a SoftDeleteModel."""

    is_deleted_softly = True
    actions = ["restore_selected"]
    actions_submit_line = ["restore"]
    delete_confirmation_template = "core/admin/soft_delete_confirmation.html"
    delete_selected_confirmation_template = "core/admin/soft_delete_selected_confirmation.html"

    def visible_rows(self, request: PersonRequest) -> QuerySet[Any]:
        if request.user.is_people_office:
            return self.model.all_objects.all()
        return super().visible_rows(request)

    def autocomplete_rows(self, request: PersonRequest) -> QuerySet[Any]:
        return super().autocomplete_rows(request).filter(deleted_at__isnull=True)

    def get_list_filter(self, request: PersonRequest) -> Sequence[Any]:
        filters = super().get_list_filter(request)
        return [DeletedFilter, *filters] if request.user.is_people_office else filters

    def has_delete_permission(self, request: PersonRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (
            obj is None or obj.deleted_at is None
        )

    def has_restore_permission(self, request: PersonRequest, object_id: str | None = None) -> bool:
        """Who may delete may restore. (Unfold and Django ask by this name.)"""
        return super().has_delete_permission(request)

    def deletion_refusal(self, request: PersonRequest, row: Any) -> str:
        if row.deleted_at is not None:
            return gettext("It is deleted already.")
        return super().deletion_refusal(request, row)

    def get_deleted_objects(
        self, objs: Iterable[Any], request: PersonRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Nothing goes with the row, and nothing can stand in the way."""
        return references.summary(self, objs, request, with_users=False)

    def get_actions_submit_line(self, request: PersonRequest, object_id: str | None) -> list[Any]:
        actions = super().get_actions_submit_line(request, object_id)
        row = self.get_object(request, object_id) if actions and object_id else None
        return actions if row is not None and row.deleted_at is not None else []

    @unfold_action(
        description=_("Restore"),
        icon="restore_from_trash",
        permissions=["restore"],
        variant=ActionVariant.SUCCESS,
    )
    def restore(self, request: PersonRequest, obj: SoftDeleteModel) -> None:
        obj.restore()
        self.message_user(request, _("“%s” was restored.") % obj, messages.SUCCESS)

    @action(description=_("Restore selected %(verbose_name_plural)s"), permissions=["restore"])
    def restore_selected(self, request: PersonRequest, queryset: SoftDeleteQuerySet[Any]) -> None:
        count = queryset.filter(deleted_at__isnull=False).restore()
        if not count:
            text = gettext("None of the chosen %(items)s is deleted.")
            items = self.opts.verbose_name_plural
            self.message_user(request, text % {"items": items}, messages.WARNING)
            return
        text = ngettext(
            "%(count)d %(items)s was restored.", "%(count)d %(items)s were restored.", count
        )
        words = {"count": count, "items": model_ngettext(self.opts, count)}
        self.message_user(request, text % words, messages.SUCCESS)
