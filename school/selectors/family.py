"""A family: the students who share guardians, and those guardians (app.family).

Row-level security restricts each query: a teacher gets the students of own classes alone.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from academics.models import Absence, Attendance, DailyAttendance, Enrollment
from core.models import Guardian, Mail, StudentGuardian, User
from core.models.base import TenantQuerySet

MAILS = 10  # the latest
ABSENT_FOR = timedelta(days=30)
ABSENCE_COLUMNS = (
    "tenant", "student", "starts_on", "ends_on", "starts_at", "ends_at", "reason", "status"
)  # fmt: skip


@dataclass
class Contact:
    """A guardian with what they are to each child, in the order in which they are called."""

    guardian: Guardian
    links: list[StudentGuardian] = field(default_factory=list)

    @property
    def is_emergency_contact(self) -> bool:
        return any(link.is_emergency_contact for link in self.links)


@dataclass
class Child:
    """A student of the family; `marks` are their statuses of the day: its own, its lessons'.

    `absences` are those that last, are to come, or were over not long ago.
    """

    student: User
    classes: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)


def children(student: User, day: date | None) -> list[Child]:
    """Return the family's students by name, in five queries; without marks where `day` is None."""
    of_family = RawSQL("users.id = any(app.family(%s))", [student.pk], BooleanField())  # noqa: S611
    people = User.objects.students().filter(of_family)
    by_id = {person.pk: Child(person) for person in people.order_by("sort_name", "id")}
    places = Enrollment.objects.filter(student__in=by_id, status=Enrollment.Status.ACTIVE)
    for student_id, name in places.order_by("school_class__sort_name", "id").values_list(
        "student", "school_class__name"
    ):
        by_id[student_id].classes.append(name)
    if day is None:
        return list(by_id.values())
    _add_absences(by_id, day)
    of_day = DailyAttendance.objects.filter(student__in=by_id, day=day)
    for student_id, status in of_day.values_list("student", "status"):
        by_id[student_id].marks.append(str(Attendance.Status(status).label))
    marks = Attendance.objects.filter(student__in=by_id, class_session__session_date=day)
    for student_id, status in marks.order_by("class_session__start_time", "id").values_list(
        "student", "status"
    ):
        by_id[student_id].marks.append(str(Attendance.Status(status).label))
    return list(by_id.values())


def _add_absences(by_id: dict[UUID, Child], day: date) -> None:
    rows = Absence.objects.filter(student__in=by_id, ends_on__gte=day - ABSENT_FOR)
    visible = rows.exclude(status=Absence.Status.DECLINED).order_by("starts_on", "id")
    # Teachers do not read what the guardian wrote, nor the file.
    for absence in visible.only(*ABSENCE_COLUMNS):
        by_id[absence.student_id].absences.append(absence)


def contacts(students: list[UUID]) -> list[Contact]:
    """Return the guardians of these students, in the order of calling, in one query."""
    links = StudentGuardian.objects.filter(student__in=students)
    by_guardian: dict[UUID, Contact] = {}
    for link in links.select_related("guardian", "student").order_by(
        "call_order", "-is_emergency_contact", "guardian__sort_name", "student__sort_name", "id"
    ):
        contact = by_guardian.setdefault(link.guardian_id, Contact(link.guardian))
        contact.links.append(link)
    return list(by_guardian.values())


def mails(students: list[UUID], contacts: list[Contact]) -> TenantQuerySet[Mail]:
    """Return the latest mails to these students and guardians."""
    addresses = [row.guardian.email for row in contacts if row.guardian.email]
    accounts = [row.guardian.user_id for row in contacts if row.guardian.user_id]
    to_them = Q(recipient__in=[*students, *accounts]) | Q(address__in=addresses)
    return Mail.objects.filter(to_them).order_by("-created_at", "-id")[:MAILS]
