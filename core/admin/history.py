"""The history page of a row: what was done here, and what the audit trail knows of it."""

from django.contrib.admin.utils import unquote

from core.admin import changes
from core.models import AuditLog

SHOWN = 100


class HistoryMixin:
    """Adds the audit trail of the row to its history page, for those who may read the trail."""

    object_history_template = "admin/school_history.html"

    def history_view(self, request, object_id, extra_context=None):
        context = dict(extra_context or {})
        if request.user.has_perm("core.view_auditlog"):
            context["audit_entries"] = entries(self.model, unquote(object_id))
            context["audit_limit"] = SHOWN
        return super().history_view(request, object_id, context)


def entries(model, object_id):
    """Return the latest entries of one row as `changes.Entry`, newest first."""
    kind = changes.kind_of(model)
    if kind is None:
        return []
    rows = AuditLog.objects.filter(resource_type=kind, resource_id=object_id)
    return changes.readable(rows.select_related("user")[:SHOWN])
