"""A student leaves the school, and may come back: one step, all of it or nothing.

Money, marks and grades stay as they are. When and why somebody left stands in their record.
"""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from academics.models import Absence, WaitlistEntry
from academics.models.absence import AbsenceQuerySet
from academics.models.waitlist_entry import WaitlistQuerySet
from academics.services import leaving as places
from core.models import User
from core.models.user import UserQuerySet
from finance.models import Invoice

# Keys of a person's record (users.metadata).
EXIT_DATE, EXIT_REASON = "exit_date", "exit_reason"


def consequences(students: Collection[User], day: date, *, with_money: bool = True) -> list[str]:
    """Return sentences that say what leaving on a day brings about, beside the sign-in.

    `with_money`: also what is still to pay, which not everybody may see.
    """
    owing = _owing(students) if with_money else []
    return [*places.consequences(students), *_ending(students, day), *owing]


def _ending(students: Collection[User], day: date) -> list[str]:
    sentences = []
    if absences := _absences_after(students, day).count():
        text = ngettext(
            "%(n)d absence lasts beyond that day and ends with it.",
            "%(n)d absences last beyond that day and end with it.",
            absences,
        )
        sentences.append(text % {"n": absences})
    if waiting := _waiting(students).count():
        text = ngettext(
            "%(n)d place on a waitlist is given up.",
            "%(n)d places on waitlists are given up.",
            waiting,
        )
        sentences.append(text % {"n": waiting})
    return sentences


def _owing(students: Collection[User]) -> list[str]:
    rows = Invoice.objects.open().filter(student__in=students).select_related("student")
    text = _("Still to pay, and to be paid afterwards: %(name)s, invoice %(number)s, %(sum)s")
    return [
        text
        % {
            "name": row.student,
            "number": row.invoice_number,
            "sum": f"{row.balance:,} {row.currency}",
        }
        for row in rows.order_by("student__sort_name", "due_date", "id")
    ]


@transaction.atomic
def leave(*, students: Sequence[User], day: date, reason: str) -> list[str]:
    """Let students leave on a day, today or before; return what became of it, as sentences."""
    rows = list(_locked([student.pk for student in students]))
    for row in rows:
        row.metadata = (row.metadata or {}) | {EXIT_DATE: day.isoformat(), EXIT_REASON: reason}
        row.status = User.Status.ARCHIVED
        row.save(update_fields=["metadata", "status"])
    later = _absences_after(rows, day)
    later.filter(starts_on__gt=day).delete()
    later.update(ends_on=day)
    _waiting(rows).update(status=WaitlistEntry.Status.WITHDRAWN)
    text = ngettext("%(n)d student has left.", "%(n)d students have left.", len(rows))
    return [text % {"n": len(rows)}, *places.end(rows, day)]


@transaction.atomic
def come_back(student: User) -> None:
    """Take a leaving back; places in classes are given anew at the enrollment desks."""
    for row in _locked([student.pk]):
        kept = row.metadata or {}
        row.metadata = {
            key: value for key, value in kept.items() if key not in (EXIT_DATE, EXIT_REASON)
        }
        row.status = User.Status.ACTIVE
        row.save(update_fields=["metadata", "status"])


def _locked(ids: Collection[object]) -> UserQuerySet:
    people = User.objects.students().filter(pk__in=ids)
    return people.select_for_update(no_key=True, of=("self",)).order_by("id")


def _absences_after(students: Collection[User], day: date) -> AbsenceQuerySet:
    rows = Absence.objects.filter(student__in=students, ends_on__gt=day)
    return rows.exclude(status=Absence.Status.DECLINED)


def _waiting(students: Collection[User]) -> WaitlistQuerySet:
    return WaitlistEntry.objects.filter(student__in=students, status=WaitlistEntry.Status.WAITING)
