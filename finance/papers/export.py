"""Invoices, receipts and credit notes as an export: many in one PDF."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.models import User
from exchange.exports.errors import ExportRefused
from exchange.exports.kinds import pairs_without_ids, register_builder
from exchange.exports.source import Chosen
from finance.papers import documents

KIND = "money_papers"  # of an export
INVOICES = "invoices_v1"
RECEIPTS = "receipts_v1"
CREDIT_NOTES = "credit_notes_v1"
# template -> (what makes it, the model whose rows one must be allowed to see)
MAKERS: dict[str, tuple[Any, str]] = {
    INVOICES: (documents.invoices, "finance.view_invoice"),
    RECEIPTS: (documents.receipts, "finance.view_payment"),
    CREDIT_NOTES: (documents.credit_notes, "finance.view_creditnote"),
}


def _may_fetch(user: User, export: Any) -> bool:
    maker = MAKERS.get(export.template_id)
    return maker is not None and user.has_perm(maker[1])


def _papers(count: int, total: int | None = None) -> str:
    if total:
        return _("%(done)s of %(total)s papers") % {"done": f"{count:,}", "total": f"{total:,}"}
    return ngettext("%(count)s paper", "%(count)s papers", count) % {"count": f"{count:,}"}


@register_builder(
    KIND,
    gettext_lazy("Invoices and receipts"),
    may_fetch=_may_fetch,
    filters=pairs_without_ids,
    amount=_papers,
)
def build(export: Any, path: Any, progress: Any) -> int:
    """Write the PDF of the rows whose ids are in `export.selection`; return their number.

    Raises `ExportRefused` if the person can see none of them.
    """
    make, permission = MAKERS[export.template_id]
    progress.measure(Chosen(len(export.selection)))
    if not export.requested_by.has_perm(permission):
        raise ExportRefused(_("This is the business of those whose work money is."))
    pdf, count = make(export.selection, progress)
    if not count:
        raise ExportRefused(_("What was chosen is not there any more."))
    path.write_bytes(pdf)
    return int(count)
