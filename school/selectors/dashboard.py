"""Numbers of the admin's first page. Row-level security narrows a teacher's to own classes.

Four queries whatever the school's size, each on an index; two more while no class is held.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum, Window

from academics.attendance_rate import attendance_rate
from academics.models import (
    SchoolClass,
)
from academics.models.school_class import SchoolClassQuerySet
from academics.selectors import attendance_day
from academics.selectors.attendance_day import Meeting
from core import rls
from core.composed import composed
from core.rounding import half_up, percent
from finance.models import Invoice, Payment

WEEKS = 8
FULLEST = 6
COLUMNS = ("id", "name", "enrolled_count", "capacity")  # of Seats


@dataclass(frozen=True)
class Seats:
    """A class and its seats."""

    pk: UUID
    name: str
    enrolled: int
    capacity: int

    @property
    def left(self) -> int:
        return self.capacity - self.enrolled


@dataclass(frozen=True)
class Capacity:
    """Seats of some classes, with those of the classes that have the fewest left."""

    classes: int = 0
    enrolled: int = 0
    seats: int = 0
    full: int = 0
    fullest: tuple[Seats, ...] = ()

    @property
    def percent(self) -> Decimal | int:
        return percent(self.enrolled, self.seats) if self.seats else 0


@dataclass(frozen=True)
class Week:
    """Attendance of the week that begins on `monday`."""

    monday: date
    present: int = 0
    absent: int = 0
    late: int = 0

    @property
    def attended(self) -> int:
        return self.present + self.late

    @property
    def counted(self) -> int:
        """The number of records that the rate counts; excused ones are left out."""
        return self.present + self.absent + self.late

    @property
    def rate(self) -> Decimal | None:
        """Percent with one decimal; None when nothing was recorded."""
        rate = attendance_rate(self.present, self.absent, self.late)
        return None if rate is None else half_up(rate, 1)


@dataclass(frozen=True)
class Money:
    """One currency: issued and paid in the last twelve months; still to pay, and overdue by now."""

    currency: str
    invoiced: Decimal
    paid: Decimal
    owed: Decimal
    overdue: Decimal
    overdue_count: int


def sessions_on(day: date) -> list[Meeting]:
    """Return the day's class sessions that take place (academics.selectors.attendance_day)."""
    return [meeting for meeting in attendance_day.meetings(day) if meeting.state != "cancelled"]


def capacity_on(day: date) -> Capacity:
    """Return the `Capacity` of the classes that are held on a date."""
    return _capacity(_seats_on(day))


def capacity(classes: SchoolClassQuerySet) -> Capacity:
    """Return the `Capacity` of classes."""
    return _capacity(list(_seats(classes)))


@composed
def _seats_on(day: date) -> QuerySet:
    return _seats(SchoolClass.objects.current(day))


def _seats(classes: SchoolClassQuerySet) -> QuerySet:
    """Return the fullest classes with their seats; the sums of all come with each."""
    order = (F("capacity") - F("enrolled_count"), "-enrolled_count", "sort_name", "id")
    sums = {
        "classes": Window(Count("id")),
        "enrolled": Window(Sum("enrolled_count")),
        "seats": Window(Sum("capacity")),
        "full": Window(Count("id", filter=Q(enrolled_count__gte=F("capacity")))),
    }
    return classes.annotate(**sums).order_by(*order).values_list(*COLUMNS, *sums)[:FULLEST]


def _capacity(rows: list[Any]) -> Capacity:
    if not rows:
        return Capacity()
    fullest = tuple(Seats(*row[: len(COLUMNS)]) for row in rows)
    count, enrolled, seats, full = rows[0][len(COLUMNS) :]
    return Capacity(count, enrolled, seats, full, fullest)


def next_classes(day: date) -> tuple[SchoolClassQuerySet, date | None]:
    """Return (the classes of the next term that begins, the first day of the first of them).

    (no classes, None) when none is to come.
    """
    coming = SchoolClass.objects.coming(day)
    first = coming.order_by("start_date").first()
    if first is None:
        return coming, None
    return coming.filter(term=first.term_id), first.start_date


# Counted for each session by a lateral aggregate, through the index on attendance: with a plain
# join the planner would read the attendance of all years.
BY_WEEK = """
    SELECT date_trunc('week', s.session_date)::date, sum(a.present)::int, sum(a.absent)::int,
           sum(a.late)::int
      FROM class_sessions s
     CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE r.status = 'present') AS present,
                  count(*) FILTER (WHERE r.status = 'absent') AS absent,
                  count(*) FILTER (WHERE r.status = 'late') AS late
             FROM attendance r
            WHERE r.tenant_id = s.tenant_id AND r.class_session_id = s.id) a
     WHERE s.tenant_id = %s AND s.session_date BETWEEN %s AND %s
     GROUP BY 1
"""


def attendance_by_week(today: date) -> list[Week]:
    """Return the `Week`s from seven weeks ago to this one, also those without records."""
    this_monday = today - timedelta(days=today.weekday())
    first = this_monday - timedelta(weeks=WEEKS - 1)
    with connection.cursor() as cursor:
        cursor.execute(BY_WEEK, [rls.current_tenant_id(), first, today])
        weeks = {monday: Week(monday, *counts) for monday, *counts in cursor.fetchall()}
    mondays = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return [weeks.get(monday, Week(monday)) for monday in mondays]


def money(today: date) -> list[Money]:
    """Return the `Money` of each currency, the largest first."""
    since = _a_year_before(today)
    invoiced, paid = dict(_invoiced(since, today)), dict(_paid(since, today))
    owed = {currency: rest for currency, *rest in _owed(today)}
    zero = Decimal("0.00")
    rows = [
        Money(
            currency,
            invoiced.get(currency, zero),
            paid.get(currency, zero),
            *owed.get(currency, (zero, zero, 0)),
        )
        for currency in invoiced.keys() | paid.keys() | owed.keys()
    ]
    return sorted(rows, key=lambda row: (-row.invoiced, row.currency))


@composed
def _invoiced(since: date, today: date) -> QuerySet:
    issued = Invoice.objects.issued().filter(issue_date__range=(since, today))
    sums = issued.exclude(status=Invoice.Status.CANCELLED).order_by().values_list("currency")
    return sums.annotate(total=Sum(F("amount") - F("credited")))


@composed
def _paid(since: date, today: date) -> QuerySet:
    sums = Payment.objects.filter(payment_date__range=(since, today)).order_by()
    return sums.values_list("currency").annotate(total=Sum(F("amount") - F("reversed")))


@composed
def _owed(today: date) -> QuerySet:
    """Return (currency, still to pay, the overdue part of it, number of overdue invoices)."""
    late = Q(due_date__lt=today)
    return (
        Invoice.objects.open()
        .order_by()
        .values("currency")
        .annotate(
            rest=Sum("balance"),
            late=Sum("balance", filter=late, default=Decimal("0.00")),
            count=Count("id", filter=late),
        )
        .values_list("currency", "rest", "late", "count")
    )


def _a_year_before(day: date) -> date:
    """Return the day after the same date of last year: twelve whole months with `day`."""
    try:
        return day.replace(year=day.year - 1) + timedelta(days=1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, month=3, day=1)
