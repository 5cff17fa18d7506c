"""The sessions of a day with their attendance, and who was away.

Row-level security narrows it to a teacher's own classes. Four queries whatever the school's size.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.utils import timezone

from academics import attendance_settings
from academics.models import Attendance, DailyAttendance
from academics.selectors.closed_days import is_closed_sql
from core import rls
from core.defaults import today
from core.models import StudentGuardian, User
from core.models.base import TenantQuerySet

Mark = TypeVar("Mark", Attendance, DailyAttendance)

# Counted for each session by lateral joins: plain joins make the planner read the attendance of all
# years. Without the sessions of cancelled or deleted classes.
SESSIONS = f"""
    select s.id, s.start_time, s.end_time, s.status, c.id, c.name, t.name,
           p.expected, p.blank, a.present, a.absent, a.late, a.excused,
           {is_closed_sql("s.tenant_id", "s.session_date")}
      from class_sessions s
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
     cross join lateral (
           select count(*) filter (where r.status = 'present') as present,
                  count(*) filter (where r.status = 'absent') as absent,
                  count(*) filter (where r.status = 'late') as late,
                  count(*) filter (where r.status = 'excused') as excused
             from attendance r
            where r.tenant_id = s.tenant_id and r.class_session_id = s.id) a
     cross join lateral (
           select count(distinct e.student_id) as expected,
                  count(distinct e.student_id) filter (
                      where not exists (select from attendance r
                                         where r.tenant_id = s.tenant_id
                                           and r.class_session_id = s.id
                                           and r.student_id = e.student_id)) as blank
             from enrollments e
             join users u on u.tenant_id = e.tenant_id and u.id = e.student_id
            where e.tenant_id = s.tenant_id and e.class_id = s.class_id
              and e.enrollment_date <= s.session_date
              and (e.status = 'active' or e.completion_date >= s.session_date)
              and u.deleted_at is null) p
     where s.tenant_id = %s and s.session_date = %s
       and c.deleted_at is null and c.status <> 'cancelled'
     order by s.start_time, c.sort_name, s.id
"""  # noqa: S608

# In order of urgency.
STATES = ["missing", "later", "empty", "closed", "cancelled", "daily", "taken"]


@dataclass
class Meeting:
    """A session of a day; `expected` students belonged to the class then, `blank` have no mark."""

    pk: UUID
    start_time: time
    end_time: time
    status: str
    class_id: UUID
    class_name: str
    teacher: str | None
    expected: int
    blank: int
    present: int
    absent: int
    late: int
    excused: int
    is_closed_day: bool
    state: str = ""
    is_current: bool = False

    @property
    def recorded(self) -> int:
        """How many marks there are."""
        return self.present + self.absent + self.late + self.excused


@dataclass
class Absentee:
    """A student who was absent on a day: what was missed, and the guardians to call."""

    student_id: UUID
    name: str
    day_mark: DailyAttendance | None = None  # of the day's register
    missed: list[Attendance] = field(default_factory=list)
    guardians: list[StudentGuardian] = field(default_factory=list)

    @property
    def is_excused(self) -> bool:
        marks: list[Attendance | DailyAttendance] = [*self.missed]
        if self.day_mark is not None:
            marks.append(self.day_mark)
        return all(mark.status == Attendance.Status.EXCUSED for mark in marks)


def meetings(day: date) -> list[Meeting]:
    """Return the day's `Meeting`s in order of time, each with its state."""
    with connection.cursor() as cursor:
        cursor.execute(SESSIONS, [rls.current_tenant_id(), day])
        sessions = [Meeting(*row) for row in cursor.fetchall()]
    in_classes = attendance_settings.takes_in_classes()
    for meeting in sessions:
        meeting.state = state(meeting, clock(day), in_classes=in_classes)
        meeting.is_current = day == today() and meeting.start_time <= clock(day) <= meeting.end_time
    return sessions


def clock(day: date) -> time:
    """Return the time at the school on a day: the first for a coming, the last for a past day."""
    if day == today():
        return timezone.localtime().time()
    return time.max if day < today() else time.min


def state(meeting: Meeting, now: time, *, in_classes: bool = True) -> str:
    """Return one of STATES.

    Attendance is missing only if students are expected and the session has begun, at a school that
    takes it in classes (`in_classes`).
    """
    if meeting.status == "cancelled":
        return "cancelled"
    if meeting.recorded:
        return "taken"
    if meeting.is_closed_day:
        return "closed"
    if not meeting.expected:
        return "empty"
    if not in_classes:
        return "daily"
    return "missing" if meeting.start_time <= now else "later"


def absentees(day: date) -> list[Absentee]:
    """Return the day's `Absentee`s: those without an excuse first, then by name.

    Each once, whether the day's register says it, those of lessons, or both.
    """
    by_student: dict[UUID, Absentee] = {}
    names: dict[UUID, str] = {}

    def absentee(student: User) -> Absentee:
        names[student.pk] = student.sort_name
        return by_student.setdefault(student.pk, Absentee(student.pk, student.name))

    for day_mark in _missing(DailyAttendance.objects.filter(day=day)):
        absentee(day_mark.student).day_mark = day_mark
    for mark in _missed_lessons(day):
        absentee(mark.student).missed.append(mark)
    for student_id, guardians in _guardians(list(by_student)).items():
        by_student[student_id].guardians = guardians
    return sorted(
        by_student.values(), key=lambda row: (row.is_excused, names[row.student_id], row.student_id)
    )


def _missed_lessons(day: date) -> TenantQuerySet[Attendance]:
    marks = _missing(Attendance.objects.filter(class_session__session_date=day))
    return (
        marks.exclude(class_session__status="cancelled")
        .select_related("class_session__school_class")
        .order_by("class_session__start_time")
    )


def _missing(marks: TenantQuerySet[Mark]) -> TenantQuerySet[Mark]:
    away = [Attendance.Status.ABSENT, Attendance.Status.EXCUSED]
    return marks.filter(status__in=away).select_related("student")


def _guardians(student_ids: Iterable[UUID]) -> dict[UUID, list[StudentGuardian]]:
    """Return {student id: [StudentGuardian with a phone, emergency contacts first]}."""
    by_student: dict[UUID, list[StudentGuardian]] = defaultdict(list)
    links = (
        StudentGuardian.objects.filter(student__in=student_ids)
        .exclude(guardian__phone=None)
        .select_related("guardian")
        .order_by("call_order", "-is_emergency_contact", "created_at", "id")
    )
    for link in links:
        by_student[link.student_id].append(link)
    return by_student
