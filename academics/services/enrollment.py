"""Enrolling at the desk: many at once, moving, dropping, waiting.

Every function is one transaction (a savepoint inside a request's). The database decides about
seats: classes are locked in the order of their ids, a full class refuses, and a seat that is
given up goes to the first who waits (academics/sql/waitlist.sql).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from academics import enrolling
from academics.models import Enrollment, SchoolClass, WaitlistEntry
from academics.models.enrollment import EnrollmentQuerySet
from core.defaults import today
from core.models import User


class Refused(Exception):
    """A request cannot be carried out; the message says why."""


@dataclass
class Outcome:
    """The outcome for each student."""

    enrolled: list[User] = field(default_factory=list)
    waiting: list[User] = field(default_factory=list)
    already: list[User] = field(default_factory=list)
    without_seat: list[User] = field(default_factory=list)
    # What followed from it elsewhere, in sentences.
    notes: list[str] = field(default_factory=list)


def lock(*classes: SchoolClass | UUID) -> dict[UUID, SchoolClass]:
    """Lock these classes until the transaction ends; return them as {id: fresh SchoolClass}.

    In the order of their ids, like every trigger, so that two desks cannot wait for each other.
    Raises `Refused` when one is gone.
    """
    ids = {each if isinstance(each, UUID) else each.pk for each in classes}
    # "no_key": a plain FOR UPDATE would wait for everything that refers to the class.
    rows = SchoolClass.objects.select_for_update(no_key=True, of=("self",)).order_by("id")
    locked = {row.pk: row for row in rows.filter(pk__in=ids)}
    if locked.keys() != ids:
        raise Refused(_("This class was deleted meanwhile; nothing was changed."))
    return locked


@transaction.atomic
def enroll(
    *,
    school_class: SchoolClass,
    students: Iterable[User],
    waitlist: bool = False,
    day: date | None = None,
) -> Outcome:
    """Enroll students (in their order) as far as there are seats; return an `Outcome`.

    Students without a seat join the waitlist if `waitlist`, else they are listed. Students who are
    enrolled or waiting already stay so. Raises `Refused` if the class is not active.
    """
    row = lock(school_class)[school_class.pk]
    if row.status != SchoolClass.Status.ACTIVE:
        raise Refused(_("%(name)s is not active and takes no students.") % {"name": row})
    outcome = Outcome()
    taken = set(_active(row).values_list("student_id", flat=True))
    queue = row.waitlist.waiting().filter(student__status=User.Status.ACTIVE)
    queued = set(queue.values_list("student_id", flat=True))
    # A free seat belongs to the waitlist first.
    free = row.seats_left if not queued else 0
    new: list[User] = []
    late: list[User] = []
    for student in dict.fromkeys(students):
        if student.pk in taken or student.pk in queued:
            outcome.already.append(student)
        elif free > len(new):
            new.append(student)
        else:
            late.append(student)
    Enrollment.objects.bulk_create(
        Enrollment(school_class=row, student=student, enrollment_date=day or today())
        for student in new
    )
    # One by one: each gets the next place in the queue.
    for student in late if waitlist else ():
        WaitlistEntry.objects.create(school_class=row, student=student)
    outcome.waiting, outcome.without_seat = (late, []) if waitlist else ([], late)
    outcome.enrolled = new
    outcome.notes = enrolling.follow_up(row, [student.pk for student in new])
    return outcome


@transaction.atomic
def drop(*, enrollment: Enrollment, day: date | None = None) -> User | None:
    """Drop an active enrollment; return who got the seat (a `User`), or None.

    Raises `Refused` when it is not active any more, or gone.
    """
    lock(enrollment.school_class_id)
    row = _fresh(enrollment)
    if row.status != Enrollment.Status.ACTIVE:
        raise Refused(_("This enrollment is not active any more."))
    before = _newest_taken_in(row.school_class_id)
    row.status = Enrollment.Status.DROPPED
    row.completion_date = max(day or today(), row.enrollment_date)
    row.save(update_fields=["status", "completion_date"])
    successor = next(iter(_newest_taken_in(row.school_class_id, but=before)), None)
    if successor is not None:
        enrolling.follow_up(row.school_class, [successor.pk])
    return successor


@transaction.atomic
def undo_drop(*, enrollment: Enrollment) -> None:
    """Make a dropped enrollment active again, if there is a seat.

    Raises `Refused` when the class is full, the student is enrolled again already, or it is gone.
    """
    school_class = lock(enrollment.school_class_id)[enrollment.school_class_id]
    row = _fresh(enrollment)
    if row.status != Enrollment.Status.DROPPED:
        raise Refused(_("This enrollment is not dropped."))
    if _active(school_class).filter(student_id=row.student_id).exists():
        raise Refused(_("The student is enrolled in this class again already."))
    if school_class.seats_left < 1:
        raise Refused(
            _("%(name)s is full now; the student can wait for a seat.") % {"name": school_class}
        )
    row.status = Enrollment.Status.ACTIVE
    row.completion_date = None
    row.save(update_fields=["status", "completion_date"])


@transaction.atomic
def move(
    *, enrollment: Enrollment, to: SchoolClass, waitlist: bool = False, day: date | None = None
) -> Outcome:
    """Move an active enrollment to another class; return an `Outcome` of one.

    The old place is dropped and a new one made, so that attendance and grades stay where they were
    earned. When the other class is full: with `waitlist` the student keeps the old place and waits
    for the new one; else `Refused` is raised.
    """
    if to.pk == enrollment.school_class_id:
        raise Refused(_("The student is in this class already."))
    lock(enrollment.school_class_id, to.pk)
    if _active(to).filter(student_id=enrollment.student_id).exists():
        raise Refused(_("The student is enrolled in %(name)s already.") % {"name": to})
    outcome = enroll(school_class=to, students=[enrollment.student], waitlist=waitlist, day=day)
    if outcome.without_seat:
        raise Refused(_("%(name)s is full.") % {"name": to})
    if outcome.enrolled:
        drop(enrollment=enrollment, day=day)
    return outcome


@transaction.atomic
def withdraw(*, entry: WaitlistEntry) -> None:
    """Take somebody off the waitlist; raises `Refused` when they do not wait any more."""
    lock(entry.school_class_id)
    changed = WaitlistEntry.objects.filter(pk=entry.pk, status=WaitlistEntry.Status.WAITING).update(
        status=WaitlistEntry.Status.WITHDRAWN
    )
    if not changed:
        raise Refused(_("This student does not wait any more."))


def _fresh(enrollment: Enrollment) -> Enrollment:
    """Return the enrollment as it is now, locked; raises `Refused` when it is gone."""
    rows = Enrollment.objects.select_for_update(no_key=True, of=("self",))
    row = rows.filter(pk=enrollment.pk).first()
    if row is None:
        raise Refused(_("This enrollment was deleted meanwhile; nothing was changed."))
    return row


def _active(school_class: SchoolClass) -> EnrollmentQuerySet:
    return Enrollment.objects.active().filter(school_class=school_class)


def _newest_taken_in(class_id: UUID, but: Iterable[User] = ()) -> list[User]:
    """Return students who got a seat from the waitlist, without those of an earlier result."""
    entries = WaitlistEntry.objects.filter(
        school_class_id=class_id, status=WaitlistEntry.Status.ENROLLED
    ).select_related("student")
    known = {student.pk for student in but}
    return [entry.student for entry in entries if entry.student_id not in known]
