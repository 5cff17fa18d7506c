"""Year groups and homerooms to choose from in forms, and who is in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.models import Homeroom, User, YearGroup
from core.models.user import UserQuerySet

Group = YearGroup | Homeroom
YEAR, ROOM = "year", "homeroom"
ORDER = ("position", "name", "pk", "homerooms__name", "homerooms__pk")


def options() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return [(year group, [(value, name)])]: of each the whole of it, then its homerooms.

    One query.
    """
    rows = YearGroup.objects.order_by(*ORDER).values_list(
        "pk", "name", "homerooms__pk", "homerooms__name"
    )
    return [
        (year, [*_of(key, year, rooms)])
        for (key, year), rooms in groupby(rows, key=itemgetter(0, 1))
    ]


def _of(key: UUID, year: str, rooms: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, str]]:
    yield f"{YEAR}:{key}", _("All of %(group)s") % {"group": year}
    for *_year, room, name in rooms:
        if room is not None:
            yield f"{ROOM}:{room}", name


def value_of(group: Group) -> str:
    """Return what a form or an address calls a group."""
    return f"{ROOM if isinstance(group, Homeroom) else YEAR}:{group.pk}"


def find(value: str) -> Group | None:
    """Return the group that a form or an address names, or None."""
    kind, _colon, key = value.partition(":")
    try:
        if kind == ROOM:
            return Homeroom.objects.filter(pk=key).first()
        return YearGroup.objects.filter(pk=key).first() if kind == YEAR else None
    except ValidationError:
        return None


def students(group: Group) -> UserQuerySet:
    """Return the active students of a year group or homeroom, by name."""
    people = User.objects.students().active().order_by("sort_name", "id")
    if isinstance(group, Homeroom):
        return people.filter(homeroom=group)
    return people.filter(year_group=group)
