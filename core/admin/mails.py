"""Sent mail: what left for whom, how it fared, and sending it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display
from unfold.forms import BaseDialogForm

from core.admin.base import ReadOnlyAdmin
from core.admin.confirm import confirmed
from core.admin.dialogs import dialog_action
from core.admin.labels import choice_label
from core.http import PersonRequest
from core.models import Mail
from core.services import mail

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class KindFilter(DropdownFilter):
    """Invitations, links for forgotten passwords..."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: PersonRequest, model_admin: ModelAdmin) -> list[tuple[Any, Any]]:
        return [(name, kind.label) for name, kind in sorted(mail.KINDS.items())]

    def queryset(self, request: PersonRequest, queryset: QuerySet[Mail]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Mail of the school; its text, with its link, was in the mail alone."""

    list_display = ["created_at", "address", "shown_kind", "shown_state", "attempts", "error"]
    list_display_links = ["created_at", "address"]
    list_filter = [("state", ChoicesDropdownFilter), KindFilter]
    list_select_related = ["recipient"]
    ordering = ["-created_at", "-id"]
    sortable_by = ["created_at"]
    search_fields = ["address"]
    search_help_text = gettext_lazy("Address")
    fieldsets = [
        (None, {"fields": ["address", "recipient", "shown_kind", "subject"]}),
        (
            gettext_lazy("Result"),
            {"fields": ["shown_state", "attempts", "error", "created_at", "sent_at"]},
        ),
        (gettext_lazy("Asked for"), {"fields": ["requested_by"]}),
    ]
    readonly_fields = ["shown_kind", "shown_state", "created_at"]
    actions = ["send_again"]
    actions_detail = ["send_this_again"]
    empty_hint = gettext_lazy("Invitations, links for forgotten passwords and reports stand here.")

    shown_state = choice_label("state", waiting="info", sent="success", failed="danger")

    @display(description=gettext_lazy("kind"))
    def shown_kind(self, obj: Mail) -> str | StrPromise:
        return mail.label_of(obj.kind)

    def changelist_view(
        self, request: PersonRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": _("Sent mail")}  # as the navigation calls it
        return super().changelist_view(request, title | (extra_context or {}))

    def has_send_permission(self, request: PersonRequest, object_id: str | None = None) -> bool:
        return request.user.is_office

    @admin.action(description=gettext_lazy("Send again"), permissions=["send"])
    @confirmed(
        question=ngettext_lazy(
            "Send %(count)d mail again?", "Send %(count)d mails again?", "count"
        ),
        explanation=gettext_lazy(
            "Each goes to the person's present address, with a new link where it has one."
        ),
        refusal=mail.refusal,
        submit=gettext_lazy("Send again"),
        related=["recipient"],
    )
    def send_again(self, request: PersonRequest, rows: Sequence[Mail]) -> None:
        for row in rows:
            mail.send_again(row)
        text = ngettext(
            "%d mail is on its way again.", "%d mails are on their way again.", len(rows)
        )
        self.message_user(request, text % len(rows), messages.SUCCESS)

    @dialog_action(
        description=gettext_lazy("Send again"),
        icon="forward_to_inbox",
        permissions=["send"],
        dialog={
            "title": gettext_lazy("Send this mail again?"),
            "description": gettext_lazy(
                "It goes to the person's present address, with a new link where it has one."
            ),
            "form_class": BaseDialogForm,
            "form_submit_text": gettext_lazy("Send again"),
        },
    )
    def send_this_again(self, request: PersonRequest, form: Any, object_id: str) -> HttpResponse:
        mail_row = self.get_object(request, str(object_id))
        row = get_object_or_404(self.get_queryset(request), pk=mail_row.pk if mail_row else None)
        try:
            sent = mail.send_again(row) or row
        except mail.MailRefused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            sent = row
        else:
            text = _("The mail to %s is on its way again.") % sent.address
            self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:core_mail_change", sent.pk)
