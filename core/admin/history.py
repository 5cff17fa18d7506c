"""The history page of a row: what was done here, and what the audit trail knows of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpResponse
from django.utils.functional import SimpleLazyObject

from core.audit import changes
from core.http import PersonRequest
from core.models import AuditLog

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin as Base
else:
    Base = object

SHOWN = 100


class HistoryMixin(Base):
    """Shows the audit trail of the row on its history page, to those who may read it.

    The trail has every change, by whatever way it was made; Django's own log of the admin's pages,
    which knows a few of them, is shown only where it says anything.
    """

    object_history_template = "core/admin/school_history.html"

    def history_view(
        self, request: PersonRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied  # before looking whether the row is there
        context = dict(extra_context or {})
        # Lazy: the view looks first whether there is such a row.
        known = partial(self.history_entries, request, unquote(object_id))
        context["trail"] = SimpleLazyObject(known)
        context["audit_limit"] = SHOWN
        return super().history_view(request, object_id, context)

    def history_entries(self, request: PersonRequest, object_id: str) -> list[changes.Entry]:
        """Return what this person may read of the row's trail: [`changes.Entry`], the newest first.

        Nobody but the office reads it all; a page without entries says so.
        """
        if request.user.has_perm("core.view_auditlog"):
            return entries(self.model, object_id)
        return []


def entries(model: type[Model], object_id: str) -> list[changes.Entry]:
    """Return the latest entries of one row as `changes.Entry`, newest first."""
    kind = changes.kind_of(model)
    if kind is None:
        return []
    rows = AuditLog.objects.filter(resource_type=kind, resource_id=object_id)
    return changes.readable(rows.select_related("user")[:SHOWN])
