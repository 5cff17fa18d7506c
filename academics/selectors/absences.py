"""Absences as pages show them."""

from datetime import date
from uuid import UUID

from academics.models import Absence
from academics.models.absence import AbsenceQuerySet
from core.models import User


def to_decide() -> AbsenceQuerySet:
    """Return what guardians reported and nobody decided on yet, the earliest day first."""
    rows = Absence.objects.undecided().select_related("student", "reported_by")
    return rows.order_by("starts_on", "student__sort_name", "id")


def away_on(day: date) -> AbsenceQuerySet:
    """Return the approved absences of a day, by name."""
    rows = Absence.objects.approved().on(day).select_related("student")
    return rows.order_by("student__sort_name", "starts_at", "id")


def of_student(student: User | UUID) -> AbsenceQuerySet:
    """Return a student's absences, the latest first."""
    return Absence.objects.filter(student=student).order_by("-starts_on", "-id")
