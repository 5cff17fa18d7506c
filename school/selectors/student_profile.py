"""The data of a student's profile; each function makes one query, whatever the number of rows.

Row-level security restricts it: a teacher gets the rows of their own classes.
"""

import calendar
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from academics.models import Absence, Application, Attendance, Enrollment, SchoolClass
from academics.selectors import absences as absence_selectors
from academics.selectors import applications as application_selectors
from core import rls
from core.composed import composed
from core.defaults import today
from core.models import AuditLog, StudentGuardian, User
from core.models.base import TenantQuerySet
from core.models.user import UserQuerySet
from finance.models import Invoice
from finance.models.invoice import InvoiceQuerySet
from finance.selectors import balances

Made = TypeVar("Made")

GRADES = 60  # the latest, in table and chart
MISSING = 50
INVOICES = 50
ABSENCES = 10  # the latest
TRAIL = 20  # entries a page
# The mark of a day with several sessions is the first of these.
SEVERITY = [
    Attendance.Status.ABSENT,
    Attendance.Status.LATE,
    Attendance.Status.EXCUSED,
    Attendance.Status.PRESENT,
]

GUARDIANS = """
    select g.id, g.name, l.relation, l.is_emergency_contact, l.has_custody, l.may_pick_up,
           l.portal_access and g.user_id is not null, coalesce(g.phone, ''),
           coalesce(g.other_phone, ''), coalesce(g.email, '')
      from student_guardians l
      join guardians g on g.tenant_id = l.tenant_id and g.id = l.guardian_id
     where l.tenant_id = %(tenant)s and l.student_id = %(student)s
     order by l.call_order, l.is_emergency_contact desc, l.created_at, l.id
"""

PLACES = """
    select c.id, c.name, coalesce(c.code, ''), t.name, e.status, e.attendance_rate,
           e.current_grade, m.name, y.name,
           app.is_held(c.status, c.start_date, coalesce(c.end_date, m.end_date), %(today)s),
           case when c.status = 'active' and c.start_date > %(today)s then c.start_date end
      from enrollments e
      join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
      left join users t on t.tenant_id = c.tenant_id and t.id = c.teacher_id
      left join terms m on m.tenant_id = c.tenant_id and m.id = c.term_id
      left join academic_years y on y.tenant_id = m.tenant_id and y.id = m.academic_year_id
     where e.tenant_id = %(tenant)s and e.student_id = %(student)s
     order by m.start_date desc nulls last, e.status, c.name, e.id
"""

MARKS = """
    select s.id, s.session_date, s.start_time, a.status, coalesce(a.notes, ''),
           c.id, c.name, coalesce(c.code, ''), c.sort_name
      from attendance a
      join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
      join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
     where a.tenant_id = %(tenant)s and a.student_id = %(student)s
       and s.session_date between %(first)s and %(last)s
     order by s.session_date, s.start_time, a.id
"""

DAY_MARKS = """
    select a.day, a.status, coalesce(a.notes, '') from daily_attendance a
     where a.tenant_id = %(tenant)s and a.student_id = %(student)s
       and a.day between %(first)s and %(last)s
     order by a.day
"""

RESULTS = """
    select w.title, c.name, w.due_date, g.excused, g.score, w.max_score,
           (100.0 * g.score / w.max_score)::float8, g.grade
      from grades g
      join assignments w on w.tenant_id = g.tenant_id and w.id = g.assignment_id
      join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
     where g.tenant_id = %(tenant)s and g.student_id = %(student)s
     order by w.due_date desc, g.id desc limit %(limit)s
"""

# An empty submission was made by the gradebook for a grade.
MISSING_WORK = """
    select w.id, w.title, c.name, w.due_date
      from enrollments e
      join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id and c.status = 'active'
      join assignments w on w.tenant_id = e.tenant_id and w.class_id = e.class_id
     where e.tenant_id = %(tenant)s and e.student_id = %(student)s and e.status = 'active'
       and w.due_date between e.enrollment_date and %(today)s - 1
       and not exists (select from grades g
                        where g.tenant_id = w.tenant_id and g.assignment_id = w.id
                          and g.student_id = e.student_id
                          and (g.excused or g.score is not null))
       and not exists (select from submissions s
                        where s.tenant_id = w.tenant_id and s.assignment_id = w.id
                          and s.student_id = e.student_id
                          and (s.content is not null or s.attachments is not null
                               or exists (select from attachment_files f
                                           where f.tenant_id = s.tenant_id
                                             and f.submission_id = s.id)))
     order by w.due_date desc, w.id desc limit %(limit)s
"""

WAITING = """
    select c.name, coalesce(c.code, ''), app.waitlist_place(w.id), w.queued_at
      from waitlist_entries w
      join classes c on c.tenant_id = w.tenant_id and c.id = w.class_id
     where w.tenant_id = %(tenant)s and w.student_id = %(student)s and w.status = 'waiting'
     order by w.queued_at, w.id
"""

# The trail of a student's rows: by kind, and the query of their ids.
TRAIL_ENTRIES = """
    select l.*, p.name as user_name from (
        select l.id from (
            select 'user' as kind, %(student)s::uuid as id
            union all select 'student_guardian', id from student_guardians where {own}
            union all select 'enrollment', id from enrollments where {own}
            union all select 'waitlist_entry', id from waitlist_entries where {own}
            union all select 'attendance', id from attendance where {own}
            union all select 'daily_attendance', id from daily_attendance where {own}
            union all select 'absence', id from absences where {own}
            union all select 'absence_call', id from absence_calls where {own}
            union all select 'application', id from applications where {own}
            union all select 'submission', id from submissions where {own}
            union all select 'grade', id from grades where {own}
            union all select 'invoice', id from invoices where {own}
            union all select 'payment', id from payments where {own}
        ) r
          join audit_logs l on l.tenant_id = app.tenant_id() and l.resource_type = r.kind
                           and l.resource_id = r.id
         order by l.timestamp desc, l.id desc limit %(limit)s offset %(offset)s
    ) page
      join audit_logs l on l.tenant_id = app.tenant_id() and l.id = page.id
      left join users p on p.tenant_id = l.tenant_id and p.id = l.user_id
     order by l.timestamp desc, l.id desc
""".format(own="tenant_id = app.tenant_id() and student_id = %(student)s")  # noqa: S608


class Guardian(NamedTuple):
    """A guardian of the student."""

    pk: UUID
    name: str
    relation: str
    is_emergency_contact: bool
    has_custody: bool
    may_pick_up: bool
    sees_the_pages: bool
    phone: str
    other_phone: str
    email: str

    @property
    def relation_label(self) -> str:
        return str(StudentGuardian.Relation(self.relation).label)


class Place(NamedTuple):
    """The student's place in a class."""

    class_id: UUID
    class_name: str
    class_code: str
    teacher: str | None
    status: str
    attendance_rate: Decimal | None  # percent
    grade: str | None
    term: str | None
    year: str | None
    is_held: bool  # today
    coming_from: date | None  # the first day of a class that has not begun

    @property
    def is_active(self) -> bool:
        return self.status == Enrollment.Status.ACTIVE

    @property
    def status_label(self) -> str:
        return str(Enrollment.Status(self.status).label)

    @property
    def of_class(self) -> str:
        return named(self.class_name, self.class_code)


class Mark(NamedTuple):
    """The student's attendance at a session."""

    session_id: UUID
    day: date
    start_time: time
    status: str
    notes: str
    class_id: UUID
    class_name: str
    class_code: str
    class_sort_name: str

    @property
    def status_label(self) -> str:
        return str(Attendance.Status(self.status).label)

    @property
    def of_class(self) -> str:
        return named(self.class_name, self.class_code)


class DayMark(NamedTuple):
    """The student's attendance of a day."""

    day: date
    status: str
    notes: str

    @property
    def status_label(self) -> str:
        return str(Attendance.Status(self.status).label)


class Result(NamedTuple):
    """A grade of the student."""

    title: str
    class_name: str
    day: date  # when the work was due
    excused: bool
    score: Decimal | None
    max_score: int | None
    percent: float | None
    grade: str | None


class Missing(NamedTuple):
    """An assignment past its due date without anything handed in, a grade or an excuse."""

    pk: UUID
    title: str
    class_name: str
    due_date: date


class Waiting(NamedTuple):
    """The student's place in a queue that still moves; 1 is next."""

    class_name: str
    class_code: str
    place: int
    since: datetime

    @property
    def of_class(self) -> str:
        return named(self.class_name, self.class_code)


def named(name: str, code: str) -> str:
    """Return what a class is called (as str() of the model)."""
    return f"{name} ({code})" if code else name


def _rows(made: Callable[..., Made], sql: str, student: User, **values: Any) -> list[Made]:
    """Return what `made` makes of the columns of each row."""
    values |= {"tenant": rls.current_tenant_id(), "student": student.pk}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [made(*row) for row in cursor.fetchall()]


def student(student_id: UUID) -> User | None:
    """Return a student whom whoever is asking may see."""
    return next(iter(_students(student_id)), None)


@composed
def _students(student_id: UUID) -> UserQuerySet:
    people = User.objects.students().select_related("year_group", "homeroom")
    return people.filter(pk=student_id)


@composed
def absences(student: UUID) -> TenantQuerySet[Absence]:
    """Return the student's latest absences, the latest first."""
    return absence_selectors.of_student(student)[:ABSENCES]


@composed
def applications(student: UUID) -> TenantQuerySet[Application]:
    """Return the applications by which the student came to the school, the latest first."""
    return application_selectors.of_student(student)


def guardians(student: User) -> list[Guardian]:
    """Return the student's guardians in the order of calling."""
    return _rows(Guardian, GUARDIANS, student)


def places(student: User) -> list[Place]:
    """Return the student's enrollments, the latest term first; dropped ones last in it."""
    return _rows(Place, PLACES, student, today=today())


def attendance(student: User, first: date, last: date) -> list[Mark]:
    """Return the student's attendance on the days from `first` to `last`, in order."""
    return _rows(Mark, MARKS, student, first=first, last=last)


def daily_attendance(student: User, first: date, last: date) -> list[DayMark]:
    """Return what the registers of the days from `first` to `last` say, in order."""
    return _rows(DayMark, DAY_MARKS, student, first=first, last=last)


def months(first: date, last: date) -> list[tuple[date, list[list[date | None]]]]:
    """Return [(first of the month, weeks)]; a week is seven days, None outside of the term."""
    grid = calendar.Calendar()
    result, month = [], first.replace(day=1)
    while month <= last:
        weeks = [
            [day if day.month == month.month and first <= day <= last else None for day in week]
            for week in grid.monthdatescalendar(month.year, month.month)
        ]
        result.append((month, [week for week in weeks if any(week)]))
        month = (month + timedelta(days=32)).replace(day=1)
    return result


def grades(student: User) -> list[Result]:
    """Return the latest grades, newest first."""
    return _rows(Result, RESULTS, student, limit=GRADES)


def missing_work(student: User, today: date) -> list[Missing]:
    """Return the student's missing work, the latest first."""
    return _rows(Missing, MISSING_WORK, student, today=today, limit=MISSING)


def waitlist_places(student: User) -> list[Waiting]:
    """Return the student's places in queues, the longest wait first."""
    return _rows(Waiting, WAITING, student)


@composed
def invoices(student: UUID) -> InvoiceQuerySet:
    """Return the latest invoices."""
    return Invoice.objects.filter(student=student).order_by("-issue_date", "-id")[:INVOICES]


def still_to_pay(student: UUID, day: date) -> list[dict[str, Any]]:
    """Return what balances.still_to_pay has of the student's invoices."""
    return sorted(_still_to_pay(student, day), key=itemgetter("currency"))


@composed
def _still_to_pay(student: UUID, day: date) -> QuerySet:
    return balances.by_currency(Invoice.objects.filter(student=student), day)


def trail(student: User, page: int) -> tuple[list[AuditLog], bool]:
    """Return (audit entries of the student's rows, newest first; whether there are more).

    Each has `user_name`, None for the system.
    """
    values = {"student": str(student.pk), "limit": TRAIL + 1, "offset": (page - 1) * TRAIL}
    entries = list(AuditLog.objects.raw(TRAIL_ENTRIES, values))
    return entries[:TRAIL], len(entries) > TRAIL


def neighbours(student: User, school_class: SchoolClass) -> tuple[User | None, User | None]:
    """Return (the previous, the next) student in a class by name; None at an end."""
    enrolled = Enrollment.objects.filter(school_class=school_class).exclude(
        status=Enrollment.Status.DROPPED
    )
    people = list(
        User.objects.students()
        .filter(pk__in=enrolled.values("student_id"))
        .order_by("sort_name", "id")
        .only("id", "name", "tenant_id")
    )
    places = [
        place for place, student_of_class in enumerate(people) if student_of_class.pk == student.pk
    ]
    if not places:
        return None, None
    place = places[0]
    before = people[place - 1] if place else None
    return before, people[place + 1] if place + 1 < len(people) else None
