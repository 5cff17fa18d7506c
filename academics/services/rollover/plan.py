"""The plan, the choices and the result of a roll-over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from uuid import UUID

from academics.models import (
    Schedule,
    SchoolClass,
    Term,
)
from core.models import User

COPIED = ("name", "code", "description", "level", "subject", "capacity", "schedule_description")
COPIED_WORK = (
    *("title", "description", "type", "max_score", "content", "attachments"),
    "closes_automatically",
)


class RolloverRefused(Exception):
    """The roll-over is refused; `sentences` by class id, None for general ones."""

    def __init__(self, sentences: Mapping[UUID | None, Sequence[str]]) -> None:
        super().__init__(" ".join(text for texts in sentences.values() for text in texts))
        self.sentences = sentences


@dataclass(eq=False)
class Slot:
    """A weekly slot as it would be in the target term."""

    weekday: int
    start_time: time
    end_time: time
    room: str | None
    valid_from: date | None
    valid_to: date | None
    first_day: date
    last_day: date
    clash: str = ""

    @property
    def weekday_name(self) -> str:
        return str(Schedule.Weekday(self.weekday).label)


@dataclass(eq=False)
class Row:
    """A class of the source term, and its planned copy."""

    source: SchoolClass
    start_date: date
    end_date: date
    teacher: User | None
    slots: list[Slot] = field(default_factory=list)
    assignments: int = 0
    students: int = 0
    existing: SchoolClass | None = None
    enrolled_there: int = 0  # of the students, in the class that is there already
    waiting_there: int = 0

    @property
    def new_students(self) -> int:
        """The number of students who would be new in the copy."""
        return self.students - self.enrolled_there - self.waiting_there

    @property
    def key(self) -> tuple[str, str]:
        return class_key(self.source)

    @property
    def is_open(self) -> bool:
        """Whether the class has no last day."""
        return self.source.end_date is None

    @property
    def clashes(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.clash]

    @property
    def seats(self) -> int:
        """The seats that are free in the copy."""
        if self.existing is not None:
            return self.existing.seats_left
        return self.source.capacity

    @property
    def without_seat(self) -> int:
        return max(0, self.new_students - self.seats)


@dataclass
class Preview:
    """The rows by name, the target's classes, and how many classes are on later pages."""

    source: Term
    target: Term
    rows: list[Row]
    classes: list[SchoolClass]
    later: int = 0

    @property
    def labels(self) -> list[str]:
        """The names under which students can be sent to a class of the target."""
        return sorted({str(it) for it in self.open} | {str(row.source) for row in self.rows})

    @property
    def open(self) -> list[SchoolClass]:
        """The target's classes that take students in."""
        return [it for it in self.classes if it.status == SchoolClass.Status.ACTIVE]

    @property
    def closed(self) -> dict[str, SchoolClass]:
        """{name: class} of the target's others."""
        others = [it for it in self.classes if it.status != SchoolClass.Status.ACTIVE]
        return {str(it).casefold(): it for it in others}


@dataclass
class Choice:
    """What happens with one class: copy it, and where its students go.

    `students_to` is "" (nowhere), "copy", or the name of a class of the target.
    """

    copy: bool = True
    students_to: str = ""


@dataclass
class Result:
    """The result; `classes` are (id, name, enrolled, waiting, there already) of the target.

    `enrolled` and `waiting` count new enrollments and waitlist entries only.
    """

    copied: int = 0
    already_there: int = 0
    slots: int = 0
    slots_left_out: int = 0
    assignments: int = 0
    files: int = 0
    enrolled: int = 0
    waiting: int = 0
    enrolled_already: int = 0
    waiting_already: int = 0
    completed_classes: int = 0
    completed_enrollments: int = 0
    moved: int = 0  # students to the next year group
    finished: int = 0  # the oldest, who have no year group any more
    classes: list[tuple[str, str, int, int, int]] = field(default_factory=list)


def class_key(school_class: SchoolClass) -> tuple[str, str]:
    return (school_class.name.casefold(), (school_class.code or "").casefold())


@dataclass(frozen=True)
class Move:
    """Moves days of one term into another: to the same weekday, within the term."""

    source: Term
    target: Term

    def day(self, day: date) -> date:
        """Return the day as many whole weeks later as the terms begin apart."""
        weeks = round((self.target.start_date - self.source.start_date).days / 7)
        apart = timedelta(weeks=weeks)
        return self._within(min(day, date.max - apart) + apart)

    def first(self, day: date) -> date:
        """Return the first day of something; what begins with the term does so again."""
        return self.target.start_date if day <= self.source.start_date else self.day(day)

    def last(self, day: date) -> date:
        """Return the last day of something; what ends with the term does so again."""
        return self.target.end_date if day >= self.source.end_date else self.day(day)

    def _within(self, day: date) -> date:
        return min(max(day, self.target.start_date), self.target.end_date)
