"""What every part of a seed works with: the school, the calendar, random numbers, and COPY."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.utils.functional import cached_property
from psycopg import sql

from core.models import Tenant, User
from core.rls import tenant_context

WEEKS_BEFORE, WEEKS_AFTER = 11, 6  # of the term, around the week of today
LOCK = 0x5C4005  # the advisory lock of seeds
FIRST_ROWS = 500
ROWS_IN_A_STATEMENT = 50_000  # a statement's triggers hold its rows in memory


@dataclass(eq=False)
class Person:
    """Someone of the school; `absence` and `lateness` are probabilities a lesson."""

    id: uuid.UUID
    name: str
    email: str
    role: str
    ability: float = 0.8  # expected share of the points
    absence: float = 0.03
    excuse: float = 0.4  # share of the absences that are excused
    lateness: float = 0.03
    wanted: int = 0  # classes the student would like
    busy: set = field(default_factory=set, repr=False)  # (weekday, period) taken
    classes: list = field(default_factory=list, repr=False)


@dataclass(eq=False)
class Place:
    """An enrollment: the days on which the student belongs to the class."""

    student: Person
    first_day: object
    last_day: object  # None: to the end
    status: str


@dataclass(eq=False)
class Section:
    """A class as the other parts need it; `slots` are (weekday, start, end)."""

    id: uuid.UUID
    course: object
    name: str
    code: str
    teacher: Person
    capacity: int
    status: str
    first_day: object
    last_day: object
    room: str
    slots: list
    busy: set
    places: list = field(default_factory=list, repr=False)
    meetings: list = field(default_factory=list, repr=False)


@dataclass(eq=False)
class Meeting:
    """A class session; `register` says whether attendance was taken."""

    id: uuid.UUID
    date: object
    start: time
    end: time
    register: bool


@dataclass(frozen=True)
class Semester:
    """A term of an academic year."""

    id: uuid.UUID
    name: str
    first_day: object
    last_day: object


@dataclass(frozen=True)
class Break:
    """Days without lessons."""

    name: str
    first_day: object
    last_day: object


class Builder:
    """One school while it is built, as of `today` at the school, `scale` times the usual size."""

    def __init__(self, profile, cursor, today, scale):
        self.profile = profile
        self.tenant_id = uuid.uuid5(uuid.NAMESPACE_DNS, f"{profile.subdomain}.localhost")
        self.cursor = cursor
        self.today = today
        self.scale = scale
        monday = today - timedelta(days=today.weekday())
        self.term_start = monday - timedelta(weeks=WEEKS_BEFORE)
        self.term_end = monday + timedelta(weeks=WEEKS_AFTER + 1, days=-1)
        self.admins, self.teachers, self.students = [], [], []
        self.office = []  # who has a part of an admin's work
        self.sections = []
        self.terms, self.breaks = [], []
        self.homerooms = {}  # age -> ids

    @cached_property
    def tenant(self):
        """The school's row, once it is there; as the owner, since nobody is signed in yet."""
        return Tenant.objects.using("owner").get(pk=self.tenant_id)

    def account(self):
        """Return the account of admin@, for the parts that services make in their name."""
        with tenant_context(self.tenant, role="admin"):
            return User.objects.get(pk=self.admin.id)

    @property
    def admin(self):
        """The person who signs in as admin@; likewise `teacher` and `student`."""
        return self.admins[0]

    @property
    def teacher(self):
        return self.teachers[0]

    @property
    def student(self):
        return self.students[0]

    def term_of(self, day):
        """Return the term that a day is in, None without one."""
        return next((it for it in self.terms if it.first_day <= day <= it.last_day), None)

    def is_closed(self, day):
        """Return whether the school has no lessons on a day."""
        return any(it.first_day <= day <= it.last_day for it in self.breaks)

    def rng(self, part):
        """Return the random numbers of one part of this school."""
        return random.Random(f"{self.profile.subdomain}/{part}")

    def at(self, day, clock):
        """Return a time of day at the school as an aware datetime."""
        return datetime.combine(day, clock, tzinfo=self.profile.timezone)

    def load(self, table, columns, rows):
        """COPY `rows` (tuples in the order of `columns`, without the tenant) into `table`.

        `rows` may be a generator; None in it marks where a statement may end. The table is analyzed
        after each statement, the first one with few rows: without statistics the planner expects
        one row, and the triggers would read the whole school for each row.
        """
        copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, ("tenant_id", *columns))),
        )
        for batch in _batches(rows):
            with self.cursor.copy(copy) as target:
                for row in batch:
                    target.write_row((self.tenant_id, *row))
            self.cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def take_turns(cursor):
    """Wait, until the end of the transaction, for another seed that runs at the same time."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def new_id(rng):
    """Return the next id of a part's random numbers."""
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _batches(rows):
    batch, first = [], True
    for row in rows:
        if row is not None:
            batch.append(row)
        full = len(batch) >= (FIRST_ROWS if first else ROWS_IN_A_STATEMENT)
        if full and (first or row is None):
            yield batch
            batch, first = [], False
    if batch:
        yield batch
