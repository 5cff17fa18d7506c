"""The register of a day: a homeroom's or year group's students with their marks, and earlier days.

A fixed number of queries whatever the size of the group; row-level security decides what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from academics import attendance_settings
from academics.models import ClosedDay
from academics.selectors.register import HISTORY, Line, line_of
from core import rls
from core.defaults import today
from core.groups import Group
from core.models import Homeroom, HomeroomTeacher, User, YearGroup

# Who belongs to the group today, or did and has a mark of the day.
MEMBERS = """
    members as (
        select u.id, u.name, u.sort_name from users u
         where u.tenant_id = %(tenant)s and u.role = 'student' and u.deleted_at is null
           and u.{column} = %(group)s
           and (u.status = 'active'
                or exists (select from daily_attendance d
                            where d.tenant_id = u.tenant_id and d.student_id = u.id
                              and d.day = %(day)s))
    )
"""

# As of a session's register (selectors.register). The rate is of the last twelve months.
ROSTER = """
    with {members}, away as (
        select distinct on (x.student_id)
               x.student_id, x.reason, x.starts_on, x.starts_at, x.ends_at, x.source, x.status,
               app.absence_span(x.starts_on, x.ends_on, x.starts_at, x.ends_at)
                   @> (%(day)s + app.daily_register_time(%(tenant)s))
                   and x.status = 'approved' as excuses
          from absences x
         where x.tenant_id = %(tenant)s and x.status <> 'declined'
           and x.starts_on <= %(day)s and x.ends_on >= %(day)s
         order by x.student_id, excuses desc, x.status = 'approved' desc, x.starts_at
    )
    select m.id, m.name, true, n.rate, a.status, coalesce(a.notes, ''), a.updated_at, a.created_at,
           a.recorded_at, coalesce(w.name, r.name), a.minutes_late, coalesce(a.code, ''),
           o.excuses, o.reason, o.starts_on, o.starts_at, o.ends_at, o.source, o.status
      from members m
     cross join lateral (
           select app.attendance_rate(count(*) filter (where d.status = 'present'),
                                      count(*) filter (where d.status = 'absent'),
                                      count(*) filter (where d.status = 'late')) as rate
             from daily_attendance d
            where d.tenant_id = %(tenant)s and d.student_id = m.id
              and d.day > %(day)s - 365 and d.day <= %(day)s) n
      left join daily_attendance a on a.tenant_id = %(tenant)s and a.student_id = m.id
                                  and a.day = %(day)s
      left join away o on o.student_id = m.id
      left join users w on w.tenant_id = %(tenant)s and w.id = a.recorded_by
      left join app.daily_recorders r on r.tenant_id = %(tenant)s and r.daily_attendance_id = a.id
     order by m.sort_name, m.id
"""

PAST = """
    with {members}, marks as (
        select d.day, d.student_id, d.status,
               dense_rank() over (order by d.day desc) as place
          from daily_attendance d
         where d.tenant_id = %(tenant)s and d.student_id = any (array(select id from members))
           and d.day < %(day)s and d.day > %(day)s - 60
    )
    select day, student_id, status from marks where place <= %(limit)s order by day
"""

# Homerooms, and of each year group those who are in none.
GROUPS = """
    with counts as (
        select u.year_group_id, u.homeroom_id, count(*) as expected,
               count(*) filter (where a.id is null) as blank,
               count(*) filter (where a.status = 'present') as present,
               count(*) filter (where a.status = 'absent') as absent,
               count(*) filter (where a.status = 'late') as late,
               count(*) filter (where a.status = 'excused') as excused
          from users u
          left join daily_attendance a on a.tenant_id = u.tenant_id and a.student_id = u.id
                                      and a.day = %(day)s
         where u.tenant_id = %(tenant)s and u.role = 'student' and u.status = 'active'
           and u.deleted_at is null and u.year_group_id is not null
           and (%(is_office)s or u.homeroom_id in (
                   select t.homeroom_id from homeroom_teachers t
                    where t.tenant_id = %(tenant)s and t.teacher_id = %(user)s))
         group by u.year_group_id, u.homeroom_id
    )
    select case when n.homeroom_id is null then n.year_group_id else n.homeroom_id end,
           n.homeroom_id is not null, y.name, h.name, coalesce(t.names, ''),
           n.expected, n.blank, n.present, n.absent, n.late, n.excused
      from counts n
      join year_groups y on y.tenant_id = %(tenant)s and y.id = n.year_group_id
      left join homerooms h on h.tenant_id = %(tenant)s and h.id = n.homeroom_id
     cross join lateral (
           select string_agg(p.name, ', ' order by p.sort_name) as names
             from homeroom_teachers t
             join users p on p.tenant_id = t.tenant_id and p.id = t.teacher_id
            where t.tenant_id = %(tenant)s and t.homeroom_id = n.homeroom_id) t
     order by y.position, h.name nulls last, 1
"""


@dataclass
class DaysGroup:
    """A homeroom on a day, or those of a year group who are in none."""

    pk: UUID
    is_homeroom: bool
    year: str
    room: str | None
    teachers: str
    expected: int
    blank: int
    present: int
    absent: int
    late: int
    excused: int
    state: str = ""  # taken, missing, later or closed

    @property
    def name(self) -> str:
        return self.room or _("%(group)s, in no homeroom") % {"group": self.year}


def group_for(user: User, model: type[Group], key: UUID) -> Group | None:
    """Return the homeroom or year group whose register this person takes, or None.

    A teacher takes those of the homerooms that they lead.
    """
    leads = HomeroomTeacher.objects.filter(homeroom=key, teacher=user)
    if user.is_teacher and (model is YearGroup or not leads.exists()):
        return None
    return model._default_manager.filter(pk=key).first()


def roster(group: Group, day: date) -> list[Line]:
    """Return the `Line`s of a group's register, by name."""
    return [line_of(day, *row) for row in _ask(ROSTER, group, day)]


def history(group: Group, day: date) -> tuple[list[date], dict[UUID, list[str | None]]]:
    """Return (the last days with marks, {student id: [status or None, ...]})."""
    rows = _ask(PAST, group, day, limit=HISTORY)
    places = {past: place for place, past in enumerate(dict.fromkeys(row[0] for row in rows))}
    marks: dict[UUID, list[str | None]] = {}
    for past, student_id, status in rows:
        line = marks.setdefault(student_id, [None] * len(places))
        line[places[past]] = status
    return list(places), marks


def refusal(day: date) -> str | None:
    """Return the sentence that says why no register of the day is taken, or None."""
    if not attendance_settings.takes_daily():
        return _("This school takes attendance in its classes, not once a day.")
    if day > today():
        return _("This day is still to come; attendance can be taken on the day itself.")
    closed = ClosedDay.objects.on(day).first()
    if closed is not None:
        return _("The school is closed on this day: %(name)s.") % {"name": closed.name}
    return None


def groups_of(user: User, day: date, *, is_closed: bool) -> list[DaysGroup]:
    """Return the day's registers that this person takes; none where the school takes no such."""
    if not attendance_settings.takes_daily():
        return []
    values = {
        "tenant": rls.current_tenant_id(),
        "user": user.pk,
        "is_office": user.is_people_office,
        "day": day,
    }
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, values)
        rows = [DaysGroup(*row) for row in cursor.fetchall()]
    for row in rows:
        row.state = _state(row, day, is_closed)
    return rows


def _state(row: DaysGroup, day: date, is_closed: bool) -> str:
    if row.blank < row.expected:
        return "taken"
    if is_closed:
        return "closed"
    begins = attendance_settings.daily_register_time()
    is_later = day > today() or (day == today() and timezone.localtime().time() < begins)
    return "later" if is_later else "missing"


def _ask(sql: str, group: Group, day: date, **more: Any) -> list[tuple[Any, ...]]:
    values = {
        "tenant": rls.current_tenant_id(),
        "group": group.pk,
        "day": day,
    }
    column = "homeroom_id" if isinstance(group, Homeroom) else "year_group_id"
    with connection.cursor() as cursor:
        cursor.execute(sql.format(members=MEMBERS.format(column=column)), values | more)
        return cursor.fetchall()
