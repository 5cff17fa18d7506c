"""The search of a list, by the search functions of the database (core.search)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from core.http import PersonRequest
from core.search import FUNCTIONS, containing, find, split

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin as Base
else:
    Base = object


class SearchMixin(Base):
    """A ModelAdmin whose search goes through functions of the database.

    Each `search_*` attribute lists relation paths to the kind it names; "pk" is the list's own
    kind. Every word of the search must be found in one of them.
    """

    def get_search_fields(self, request: PersonRequest) -> Sequence[str]:
        return [
            path for kind in FUNCTIONS for path in getattr(self, kind, ())
        ] or super().get_search_fields(request)

    def get_search_results(
        self, request: PersonRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        kinds = [kind for kind in FUNCTIONS if getattr(self, kind, ())]
        if not kinds:
            return queryset.filter(self._plain(request, split(search_term))), False
        words = split(search_term)
        if not words:
            return queryset, False
        results = find(words, [FUNCTIONS[kind] for kind in kinds])
        for word in words:
            conditions = [
                Q(**{f"{path}__in": results[word, FUNCTIONS[kind]]})
                for kind in kinds
                for path in getattr(self, kind)
            ]
            queryset = queryset.filter(reduce(or_, conditions))
        return queryset, False

    def _plain(self, request: PersonRequest, words: Iterable[str]) -> Q:
        """Return the condition that each word is in one of `search_fields`: of small lists."""
        condition = Q()
        for word in words:
            conditions = (containing(path, word) for path in self.get_search_fields(request))
            condition &= reduce(or_, conditions, Q())
        return condition
