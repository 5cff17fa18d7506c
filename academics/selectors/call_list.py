"""Students who are missing on a day without anybody knowing why, and whom to call about them.

Four queries, whatever the school's size.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from uuid import UUID

from django.db import connection

from academics.models import AbsenceCall
from core import rls
from core.models import StudentGuardian

# Marked absent, and nothing known: neither approved, nor reported and not decided on yet.
MISSING = """
    with marks as (
        select a.student_id, s.id as session_id, s.start_time, c.name as class_name,
               s.session_date + s.start_time as moment
          from class_sessions s
          join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
          join attendance a on a.tenant_id = s.tenant_id and a.class_session_id = s.id
         where s.tenant_id = %(tenant)s and s.session_date = %(day)s and s.status <> 'cancelled'
           and a.status = 'absent'
         union all
        select d.student_id, null, null, null, d.day + app.daily_register_time(%(tenant)s)
          from daily_attendance d
         where d.tenant_id = %(tenant)s and d.day = %(day)s and d.status = 'absent'
    )
    select m.student_id, u.name, m.session_id, m.start_time, m.class_name
      from marks m
      join users u on u.tenant_id = %(tenant)s and u.id = m.student_id
     where u.deleted_at is null and u.status = 'active'
       and not exists (
           select from absences x
            where x.tenant_id = %(tenant)s and x.student_id = m.student_id
              and x.status <> 'declined' and %(day)s between x.starts_on and x.ends_on
              and app.absence_span(x.starts_on, x.ends_on, x.starts_at, x.ends_at) @> m.moment)
     order by u.sort_name, m.student_id, m.start_time nulls first, m.session_id
"""


@dataclass(frozen=True)
class Lesson:
    """A lesson that was missed."""

    session_id: UUID
    start_time: time
    class_name: str


@dataclass
class Missing:
    """A student to call about: what was missed, the family's numbers, the calls so far.

    Listed once, whether the day's register says it, those of lessons, or both.
    """

    student_id: UUID
    name: str
    is_day_missed: bool = False  # by the day's register
    lessons: list[Lesson] = field(default_factory=list)
    guardians: list[StudentGuardian] = field(default_factory=list)
    calls: list[AbsenceCall] = field(default_factory=list)

    @property
    def is_spoken_to(self) -> bool:
        """Whether somebody was reached, so that nobody needs to call again."""
        return any(call.outcome != AbsenceCall.Outcome.NO_ANSWER for call in self.calls)


def missing_on(day: date) -> list[Missing]:
    """Return whom to call about, by name; those about whom somebody was reached come last."""
    students: dict[UUID, Missing] = {}
    with connection.cursor() as cursor:
        cursor.execute(MISSING, {"tenant": rls.current_tenant_id(), "day": day})
        for student_id, name, *lesson in cursor.fetchall():
            row = students.setdefault(student_id, Missing(student_id, name))
            if lesson[0] is None:
                row.is_day_missed = True
            else:
                row.lessons.append(Lesson(*lesson))
    for link in _links(students):
        students[link.student_id].guardians.append(link)
    for call in calls_on(day):
        if call.student_id in students:
            students[call.student_id].calls.append(call)
    return sorted(students.values(), key=lambda row: row.is_spoken_to)


def calls_on(day: date) -> list[AbsenceCall]:
    """Return the calls about a day, the first one first."""
    rows = AbsenceCall.objects.filter(day=day).select_related("student", "recorded_by")
    return list(rows.order_by("created_at", "id"))


def _links(student_ids: Iterable[UUID]) -> list[StudentGuardian]:
    rows = StudentGuardian.objects.filter(student__in=list(student_ids)).select_related("guardian")
    return list(rows.order_by("call_order", "-is_emergency_contact", "created_at", "id"))
