"""Everybody one year group up, when the next school year begins.

Each year group's students move to the next by its place, each homeroom's to a homeroom of that
year group or to none; the oldest stay, or have no year group any more. Once for a school year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from academics.models import AcademicYear, Term
from academics.services.rollover.plan import Result, RolloverRefused
from core import rls
from core.models import Homeroom, User, YearGroup

# Who has left the school stays where they were.
PRESENT = Count(
    "students",
    filter=Q(students__deleted_at=None) & ~Q(students__status=User.Status.ARCHIVED),
)
# One statement: nobody is moved twice, however the places lie.
MOVE = """
    update users u set year_group_id = m.to_year, homeroom_id = m.to_room
      from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[]) m(year, room, to_year, to_room)
     where u.tenant_id = %s and u.role = 'student' and u.status <> 'archived'
       and u.deleted_at is null and u.year_group_id = m.year
       and u.homeroom_id is not distinct from m.room
"""


@dataclass
class RoomMove:
    """A homeroom, its students, and the homeroom that is proposed for them."""

    room: Homeroom
    students: int
    proposed: Homeroom | None = None


@dataclass
class YearMove:
    """A year group and its students; the oldest have no `following` one.

    `choices` are the homerooms of the following year group.
    """

    year: YearGroup
    students: int
    following: YearGroup | None
    rooms: list[RoomMove] = field(default_factory=list)
    choices: list[Homeroom] = field(default_factory=list)


@dataclass
class Promotion:
    """What is asked: {homeroom's id: the next one's, or None}, and whether the oldest stay."""

    rooms: Mapping[UUID, UUID | None] = field(default_factory=dict)
    oldest_stay: bool = False


def is_due(source: Term, target: Term) -> bool:
    """Return whether the target begins another school year, into which nobody was moved yet."""
    is_another = source.academic_year_id != target.academic_year_id
    return is_another and target.academic_year.students_moved_at is None


def moves() -> list[YearMove]:
    """Return what would move, the youngest first; two queries."""
    # Spelled out: a query that counts does not keep the model's own order.
    years = list(YearGroup.objects.annotate(present=PRESENT).order_by("position", "name", "id"))
    rooms: dict[UUID, list[RoomMove]] = defaultdict(list)
    for room in Homeroom.objects.annotate(present=PRESENT).order_by("name", "id"):
        rooms[room.year_group_id].append(RoomMove(room, vars(room)["present"]))
    planned = []
    for year, following in zip(years, [*years[1:], None], strict=True):
        choices = [move.room for move in rooms[following.pk]] if following else []
        for move in rooms[year.pk]:
            move.proposed = _proposed(move.room, choices)
        present = vars(year)["present"]
        planned.append(YearMove(year, present, following, rooms[year.pk], choices))
    return planned


def _proposed(room: Homeroom, choices: Sequence[Homeroom]) -> Homeroom | None:
    """Return the homeroom whose name ends alike behind its number: 7B goes to 8B."""
    ending = _ending(room.name)
    return next((it for it in choices if _ending(it.name) == ending), None)


def _ending(name: str) -> str:
    """Return a name without the number that it begins with."""
    return name.strip().lstrip("0123456789").strip().casefold()


def promote(source: Term, target: Term, asked: Promotion, result: Result) -> None:
    """Move everybody; `result.moved` and `result.finished` say how many.

    Raises RolloverRefused where it was done before, or a homeroom is not of the next year group.
    """
    if source.academic_year_id == target.academic_year_id or not _mark(target):
        text = _("The students were moved to the next year groups before. Look at the page again.")
        raise RolloverRefused({None: [text]})
    planned = moves()
    lines = [line for move in planned for line in _lines(move, asked)]
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*lines, strict=True)] or [[], [], [], []]
        cursor.execute(MOVE, [*columns, rls.current_tenant_id()])
        result.moved = cursor.rowcount
    if planned and not asked.oldest_stay:
        result.finished = planned[-1].students
        result.moved -= result.finished


def _mark(target: Term) -> bool:
    """Note that everybody moved into the target's school year; return whether it is the first time.

    An UPDATE waits for another one of the same row, so that of two at once only one is the first.
    """
    year = AcademicYear.objects.filter(pk=target.academic_year_id, students_moved_at=None)
    return bool(year.update(students_moved_at=Now()))


def _lines(move: YearMove, asked: Promotion) -> list[tuple[UUID | None, ...]]:
    """Return (year group, homeroom, next year group, next homeroom) for each group of students."""
    if move.following is None and asked.oldest_stay:
        return []
    following = move.following.pk if move.following else None
    lines: list[tuple[UUID | None, ...]] = [(move.year.pk, None, following, None)]
    known = {room.pk for room in move.choices}
    for room_move in move.rooms:
        to = asked.rooms.get(room_move.room.pk)
        if to is not None and to not in known:
            text = _("Choose a homeroom of the next year group for “%(room)s”.")
            raise RolloverRefused({None: [text % {"room": room_move.room}]})
        lines.append((move.year.pk, room_move.room.pk, following, to))
    return lines
