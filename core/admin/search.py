"""Search through the database's search functions.

ILIKE is not leakproof, so under row-level security its trigram index goes unused and a search of a
large list reads every row. app.search_users() and its like look the term up with the index and
return ids; the list itself stays under the policies.
"""

from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.text import smart_split, unescape_string_literal

# What a ModelAdmin may declare -> the function that finds it.
FUNCTIONS = {
    "search_people": "app.search_users",
    "search_classes": "app.search_classes",
    "search_assignments": "app.search_assignments",
    "search_invoices": "app.search_invoices",
}
MAX_WORDS = 6
# Up to this number the ids are told to the planner, which then chooses the index by their number;
# a broader word is found everywhere, and reading the list in its own order is quicker.
MAX_IDS = 1000


class SearchMixin:
    """A ModelAdmin whose search goes through functions of the database.

    Each `search_*` attribute lists relation paths to the kind it names; "pk" is the list's own
    kind. Every word of the search must be found in one of them.
    """

    search_people = ()
    search_classes = ()
    search_assignments = ()
    search_invoices = ()

    def get_search_fields(self, request):
        return [
            path for kind in FUNCTIONS for path in getattr(self, kind)
        ] or super().get_search_fields(request)

    def get_search_results(self, request, queryset, search_term):
        kinds = [kind for kind in FUNCTIONS if getattr(self, kind)]
        if not kinds:
            return super().get_search_results(request, queryset, search_term)
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


def split(term):
    """Return the words of a search, a quoted phrase as one; at most MAX_WORDS."""
    words = []
    for word in smart_split(term.replace("\x00", "")):
        if len(word) > 1 and word[0] in "\"'" and word[0] == word[-1]:
            word = unescape_string_literal(word)
        if word:
            words.append(word)
    return words[:MAX_WORDS]


def find(words, functions):
    """Return {(word, function): ids}, in one query; an expression for a word with too many."""
    keys = [(word, function) for word in words for function in functions]
    parts = [  # the functions' names are those of FUNCTIONS
        f"(SELECT {number}, {function}(%s) LIMIT {MAX_IDS + 1})"  # noqa: S608
        for number, (_word, function) in enumerate(keys)
    ]
    found = {key: [] for key in keys}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [word for word, _function in keys])
        for number, row_id in cursor.fetchall():
            found[keys[number]].append(row_id)
    return {
        (word, function): ids if len(ids) <= MAX_IDS else RawSQL(f"SELECT {function}(%s)", [word])  # noqa: S611 - a name of FUNCTIONS
        for (word, function), ids in found.items()
    }
