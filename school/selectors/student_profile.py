"""The data of a student's profile; each function makes one query, whatever the number of rows.

Row-level security restricts it: a teacher gets the rows of their own classes.
"""

import calendar
from datetime import date, timedelta

from django.db.models import (
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
)
from django.db.models.expressions import RawSQL

from academics.models import (
    Assignment,
    Attendance,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
    WaitlistEntry,
)
from academics.models.enrollment import EnrollmentQuerySet
from academics.models.waitlist_entry import WaitlistQuerySet
from core.models import AuditLog, StudentGuardian, User
from core.models.base import TenantQuerySet
from finance.models import Invoice

GRADES = 60  # the latest, in table and chart
MISSING = 50
INVOICES = 50
TRAIL = 20  # entries a page
MATCHES = 50  # students that a search shows at most
# The mark of a day with several sessions is the first of these.
SEVERITY = [
    Attendance.Status.ABSENT,
    Attendance.Status.LATE,
    Attendance.Status.EXCUSED,
    Attendance.Status.PRESENT,
]
# The rows of a student: kind in the audit trail, and the query of their ids.
TRAIL_ROWS = """
select l.id from (
    select 'user' as kind, %(student)s::uuid as id
    union all select 'student_guardian', id from student_guardians where {own}
    union all select 'enrollment', id from enrollments where {own}
    union all select 'waitlist_entry', id from waitlist_entries where {own}
    union all select 'attendance', id from attendance where {own}
    union all select 'submission', id from submissions where {own}
    union all select 'grade', id from grades where {own}
    union all select 'invoice', id from invoices where {own}
    union all select 'payment', id from payments where {own}
) r
  join audit_logs l on l.tenant_id = app.tenant_id() and l.resource_type = r.kind
                   and l.resource_id = r.id
 order by l.timestamp desc, l.id desc limit %(limit)s offset %(offset)s
""".format(own="tenant_id = app.tenant_id() and student_id = %(student)s")  # noqa: S608


def guardians(student: User) -> TenantQuerySet[StudentGuardian]:
    """Return the links to the student's guardians, emergency contacts first."""
    return StudentGuardian.objects.filter(student=student).select_related("guardian")


def enrollments(student: User) -> EnrollmentQuerySet:
    """Return the student's enrollments, the latest term first; dropped ones last in it."""
    return (
        Enrollment.objects.filter(student=student)
        .select_related("school_class__teacher", "school_class__term__academic_year")
        .order_by(
            F("school_class__term__start_date").desc(nulls_last=True),
            "status",  # active, completed, dropped
            "school_class__name",
            "id",
        )
    )


def attendance(student: User, first: date, last: date) -> TenantQuerySet[Attendance]:
    """Return the student's attendance on the days from `first` to `last`, in order."""
    return (
        Attendance.objects.filter(student=student, class_session__session_date__range=(first, last))
        .select_related("class_session__school_class")
        .order_by("class_session__session_date", "class_session__start_time", "id")
    )


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


def grades(student: User) -> list[Grade]:
    """Return the latest grades with `percent` and `day` (when the work was due), newest first."""
    percent = ExpressionWrapper(
        100.0 * F("score") / F("assignment__max_score"), output_field=FloatField()
    )
    return list(
        Grade.objects.filter(student=student)
        .select_related("assignment__school_class")
        .annotate(percent=percent, day=F("assignment__due_date"))
        .order_by("-assignment__due_date", "-id")[:GRADES]
    )


def missing_work(student: User, today: date) -> list[Assignment]:
    """Return assignments past their due date without anything handed in, a grade or an excuse."""
    enrolled = Enrollment.objects.active().filter(
        student=student,
        school_class=OuterRef("school_class"),
        enrollment_date__lte=OuterRef("due_date"),
    )
    of_student = {"student": student, "assignment": OuterRef("pk")}
    graded = Grade.objects.filter(Q(excused=True) | Q(score__isnull=False), **of_student)
    # An empty submission was made by the gradebook for a grade.
    handed_in = Submission.objects.filter(**of_student).filter(
        Q(content__isnull=False) | Q(attachments__isnull=False) | Q(files__isnull=False)
    )
    return list(
        Assignment.objects.filter(
            Exists(enrolled), ~Exists(graded), ~Exists(handed_in), due_date__lt=today
        )
        .filter(school_class__status=SchoolClass.Status.ACTIVE)
        .select_related("school_class")
        .order_by("-due_date", "-id")[:MISSING]
    )


def waitlist_places(student: User) -> WaitlistQuerySet:
    """Return the student's places in queues that still move, each with `place` (1 is next)."""
    place = RawSQL('app.waitlist_place("waitlist_entries"."id")', [])
    return (
        WaitlistEntry.objects.waiting()
        .filter(student=student)
        .select_related("school_class")
        .annotate(place=place)
    )


def invoices(student: User) -> list[Invoice]:
    """Return the latest invoices, each with `balance`; a cancelled one has none."""
    rows = Invoice.objects.for_student(student).with_balance()
    return list(rows.order_by("-issue_date", "-id")[:INVOICES])


def trail(student: User, page: int) -> tuple[list[AuditLog], bool]:
    """Return (audit entries of the student's rows, newest first; whether there are more)."""
    params = {"student": str(student.pk), "limit": TRAIL + 1, "offset": (page - 1) * TRAIL}
    ids = [row.pk for row in AuditLog.objects.raw(TRAIL_ROWS, params)]
    entries = AuditLog.objects.filter(pk__in=ids[:TRAIL]).select_related("user")
    return list(entries.order_by("-timestamp", "-id")), len(ids) > TRAIL


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
