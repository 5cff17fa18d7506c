"""The search of a list, by the search functions of the database (core.search)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, ExpressionWrapper, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from core.http import PersonRequest
from core.querying import among
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
            places = [
                (path, results[word, FUNCTIONS[kind]])
                for kind in kinds
                for path in getattr(self, kind)
            ]
            queryset = queryset.filter(self._at(places))
        return queryset, False

    def _at(self, places: Sequence[tuple[str, Any]]) -> Any:
        """Return the condition that a row has one of the ids at one of these [(path, ids)].

        Of a word that finds much each row is asked: COALESCE keeps PostgreSQL from beginning there.
        """
        if all(isinstance(ids, list) for _path, ids in places):
            return reduce(or_, (Q(among(self.model, path, ids)) for path, ids in places))
        anywhere = reduce(or_, (_is_in(self.model, path, ids) for path, ids in places))
        return Coalesce(ExpressionWrapper(anywhere, BooleanField()), Value(False))

    def _plain(self, request: PersonRequest, words: Iterable[str]) -> Q:
        """Return the condition that each word is in one of `search_fields`: of small lists."""
        condition = Q()
        for word in words:
            conditions = (containing(path, word) for path in self.get_search_fields(request))
            condition &= reduce(or_, conditions, Q())
        return condition


def _is_in(model: type[Model], path: str, ids: Any) -> Q:
    """Return the condition that a row's relation at `path` is among the ids, without a join."""
    first, _, rest = path.partition("__")
    if rest:
        related: Any = model._meta.get_field(first).related_model
        inner = related._base_manager.filter(_is_in(related, rest, ids))
        ids = inner.order_by().values("pk")
    return Q(**{f"{first}__in": ids})
