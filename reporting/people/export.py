"""Papers about chosen people as exports: permissions and builder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.models import User
from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import pairs_without_ids, register_builder
from exchange.exports.source import Chosen
from reporting.people import documents

KIND = "people_papers"  # of an export
LABELS, CONTACT_SHEET, EMERGENCY_LIST = "labels_v1", "contact_sheet_v1", "emergency_list_v1"
MAKERS = {
    LABELS: documents.labels,
    CONTACT_SHEET: documents.contact_sheet,
    EMERGENCY_LIST: documents.emergency_list,
}
TITLES = {
    LABELS: gettext_lazy("labels"),
    CONTACT_SHEET: gettext_lazy("contact sheet"),
    EMERGENCY_LIST: gettext_lazy("emergency list"),
}
PERMISSION = "core.view_user"


def _may_fetch(user: User, export: Any) -> bool:
    return export.template_id in MAKERS and user.has_perm(PERMISSION)


def _people(count: int, total: int | None = None) -> str:
    if total:
        return _("%(done)s of %(total)s people") % {"done": f"{count:,}", "total": f"{total:,}"}
    return ngettext("%(count)s person", "%(count)s people", count) % {"count": f"{count:,}"}


@register_builder(
    KIND,
    gettext_lazy("Labels and contact lists"),
    may_fetch=_may_fetch,
    filters=pairs_without_ids,
    amount=_people,
)
def build(export: Any, path: Path, progress: Any) -> int:
    """Write the PDF about the people whose ids are in `export.selection`; return their number.

    Raises `ExportRefused` if the person can see none of them.
    """
    if not export.requested_by.has_perm(PERMISSION):
        raise ExportRefused(_("You may not see this list."))
    progress.measure(Chosen(len(export.selection)))
    pdf, count = MAKERS[export.template_id](export.selection)
    if not count:
        raise ExportRefused(_("Nobody of those chosen belongs on this list."))
    path.write_bytes(pdf)
    return count
