"""Lists that can be filled from a file."""


class ImportMixin:
    """A ModelAdmin whose list has the button “Import”.

    Who may add and change rows may import them; the database decides about each row.
    """

    def has_import_permission(self, request):
        return self.has_add_permission(request) and self.has_change_permission(request)

    def changelist_view(self, request, extra_context=None):
        extra = {"has_import_permission": self.has_import_permission(request)}
        return super().changelist_view(request, extra | (extra_context or {}))
