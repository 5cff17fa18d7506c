"""The fields of people's records: which there are, who may read them, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from core.admin.base import SchoolModelAdmin
from core.admin.labels import choice_label
from core.http import PersonRequest
from core.models import PersonField
from core.services import person_fields

if TYPE_CHECKING:
    from core.admin.kinds import Fieldsets


class PersonFieldForm(forms.ModelForm):
    """A field; without a key it gets one made of its label."""

    class Meta:
        model = PersonField
        fields = ["role", "label", "key"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            self.fields["key"].required = False

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if self.instance._state.adding and not cleaned.get("key"):
            label, role = cleaned.get("label"), cleaned.get("role")
            if label and role:
                cleaned["key"] = person_fields.new_key(label, role)
        return cleaned


@admin.register(PersonField)
class PersonFieldAdmin(SchoolModelAdmin):
    """What the school keeps of its students, teachers, guardians and admins."""

    form = PersonFieldForm
    list_display = [
        "label",
        "shown_role",
        "kind",
        "readers",
        "shown_rules",
        "position",
    ]
    list_editable = ["position"]
    list_filter = [
        ("role", ChoicesDropdownFilter),
        ("readers", ChoicesDropdownFilter),
        "is_archived",
    ]
    ordering = ["role", "position", "label", "id"]
    sortable_by = ["label", "shown_role", "position"]
    search_fields = ["label", "key"]
    search_help_text = gettext_lazy("Label or key")
    fixed_fields = ["role", "key"]
    fieldsets: Fieldsets = [
        (None, {"fields": [("role", "label"), ("kind", "choices"), "help_text"]}),
        (
            gettext_lazy("Rules"),
            {"fields": ["readers", ("is_required", "on_card"), ("position", "is_archived"), "key"]},
        ),
    ]

    shown_role = choice_label("role", gettext_lazy("of"), admin="warning", teacher="info")

    @display(description=gettext_lazy("rules"))
    def shown_rules(self, obj: PersonField) -> str:
        rules = {
            _("required"): obj.is_required,
            _("on report cards"): obj.on_card,
            _("archived"): obj.is_archived,
        }
        return ", ".join(word for word, holds in rules.items() if holds)

    def delete_model(self, request: PersonRequest, obj: PersonField) -> None:
        person_fields.remove(obj)

    def response_delete(
        self, request: PersonRequest, obj_display: str, obj_id: object
    ) -> HttpResponse:
        """Say so where the field was archived, people having something in it."""
        if not PersonField.objects.filter(pk=str(obj_id)).exists():
            return super().response_delete(request, obj_display, obj_id)
        sentence = _(
            "People have something in “%(label)s”, so it was archived and nothing is lost."
        )
        self.message_user(request, sentence % {"label": obj_display}, messages.WARNING)
        return redirect("admin:core_personfield_changelist")

    def delete_queryset(self, request: PersonRequest, queryset: QuerySet[PersonField]) -> None:
        for field in queryset:
            person_fields.remove(field)

    def deletion_refusal(self, request: PersonRequest, row: PersonField) -> str:
        if person_fields.is_in_use(row):
            return _("People have something in it. Archive it instead.")
        return super().deletion_refusal(request, row)
