"""PDF and mail of invoices, payments and credit notes: on their pages and as actions of lists."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from core.admin.confirm import confirmed
from core.admin.dialogs import dialog_action
from exchange.admin.exporting import answer
from finance.papers import export
from finance.services import mailing

AT_ONCE = 20  # papers that are made within the request; more are made in the background


def pdf_response(row: Any) -> HttpResponse:
    """Return the PDF of an invoice, payment or credit note as a download."""
    return pdf_download(mailing.attachment(row))


def pdf_download(attachment: tuple[str, bytes, str]) -> HttpResponse:
    """Return as a download what a mail takes as an attachment: (name, bytes, content type)."""
    name, pdf, content_type = attachment
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(pdf, content_type=content_type, headers=headers)


def not_mailed_because(row: Any) -> str:
    """Return why a row is not mailed; "" if it is."""
    return _("It is a draft: issue it first.") if getattr(row, "is_draft", False) else ""


class PapersMixin:
    """A ModelAdmin whose rows have a paper; `papers` is the template of its export."""

    papers = ""
    paper_actions = ("pdf", "mail_selected")
    paper_actions_detail = ("pdf_one", "mail_one")

    def has_mail_permission(self: Any, request: Any, object_id: Any = None) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("finance.add_payment")

    def _of_paper(self: Any, request: Any, object_id: Any) -> Any:
        row = self.get_object(request, str(object_id))
        if row is None:
            raise Http404(_("There is no such page."))
        return row

    @action(description=gettext_lazy("PDF"), icon="download", url_path="pdf", permissions=["view"])
    def pdf_one(self, request: Any, object_id: Any) -> HttpResponse:
        """Hand over the paper."""
        return pdf_response(self._of_paper(request, object_id))

    @admin.action(description=gettext_lazy("PDF of selected"), permissions=["view"])
    def pdf(self: Any, request: Any, queryset: Any) -> Any:
        """Hand over one file with all of them; of many it is made in the background."""
        ids = [str(pk) for pk in queryset.values_list("pk", flat=True)]
        return answer(
            request,
            request.get_full_path(),
            background=len(ids) > AT_ONCE,
            kind=export.KIND,
            template_id=self.papers,
            title=str(self.opts.verbose_name_plural),
            file_format="pdf",
            filters={"name": str(self.opts.verbose_name_plural)},
            selection=ids,
        )

    @dialog_action(
        description=gettext_lazy("Mail"),
        icon="outgoing_mail",
        permissions=["mail"],
        dialog={
            "title": gettext_lazy("Mail this as PDF?"),
            "description": gettext_lazy(
                "It goes to who pays, else to the guardians who may see the student's pages."
            ),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Mail it"),
        },
    )
    def mail_one(self, request: Any, form: Any, object_id: Any) -> HttpResponse:
        """Mail the paper."""
        row = self._of_paper(request, object_id)
        if reason := not_mailed_because(row):
            messages.error(request, reason)
        else:
            self._mail(request, [row])
        return redirect(f"admin:finance_{row._meta.model_name}_change", row.pk)

    @admin.action(description=gettext_lazy("Mail selected as PDF"), permissions=["mail"])
    @confirmed(
        question=ngettext_lazy("Mail %(count)d paper?", "Mail %(count)d papers?", "count"),
        explanation=gettext_lazy(
            "Each goes to who pays, else to the guardians who may see the student's pages."
        ),
        refusal=not_mailed_because,
        submit=gettext_lazy("Mail them"),
    )
    def mail_selected(self, request: Any, rows: Any) -> dict[Any, str]:
        return self._mail(request, rows)

    def _mail(self, request: Any, rows: Any) -> dict[Any, str]:
        """Queue the mails; return why some rows were left out, {row: sentence}."""
        sent, without = mailing.send(rows)
        if sent:
            text = ngettext("%d mail is on its way.", "%d mails are on their way.", sent)
            messages.success(request, text % sent)
        nobody = _("Nobody with an e-mail address is to be written to about it.")
        if without and len(rows) == 1:
            messages.warning(request, nobody)
            return {}
        return dict.fromkeys(without, nobody)
