"""A session's attendance register: its students, their marks, and earlier sessions.

A fixed number of queries whatever the size of the class; row-level security decides what is seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from academics.models import ClassSession
from core import rls
from core.defaults import today

HISTORY = 8  # sessions

# Students enrolled on the day of the session, and others who have a mark. The name of a colleague
# who took it comes from a view: a teacher cannot read colleagues' rows of users. The students' are
# joined by CASE, since under row-level security PostgreSQL uses no index for a comparison with
# coalesce(), which it does not take for leakproof.
ROSTER = """
    with places as (
        select distinct on (e.student_id) e.student_id, e.attendance_rate
          from enrollments e
         where e.tenant_id = %(tenant)s and e.class_id = %(class)s
           and app.is_enrolled(e.status, e.enrollment_date, e.completion_date, %(day)s)
         order by e.student_id, e.status = 'active' desc
    ), marks as (
        select a.* from attendance a
         where a.tenant_id = %(tenant)s and a.class_session_id = %(session)s
    ), away as (
        -- What is known of the day: first what excuses the lesson, then what else is approved.
        select distinct on (x.student_id)
               x.student_id, x.reason, x.starts_on, x.starts_at, x.ends_at, x.source, x.status,
               app.absence_span(x.starts_on, x.ends_on, x.starts_at, x.ends_at)
                   @> (%(day)s + %(start)s) and x.status = 'approved' as excuses
          from absences x
         where x.tenant_id = %(tenant)s and x.status <> 'declined'
           and x.starts_on <= %(day)s and x.ends_on >= %(day)s
         order by x.student_id, excuses desc, x.status = 'approved' desc, x.starts_at
    )
    select coalesce(p.student_id, m.student_id), u.name, p.student_id is not null,
           p.attendance_rate, m.status, coalesce(m.notes, ''), m.updated_at, m.created_at,
           m.recorded_at, coalesce(w.name, r.name), m.minutes_late, coalesce(m.code, ''),
           o.excuses, o.reason, o.starts_on, o.starts_at, o.ends_at, o.source, o.status
      from places p
      full join marks m on m.student_id = p.student_id
      left join users u on u.tenant_id = %(tenant)s
                       and u.id = case when m.student_id is null then p.student_id
                                       else m.student_id end
      left join away o on o.student_id = case when m.student_id is null then p.student_id
                                              else m.student_id end
      left join users w on w.tenant_id = %(tenant)s and w.id = m.recorded_by
      left join app.attendance_recorders r
             on r.tenant_id = %(tenant)s and r.attendance_id = m.id
     where m.id is not null or u.deleted_at is null
     order by u.sort_name, 1
"""

# The marks of all sessions at once: for each session a teacher's set of sessions is sorted anew.
HISTORY_OF_CLASS = """
    with recent as (
        select s.id, s.session_date, s.start_time from class_sessions s
         where s.tenant_id = %(tenant)s and s.class_id = %(class)s and s.status <> 'cancelled'
           and (s.session_date, s.start_time) < (%(day)s, %(start)s)
         order by s.session_date desc, s.start_time desc limit %(limit)s
    ), marks as (
        select a.class_session_id, a.student_id, a.status from attendance a
         where a.tenant_id = %(tenant)s and a.class_session_id = any (array(select id from recent))
    )
    select s.id, s.session_date, m.student_id, m.status from recent s
      left join marks m on m.class_session_id = s.id
     order by s.session_date, s.start_time, s.id
"""

# A session of a class that was not deleted, and the sessions held before and after it. A teacher
# has no row but their own, so their own name is all that a page for them shows of teachers.
MEETING = """
    select s.id, s.class_id, s.session_date, s.start_time, s.end_time, s.status,
           coalesce(s.topic, ''), coalesce(s.notes, ''), c.name, coalesce(t.name, ''),
           before.id, before.session_date, after.id, after.session_date
      from class_sessions s
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id and c.deleted_at is null
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
      left join lateral (
            select o.id, o.session_date from class_sessions o
             where o.tenant_id = s.tenant_id and o.class_id = s.class_id and o.status <> 'cancelled'
               and (o.session_date, o.start_time, o.id) < (s.session_date, s.start_time, s.id)
             order by o.session_date desc, o.start_time desc, o.id desc limit 1) before on true
      left join lateral (
            select o.id, o.session_date from class_sessions o
             where o.tenant_id = s.tenant_id and o.class_id = s.class_id and o.status <> 'cancelled'
               and (o.session_date, o.start_time, o.id) > (s.session_date, s.start_time, s.id)
             order by o.session_date, o.start_time, o.id limit 1) after on true
     where s.tenant_id = %s and s.id = %s
"""


@dataclass(frozen=True)
class Meeting:
    """A session as its register shows it, with the sessions of its class before and after it."""

    pk: UUID
    school_class_id: UUID
    session_date: date
    start_time: time
    end_time: time
    status: str
    topic: str
    notes: str
    class_name: str
    teacher: str  # "": nobody, or not shown
    previous_id: UUID | None
    previous_date: date | None
    next_id: UUID | None
    next_date: date | None


@dataclass(frozen=True)
class Away:
    """An absence on the day of a session, approved or not decided on yet."""

    day: date  # of the session
    excuses: bool  # it is approved, and the session begins in it
    reason: str
    starts_on: date
    starts_at: time | None
    ends_at: time | None
    source: str
    status: str


@dataclass
class Line:
    """One student of a register, with their mark where there is one."""

    student_id: UUID
    name: str
    is_enrolled: bool  # on the day of the session
    rate: Decimal | None  # percent, over all sessions of the class
    status: str | None
    notes: str
    version: datetime | None  # when the mark was last changed, in any way
    created_at: datetime | None
    recorded_at: datetime | None
    recorder: str | None
    minutes_late: int | None = None
    code: str = ""
    away: Away | None = None

    def __post_init__(self) -> None:
        self.name = self.name or _("(name not shown)")

    @property
    def is_changed(self) -> bool:
        """Whether the mark was corrected after it was first taken."""
        return (
            self.recorded_at is not None
            and self.created_at is not None
            and self.recorded_at > self.created_at
        )


@dataclass(frozen=True)
class Taking:
    """Who took or changed a register, and when; `by` is None if unknown."""

    by: str | None
    at: datetime


def meeting(session_id: UUID) -> Meeting:
    """Return the `Meeting` of a session; raises ClassSession.DoesNotExist."""
    with connection.cursor() as cursor:
        cursor.execute(MEETING, [rls.current_tenant_id(), session_id])
        row = cursor.fetchone()
    if row is None:
        raise ClassSession.DoesNotExist
    return Meeting(*row)


def session_for(session_id: UUID) -> ClassSession:
    """Return the session with its class; raises ClassSession.DoesNotExist."""
    return ClassSession.objects.select_related("school_class").get(
        pk=session_id, school_class__deleted_at=None
    )


def roster(session: Meeting) -> list[Line]:
    """Return the `Line`s of a session, by name."""
    return [line_of(session.session_date, *row) for row in _ask(ROSTER, session)]


def line_of(day: date, *row: Any) -> Line:
    """Return the `Line` of a row: its columns in order, those of an absence last."""
    absence = row[-7:]
    line = Line(*row[:-7])
    if absence[0] is not None:
        line.away = Away(day, *absence)
    return line


def taken(lines: Iterable[Line]) -> tuple[Taking | None, Taking | None]:
    """Return (first `Taking`, last change or None) of a register; (None, None): not taken yet."""
    marks = [
        (line.is_changed, line.recorded_at, line.recorder)
        for line in lines
        if line.recorded_at is not None
    ]
    if not marks:
        return None, None
    # A corrected mark no longer says who took it first, so marks without corrections come first.
    _is_changed, taken_at, taken_by = min(marks, key=lambda mark: mark[:2])
    is_changed, changed_at, changed_by = max(marks, key=lambda mark: mark[:2])
    return Taking(taken_by, taken_at), Taking(changed_by, changed_at) if is_changed else None


def history(session: Meeting) -> tuple[list[date], dict[UUID, list[str | None]]]:
    """Return (dates of the class's last sessions, {student id: [status or None, ...]})."""
    days: dict[UUID, date] = {}
    marks: dict[UUID, list[str | None]] = {}
    rows = _ask(HISTORY_OF_CLASS, session, limit=HISTORY)
    for session_id, day, _student, _status in rows:
        days.setdefault(session_id, day)
    places = {session_id: place for place, session_id in enumerate(days)}
    for session_id, _day, student_id, status in rows:
        if student_id is not None:
            line = marks.setdefault(student_id, [None] * len(days))
            line[places[session_id]] = status
    return list(days.values()), marks


def refusal(session: Meeting) -> str | None:
    """Return the sentence that says why this session takes no attendance, or None."""
    if session.status == ClassSession.Status.CANCELLED:
        return _("This session is cancelled and takes no attendance.")
    if session.session_date > today():
        return _("This session is still to come; attendance can be taken on its day.")
    return None


def _ask(sql: str, session: Meeting, **more: Any) -> list[tuple[Any, ...]]:
    values = {
        "tenant": rls.current_tenant_id(),
        "session": session.pk,
        "class": session.school_class_id,
        "day": session.session_date,
        "start": session.start_time,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values | more)
        return cursor.fetchall()
