"""Erasing what is personal of students who left the school long ago; there is no way back.

What books need stays (invoices, payments, and the name on them), and so do the school's figures:
places in classes, marks and points, of somebody without a name. The audit trail has each change,
with what was there before, until its own time is over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, Model, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.models import (
    Absence,
    AbsenceCall,
    Application,
    AttachmentFile,
    Attendance,
    DailyAttendance,
    Enrollment,
    Grade,
    StudentMerge,
    Submission,
)
from core import retained
from core.defaults import today
from core.models import Guardian, StudentGuardian, User
from core.models.user import PLACEHOLDER_DOMAIN, UserQuerySet
from core.services import photos
from finance.models import Invoice, Payment
from oneroster.models import SourcedRecord
from school.services.leaving import EXIT_DATE

MOST = 200  # students at once
NO_REASON = "–"  # an absence wants one

KEPT = retained.register(
    retained.Kind(
        key="kept_leaver_years",
        label=gettext_lazy("Students who have left, in years"),
        about=gettext_lazy("Since their last day. Nothing is erased by itself: you decide."),
        least=1,
        most=30,
        usual=lambda: 10,
    )
)


@dataclass(frozen=True)
class Leaver:
    """A student whose time is over: the last day, and what the books have of them."""

    student: User
    left_on: date
    has_money: bool
    owes: bool


def leavers(ids: Collection[object] | None = None) -> list[Leaver]:
    """Return the students who left so long ago, who left first coming first; at most `MOST`.

    With `ids` only those of them. Who is erased has no last day any more, and does not come again.
    """
    rows = _long_gone().order_by(f"metadata__{EXIT_DATE}", "sort_name", "id")
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    own = {"student": OuterRef("pk")}
    rows = rows.annotate(
        has_invoices=Exists(Invoice.objects.filter(**own)),
        has_payments=Exists(Payment.objects.filter(**own)),
        owes=Exists(Invoice.objects.open().filter(**own)),
    )
    return [
        Leaver(
            row,
            date.fromisoformat((row.metadata or {})[EXIT_DATE]),
            row.has_invoices or row.has_payments,
            row.owes,
        )
        for row in rows[:MOST]
    ]


def _long_gone() -> UserQuerySet:
    before = (today() - KEPT.time()).isoformat()
    key = f"metadata__{EXIT_DATE}__lte"
    return User.objects.students().filter(status=User.Status.ARCHIVED, **{key: before})


@transaction.atomic
def erase(ids: Collection[object]) -> int:
    """Erase what is personal of those of these students whose time is over; return how many.

    Who still owes something is left as they are.
    """
    locked = _long_gone().filter(pk__in=ids).select_for_update(no_key=True, of=("self",))
    list(locked.order_by("id"))
    gone = [leaver for leaver in leavers(ids) if not leaver.owes]
    students = [leaver.student for leaver in gone]
    _erase_families(students)
    _erase_school_life(students)
    _erase_merged(students)
    SourcedRecord.objects.filter(resource_id__in=[row.pk for row in students]).delete()
    for leaver in gone:
        name = leaver.student.name if leaver.has_money else _("Former student")
        _erase_person(leaver.student, name)
    return len(gone)


def _erase_person(person: User, name: str) -> None:
    photos.keep(person, None)
    person.name = name
    person.email = f"erased-{person.pk.hex}@{PLACEHOLDER_DOMAIN}"
    person.phone = person.avatar_url = person.auth_id = None
    person.metadata, person.preferences = {}, {}
    person.status = User.Status.ARCHIVED
    person.year_group = person.homeroom = None
    person.save()


def _erase_merged(students: Collection[User]) -> None:
    """Erase the second records that were merged into these, and what undoing would bring back."""
    merges = StudentMerge.objects.filter(kept__in=students)
    away = list(User.all_objects.filter(pk__in=merges.values("merged"), deleted_at__isnull=False))
    merges.delete()
    StudentMerge.objects.filter(merged__in=students).delete()  # undone: the other one stays
    SourcedRecord.objects.filter(resource_id__in=[row.pk for row in away]).delete()
    for record in away:
        _erase_person(record, _("Former student"))


def _erase_families(students: Collection[User]) -> None:
    """Delete who is the guardian of nobody else, unless the books name them; and their account."""
    links = StudentGuardian.objects.filter(student__in=students)
    ids = list(links.values_list("guardian_id", flat=True))
    links.delete()
    other_children = StudentGuardian.objects.filter(guardian=OuterRef("pk"))
    alone = Guardian.objects.filter(pk__in=ids).filter(~Exists(other_children))
    for model, column in _named_elsewhere():
        alone = alone.filter(~Exists(model._default_manager.filter(**{column: OuterRef("pk")})))
    for guardian in alone.select_related("user"):
        account = guardian.user
        guardian.delete()
        if account is not None:
            _erase_person(account, _("Former guardian"))


def _named_elsewhere() -> list[tuple[type[Model], str]]:
    """Return (model, field) of whatever refers to a guardian beside the links: the books."""
    relations = Guardian._meta.get_fields(include_hidden=True)
    return [
        (row.related_model, row.field.name)
        for row in relations
        if row.one_to_many and row.auto_created and row.related_model is not StudentGuardian
    ]


def _erase_school_life(students: Collection[User]) -> None:
    """Delete applications, calls and what was handed in; empty what was written about them."""
    of_them = {"student__in": students}
    Application.objects.filter(**of_them).delete()
    AbsenceCall.objects.filter(**of_them).delete()
    nothing = dict.fromkeys(["note", "stored_name", "filename", "content_type", "size"])
    Absence.objects.filter(**of_them).update(reason=NO_REASON, **nothing)
    AttachmentFile.objects.filter(**of_them).delete()
    Submission.objects.filter(**of_them).update(content=None, attachments=None)
    for marks in (Attendance, DailyAttendance):
        marks.objects.filter(**of_them).exclude(notes=None).update(notes=None)
    Grade.objects.filter(**of_them).exclude(feedback=None).update(feedback=None)
    Enrollment.objects.filter(**of_them).exclude(report_comment=None).update(report_comment=None)
