"""The search behind the fields that choose a person, a class or an invoice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import ForeignKey, Model, QuerySet

from core.http import PersonRequest

if TYPE_CHECKING:
    from core.admin.base import SchoolModelAdmin


class SchoolAutocompleteView(AutocompleteJsonView):
    """Offers what the chosen table's ModelAdmin finds, within the field's own limits."""

    request: PersonRequest
    model_admin: SchoolModelAdmin
    source_field: ForeignKey[Any, Any]

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.model_admin.autocomplete_rows(self.request)
        rows = rows.complex_filter(self.source_field.get_limit_choices_to())
        rows, _duplicates = self.model_admin.get_search_results(self.request, rows, self.term)
        return rows

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        label = self.model_admin.autocomplete_label(obj)
        return {"id": str(getattr(obj, to_field_name)), "text": label}
