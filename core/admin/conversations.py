"""Conversations: everyone sees their own."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from core.admin.base import SchoolModelAdmin
from core.http import PersonRequest
from core.models import Conversation


class ConversationForm(forms.ModelForm):
    """A title, and a message to add to the conversation."""

    message = forms.CharField(
        label=_("New message"),
        required=False,
        max_length=20_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    class Meta:
        model = Conversation
        fields = ["title"]

    def clean(self) -> dict[str, Any] | None:
        text = (self.cleaned_data.get("message") or "").strip()
        messages = list(self.instance.messages or [])
        if text:
            now = timezone.now().isoformat()
            messages.append({"role": "user", "content": text, "timestamp": now})
        self.instance.messages = messages
        self.also_changed = {"messages"}
        return super().clean()


@admin.register(Conversation)
class ConversationAdmin(SchoolModelAdmin):
    """One's own conversations."""

    form = ConversationForm
    list_display = ["__str__", "created_at", "updated_at", "shown_length"]
    ordering = ["-created_at", "-id"]
    sortable_by = ["created_at"]
    search_fields = ["title"]
    readonly_fields = ["created_at"]
    fieldsets = [(None, {"fields": ["title", "created_at", "message"]})]
    add_fieldsets = [(None, {"fields": ["title", "message"]})]
    change_form_before_template = "core/admin/conversation.html"

    @display(description=_("messages"))
    def shown_length(self, obj: Conversation) -> int:
        return len(obj.messages or [])

    def visible_rows(self, request: PersonRequest) -> QuerySet[Any]:
        return super().visible_rows(request).filter(user=request.user)

    def derive(self, request: PersonRequest, obj: Conversation) -> None:
        obj.user = request.user
