"""The search behind the fields that choose a person, a class or an invoice."""

from django.contrib.admin.views.autocomplete import AutocompleteJsonView


class SchoolAutocompleteView(AutocompleteJsonView):
    """Offers what the chosen table's ModelAdmin finds, within the field's own limits."""

    def get_queryset(self):
        rows = self.model_admin.autocomplete_rows(self.request)
        rows = rows.complex_filter(self.source_field.get_limit_choices_to())
        rows, _duplicates = self.model_admin.get_search_results(self.request, rows, self.term)
        return rows

    def serialize_result(self, obj, to_field_name):
        label = self.model_admin.autocomplete_label(obj)
        return {"id": str(getattr(obj, to_field_name)), "text": label}
