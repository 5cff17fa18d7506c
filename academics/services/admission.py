"""An application becomes a student: the person, who speaks for them, and places in classes."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from academics.models import Application, SchoolClass
from academics.services import enrollment
from core import records
from core.models import Guardian, StudentGuardian, User
from core.models.user import PLACEHOLDER_DOMAIN

MOST_TWINS = 10


class NotAccepted(Exception):
    """The application is not accepted, or a student already; the message says so."""


@dataclass
class Family:
    """Who speaks for the student: `guardian` whom the school knows already, or somebody new."""

    guardian: Guardian | None = None
    relation: str = StudentGuardian.Relation.OTHER
    has_custody: bool = True


@dataclass
class Enrolled:
    """The student, and what became of the places in classes, in sentences."""

    student: User
    notes: list[str] = field(default_factory=list)


def twins(application: Application) -> list[User]:
    """Return students, former ones too, with a like name and no other birth date."""
    born = application.birth_date.isoformat() if application.birth_date else None
    same_day = Q(birth_date=born) if born else Q()
    rows = User.objects.students().filter(same_day | Q(birth_date__isnull=True))
    parts = [part for name in _names(application) for part in name.split()]
    like = Q()
    for part in parts:
        like |= Q(sort_name__contains=part)
    some = rows.filter(like).order_by("sort_name", "id")[:200]
    return [row for row in some if _is_like(row, application, born)][:MOST_TWINS]


def guardians_known(application: Application) -> list[Guardian]:
    """Return the school's guardians with the e-mail address, or the phone number, of this one."""
    same = Q()
    if application.guardian_email:
        same |= Q(email__iexact=application.guardian_email)
    digits = "".join(c for c in application.guardian_phone or "" if c.isdigit())
    if len(digits) >= 6:
        same |= Q(phone__digits=digits) | Q(other_phone__digits=digits)
    if not same:
        return []
    return list(Guardian.objects.filter(same).order_by("sort_name", "id")[:MOST_TWINS])


@transaction.atomic
def enroll(
    *,
    application: Application,
    email: str,
    record: Mapping[str, Any],
    family: Family,
    classes: Iterable[SchoolClass] = (),
    waitlist: bool = False,
) -> Enrolled:
    """Make an accepted application a student; all of it or nothing.

    `record` are the values of the student's record by their keys. Raises `NotAccepted`,
    `enrollment.Refused`, or DatabaseError by a rule.
    """
    row = Application.objects.select_for_update(no_key=True, of=("self",)).get(pk=application.pk)
    if row.status != Application.Status.ACCEPTED:
        raise NotAccepted(_("This application is not accepted, or a student already."))
    student = User.objects.create_user(
        email or f"applicant-{row.pk.hex}@{PLACEHOLDER_DOMAIN}",
        name=records.display_name(record, records.name_style()) or row.name,
        role=User.Role.STUDENT,
        metadata=dict(record),
    )
    _link(row, student, family)
    row.status = Application.Status.ENROLLED
    row.student = student
    row.save(update_fields=["status", "student"])
    notes = [note for each in classes for note in _place(each, student, waitlist)]
    return Enrolled(student, notes)


def _link(row: Application, student: User, family: Family) -> None:
    guardian = family.guardian or Guardian.objects.create(
        name=row.guardian_name, email=row.guardian_email, phone=row.guardian_phone
    )
    StudentGuardian.objects.create(
        student=student,
        guardian=guardian,
        relation=family.relation,
        has_custody=family.has_custody,
        is_emergency_contact=True,
    )


def _place(school_class: SchoolClass, student: User, waitlist: bool) -> list[str]:
    outcome = enrollment.enroll(school_class=school_class, students=[student], waitlist=waitlist)
    if outcome.without_seat:
        raise enrollment.Refused(_("%(name)s is full.") % {"name": school_class})
    text = _("Waits for a seat in %(name)s.") if outcome.waiting else _("Enrolled in %(name)s.")
    return [text % {"name": school_class}, *outcome.notes]


def _names(application: Application) -> tuple[str, str]:
    return _folded(application.first_name), _folded(application.last_name)


def _is_like(row: User, application: Application, born: str | None) -> bool:
    """Whether the names are like each other: one part of two on the same day, else all of them."""
    theirs = {*(row.sort_name or "").split()}
    first, last = ({*name.split()} for name in _names(application))
    if born and row.birth_date == born:
        return bool(theirs & (first | last))
    return bool(theirs & first) and bool(theirs & last)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
