"""The history page of a row: what was done here, and what the audit trail knows of it."""

from functools import partial

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.utils.functional import SimpleLazyObject

from core.admin import changes
from core.models import AuditLog

SHOWN = 100


class HistoryMixin:
    """Adds the audit trail of the row to its history page, for those who may read the trail."""

    object_history_template = "admin/school_history.html"

    def history_view(self, request, object_id, extra_context=None):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied  # before looking whether the row is there
        context = dict(extra_context or {})
        if request.user.has_perm("core.view_auditlog"):
            # Lazy: the view looks first whether there is such a row.
            context["audit_entries"] = SimpleLazyObject(
                partial(entries, self.model, unquote(object_id))
            )
            context["audit_limit"] = SHOWN
        return super().history_view(request, object_id, context)


def entries(model, object_id):
    """Return the latest entries of one row as `changes.Entry`, newest first."""
    kind = changes.kind_of(model)
    if kind is None:
        return []
    rows = AuditLog.objects.filter(resource_type=kind, resource_id=object_id)
    return changes.readable(rows.select_related("user")[:SHOWN])
