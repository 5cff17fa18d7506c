"""Search through the database's search functions.

ILIKE is not leakproof, so under row-level security its trigram index goes unused and a search of a
large list reads every row. app.search_users() and its like look the term up with the index and
return ids; the list itself stays under the policies. They look past accents, and know a phone
number however it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from core.models.base import Folded, Row

# Name of a search (a ModelAdmin declares it) -> the function that finds, and the audit kind found.
FUNCTIONS = {"search_people": "app.search_users"}
FOUND_KINDS = {"search_people": "user"}
MAX_WORDS = 6
# A phrase in quotes of any kind, or a word. An apostrophe (O'Brien, d’Arc) is part of a word.
WORDS = re.compile(r"""["“”„]([^"“”„]*)["“”„]|'(.+?)'(?!\S)|(\S+)""")
# Spaces in it do not part words: +44 20 7946 0018, (020) 7946.
PHONE = re.compile(r"[+(0][-0-9 ()/.]+")
# Up to this number the planner is given the ids, which then chooses the index by their number;
# a broader word is found everywhere, and reading the list in its own order is quicker.
MAX_IDS = 1000


def register(declared: str, function: str, kind: str) -> None:
    """Add a search function of an app: what a ModelAdmin declares, its name, what it finds."""
    FUNCTIONS[declared], FOUND_KINDS[declared] = function, kind


def containing(path: str, word: str) -> Q:
    """Return the condition that a column of text has a word in it; of phones, the number."""
    if path.endswith("phone"):
        digits = phone_part(word)
        return Q(**{f"{path}__digits__contains": digits}) if digits else Q(pk=None)
    return Q(**{f"{path}__folded__contains": Folded(Value(word))})


def phone_part(word: str) -> str:
    """Return the digits that a phone must have in it; "" of what is none. See app.phone_pattern."""
    digits = re.sub("[^0-9]", "", word)
    if len(digits) < 3 or not re.fullmatch(r"[-+0-9 ()/.]+", word):
        return ""
    return digits.lstrip("0")[-9:]


def narrow(queryset: QuerySet[Row], term: str, declared: str) -> QuerySet[Row]:
    """Return the rows of a queryset that every word finds by the function of that name."""
    function = FUNCTIONS[declared]
    words = split(term)
    results = find(words, [function]) if words else {}
    for ids in results.values():
        queryset = queryset.filter(pk__in=ids)
    return queryset


def split(term: str) -> list[str]:
    """Return the words of a search, a quoted phrase or a phone number as one; at most MAX_WORDS."""
    term = term.replace("\x00", "").strip()
    if PHONE.fullmatch(term):
        return [term]
    words = ["".join(groups) for groups in WORDS.findall(term)]
    return [word for word in words if word][:MAX_WORDS]


def find(
    words: Iterable[str], functions: Sequence[str]
) -> dict[tuple[str, str], list[UUID] | RawSQL]:
    """Return {(word, function): ids}, in one query; an expression for a word with too many."""
    keys = [(word, function) for word in words for function in functions]
    parts = [  # the functions' names are those of FUNCTIONS
        f"(SELECT {number}, {function}(%s) LIMIT {MAX_IDS + 1})"  # noqa: S608
        for number, (_word, function) in enumerate(keys)
    ]
    results: dict[tuple[str, str], list[UUID]] = {key: [] for key in keys}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [word for word, _function in keys])
        for number, row_id in cursor.fetchall():
            results[keys[number]].append(row_id)
    return {
        (word, function): ids if len(ids) <= MAX_IDS else RawSQL(f"SELECT {function}(%s)", [word])  # noqa: S611 - a name of FUNCTIONS
        for (word, function), ids in results.items()
    }
