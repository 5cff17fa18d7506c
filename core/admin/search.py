"""The search of a list, by the search functions of the database (core.search)."""

from functools import reduce
from operator import or_

from django.db.models import Q

from core.search import FUNCTIONS, containing, find, split


class SearchMixin:
    """A ModelAdmin whose search goes through functions of the database.

    Each `search_*` attribute lists relation paths to the kind it names; "pk" is the list's own
    kind. Every word of the search must be found in one of them.
    """

    def get_search_fields(self, request):
        return [
            path for kind in FUNCTIONS for path in getattr(self, kind, ())
        ] or super().get_search_fields(request)

    def get_search_results(self, request, queryset, search_term):
        kinds = [kind for kind in FUNCTIONS if getattr(self, kind, ())]
        if not kinds:
            return queryset.filter(self._plain(request, split(search_term))), False
        words = split(search_term)
        if not words:
            return queryset, False
        found = find(words, [FUNCTIONS[kind] for kind in kinds])
        for word in words:
            conditions = [
                Q(**{f"{path}__in": found[word, FUNCTIONS[kind]]})
                for kind in kinds
                for path in getattr(self, kind)
            ]
            queryset = queryset.filter(reduce(or_, conditions))
        return queryset, False

    def _plain(self, request, words):
        """Return the condition that each word is in one of `search_fields`: of small lists."""
        condition = Q()
        for word in words:
            found = (containing(path, word) for path in self.get_search_fields(request))
            condition &= reduce(or_, found, Q())
        return condition
