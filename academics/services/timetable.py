"""Class sessions from the weekly slots: made for a span of days, and taken back again.

The number of statements does not grow with the school. A slot's lesson on a day exists already if
its class has any session on that day at that time, even a cancelled or manually added one. Only
unchanged generated sessions are taken back: without attendance, topic, notes or another status.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from academics.selectors.closed_days import is_closed_sql
from core import rls

MAX_DAYS = 400

# What the statements below have in common.
# Parameters: tenant, first, last, classes (uuid[] or NULL: all), take_back.
PLAN = f"""
    with taught as (
        select s.class_id, d.day::date as day, s.start_time, s.end_time,
               {is_closed_sql("%(tenant)s", "d.day::date")} as closed
          from generate_series(%(first)s::timestamp, %(last)s::timestamp, '1 day') d (day)
          join schedules s on s.tenant_id = %(tenant)s
                          and s.weekday = extract(isodow from d.day)
                          and d.day::date >= coalesce(s.valid_from, '-infinity')
                          and d.day::date <= coalesce(s.valid_to, 'infinity')
          join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
                        and d.day::date >= c.start_date
                        and d.day::date <= coalesce(c.end_date, 'infinity')
         where c.status = 'active' and c.deleted_at is null
           and (%(classes)s::uuid[] is null or s.class_id = any (%(classes)s::uuid[]))
    ), wanted as (
        select distinct t.class_id, t.day, t.start_time, t.end_time from taught t
         where not t.closed
    ), there as (
        select s.id, s.class_id, s.session_date, s.start_time, s.end_time,
               %(take_back)s and s.generated and s.status = 'scheduled'
               and coalesce(trim(s.topic), '') = '' and coalesce(trim(s.notes), '') = ''
               and not exists (select from wanted w
                                where w.class_id = s.class_id and w.day = s.session_date
                                  and w.start_time = s.start_time and w.end_time = s.end_time)
               and not exists (select from attendance a
                                where a.tenant_id = s.tenant_id
                                  and a.class_session_id = s.id) as gone
          from class_sessions s
         where s.tenant_id = %(tenant)s and s.session_date between %(first)s and %(last)s
           and (%(classes)s::uuid[] is null or s.class_id = any (%(classes)s::uuid[]))
    ), planned as (
        select w.*, exists (select from there t
                             where not t.gone and t.class_id = w.class_id
                               and t.session_date = w.day
                               and t.start_time < w.end_time
                               and w.start_time < t.end_time) as has_session
          from wanted w
    )
"""  # noqa: S608

COUNTS = """
    select coalesce(p.class_id, g.class_id, k.class_id) as class_id, c.name, c.code,
           coalesce(p.missing, 0), coalesce(p.existing, 0), coalesce(g.gone, 0),
           coalesce(k.skipped, 0)
      from (select class_id, count(*) filter (where not has_session) as missing,
                   count(*) filter (where has_session) as existing
              from planned group by class_id) p
      full join (select class_id, count(*) as gone from there where gone group by class_id) g
             on g.class_id = p.class_id
      full join (select class_id, count(*) as skipped from taught where closed group by class_id) k
             on k.class_id = coalesce(p.class_id, g.class_id)
      join classes c on c.tenant_id = %(tenant)s
                    and c.id = coalesce(p.class_id, g.class_id, k.class_id)
     order by c.sort_name, c.id
"""

HOLIDAYS = """
    select h.name, h.start_date, h.end_date,
           (select count(*) from (select distinct t.class_id, t.day, t.start_time, t.end_time
                                    from taught t
                                   where t.day between h.start_date and h.end_date) x)
      from closed_days h
     where h.tenant_id = %(tenant)s and h.start_date <= %(last)s and h.end_date >= %(first)s
     order by h.start_date, h.id
"""

# In the order of their ids, so that two concurrent runs wait for each other without a deadlock.
LOCK = """
    select c.id from classes c
     where c.tenant_id = %(tenant)s and c.deleted_at is null
       and (%(classes)s::uuid[] is null or c.id = any (%(classes)s::uuid[]))
     order by c.id for no key update
"""

# Locked first and checked again in another statement: somebody may be taking attendance.
LOCK_GONE = """
    select s.id from class_sessions s
     where s.tenant_id = %(tenant)s and s.id in (select t.id from there t where t.gone)
     order by s.id for update
"""

TAKE_BACK = """
    delete from class_sessions s
     where s.tenant_id = %(tenant)s and s.id = any (%(gone)s::uuid[])
       and not exists (select from attendance a
                        where a.tenant_id = s.tenant_id and a.class_session_id = s.id)
"""

MAKE = """
    insert into class_sessions (tenant_id, class_id, session_date, start_time, end_time, generated)
    select %(tenant)s, p.class_id, p.day, p.start_time, p.end_time, true
      from planned p where not p.has_session
     order by p.day, p.start_time, p.class_id
"""


@dataclass(frozen=True)
class ClassCount:
    """What generating does for one class: numbers of sessions."""

    class_id: UUID
    name: str
    code: str | None
    new: int
    existing: int
    taken_back: int
    skipped: int  # lessons on closed days


@dataclass(frozen=True)
class Holiday:
    """Closed days within the span, and how many lessons fall on them."""

    name: str
    first: date
    last: date
    lessons: int


@dataclass(frozen=True)
class Plan:
    """What generating would do."""

    classes: list[ClassCount] = field(default_factory=list)
    holidays: list[Holiday] = field(default_factory=list)

    @property
    def new(self) -> int:
        return sum(count.new for count in self.classes)

    @property
    def existing(self) -> int:
        return sum(count.existing for count in self.classes)

    @property
    def taken_back(self) -> int:
        return sum(count.taken_back for count in self.classes)

    @property
    def skipped(self) -> int:
        return sum(count.skipped for count in self.classes)

    @property
    def does_nothing(self) -> bool:
        return not self.new and not self.taken_back


@dataclass(frozen=True)
class Done:
    """What generating did: numbers of sessions."""

    new: int
    taken_back: int


def check_span(first: date, last: date) -> None:
    """Raise ValidationError, at the right field, for an invalid span."""
    if last < first:
        raise ValidationError({"last": _("The last day is before the first day.")})
    if last - first >= timedelta(days=MAX_DAYS):
        raise ValidationError(
            {"last": _("At most %(days)d days at a time; choose a shorter span.")
             % {"days": MAX_DAYS}}
        )  # fmt: skip


def preview(
    *, first: date, last: date, classes: Iterable[UUID] | None = None, take_back: bool = False
) -> Plan:
    """Return the `Plan` of the days from `first` to `last`; changes nothing.

    `classes` are ids (None: every class). Raises ValidationError as `check_span`.
    """
    check_span(first, last)
    params = _params(first, last, classes, take_back)
    with connection.cursor() as cursor:
        cursor.execute(PLAN + COUNTS, params)
        counts = [ClassCount(*row) for row in cursor.fetchall()]
        cursor.execute(PLAN + HOLIDAYS, params)
        return Plan(counts, [Holiday(*row) for row in cursor.fetchall()])


def generate(
    *, first: date, last: date, classes: Iterable[UUID] | None = None, take_back: bool = False
) -> Done:
    """Make the sessions that the weekly slots ask for and return what was `Done`.

    Again it makes none twice, also when two do it at once. With `take_back`, sessions that were
    generated and that no slot explains any more, or that fall on closed days, are deleted first.
    `classes` are ids (None: every class). Raises ValidationError as `check_span`.
    """
    check_span(first, last)
    params = _params(first, last, classes, take_back)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, params)
        taken_back = 0
        if take_back:
            cursor.execute(PLAN + LOCK_GONE, params)
            gone = [row[0] for row in cursor.fetchall()]
            cursor.execute(TAKE_BACK, params | {"gone": gone})
            taken_back = cursor.rowcount
        # A session that could not go after all is one that is there.
        cursor.execute(PLAN + MAKE, params | {"take_back": False})
        return Done(new=cursor.rowcount, taken_back=taken_back)


def _params(
    first: date, last: date, classes: Iterable[UUID] | None, take_back: bool
) -> dict[str, Any]:
    return {
        "tenant": rls.current_tenant_id(),
        "first": first,
        "last": last,
        "classes": None if classes is None else list(classes),
        "take_back": take_back,
    }
