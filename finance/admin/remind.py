"""The page of overdue invoices: the next reminder of each, to look at and to send."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import offices
from core.admin import pages
from core.admin.confirm import refused
from core.http import PersonRequest
from finance import stages
from finance.models import Invoice
from finance.selectors import reminders
from finance.services import reminders as sending

SHOWN = 200  # invoices on the page, the earliest due first
CHOSEN = "invoice"


@pages.page("money/reminders/", "reminders", pages.FORM, roles=offices.MONEY_OFFICE)
def remind(request: PersonRequest) -> HttpResponse:
    """Show what is overdue (of a ?student= or some ?invoice=), or send what is ticked."""
    if not request.user.has_perm("finance.change_invoice"):
        raise PermissionDenied
    if request.method == "POST":
        return _send(request)
    chosen: dict[str, Any] = {}
    if student := request.GET.get("student"):
        chosen["student"] = _id(student)
    if ids := request.GET.getlist(CHOSEN):
        chosen["pk__in"] = [_id(text) for text in ids]
    return _page(request, chosen)


def _page(request: PersonRequest, chosen: dict[str, Any]) -> HttpResponse:
    rows = list(reminders.overdue(**chosen)[: SHOWN + 1])
    planned = reminders.plan(rows[:SHOWN])
    context = {
        "planned": [row for row in planned if not row.refusal],
        "refused": [row for row in planned if row.refusal],
        "is_chosen": bool(chosen),
        "more": len(rows) > SHOWN,
        "shown": SHOWN,
        "automatic": stages.are_automatic(),
    }
    return pages.show(request, "finance/remind.html", _("Overdue invoices"), context)


def _send(request: PersonRequest) -> HttpResponse:
    ids = [_id(text) for text in request.POST.getlist(CHOSEN)[:SHOWN]]
    if not ids:
        messages.warning(request, _("Tick the invoices to remind of."))
        return redirect(request.get_full_path())
    rows = list(Invoice.objects.filter(pk__in=ids).select_related("student").oldest_first())
    count, left_out = sending.send(reminders.plan(rows))
    if count:
        text = ngettext("%d reminder was sent.", "%d reminders were sent.", count)
        messages.success(request, text % count)
    if left_out:
        messages.warning(request, refused(left_out))
    return redirect(request.get_full_path())


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404(_("There is no such page.")) from None
