"""Lists that can be filled from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from core.http import PersonRequest

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin as Base
else:
    Base = object


class ImportMixin(Base):
    """A ModelAdmin whose list has the button “Import”.

    Who may add and change rows may import them; the database decides about each row.
    """

    def has_import_permission(self, request: PersonRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def changelist_view(
        self, request: PersonRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {"has_import_permission": self.has_import_permission(request)}
        return super().changelist_view(request, extra | (extra_context or {}))
