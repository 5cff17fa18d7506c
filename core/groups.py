"""Year groups and homerooms to choose from in forms, and who is in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.models import Homeroom, User, YearGroup
from core.models.user import UserQuerySet

Group = YearGroup | Homeroom


def options() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return [(year group, [(value, name)])]: of each the whole of it, then its homerooms."""
    rooms: dict[UUID, list[Homeroom]] = defaultdict(list)
    for room in Homeroom.objects.order_by("name", "id"):
        rooms[room.year_group_id].append(room)
    return [(str(year), [*_of(year, rooms[year.pk])]) for year in YearGroup.objects.all()]


def _of(year: YearGroup, rooms: Iterable[Homeroom]) -> Iterator[tuple[str, str]]:
    yield value_of(year), _("All of %(group)s") % {"group": year}
    for room in rooms:
        yield value_of(room), str(room)


def value_of(group: Group) -> str:
    """Return what a form or an address calls a group."""
    return f"{'homeroom' if isinstance(group, Homeroom) else 'year'}:{group.pk}"


def find(value: str) -> Group | None:
    """Return the group that a form or an address names, or None."""
    kind, _colon, key = value.partition(":")
    try:
        if kind == "homeroom":
            return Homeroom.objects.filter(pk=key).first()
        return YearGroup.objects.filter(pk=key).first() if kind == "year" else None
    except ValidationError:
        return None


def students(group: Group) -> UserQuerySet:
    """Return the active students of a year group or homeroom, by name."""
    people = User.objects.students().active().order_by("sort_name", "id")
    if isinstance(group, Homeroom):
        return people.filter(homeroom=group)
    return people.filter(year_group=group)
