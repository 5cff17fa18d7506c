"""Applications as pages show them."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from academics.models import Application
from academics.models.application import OPEN, ApplicationQuerySet
from core.models import User

OPEN_ONES, ALL = "open", "all"


class Tab(NamedTuple):
    """A choice of the list: its key in the address, what it is called, and how many there are."""

    key: str
    label: str
    number: int


def tabs() -> list[Tab]:
    """Return the open ones, each status, and all, with their numbers."""
    rows = Application.objects.order_by().values_list("status").annotate(number=Count("pk"))
    counts = dict(rows)
    return [
        Tab(OPEN_ONES, _("Open"), sum(counts.get(status, 0) for status in OPEN)),
        *(
            Tab(value, str(label), counts.get(value, 0))
            for value, label in Application.Status.choices
        ),
        Tab(ALL, _("All"), sum(counts.values())),
    ]


def listed(key: str, words: str) -> ApplicationQuerySet:
    """Return the applications of a tab, the latest first; `words` are each in a name or contact."""
    rows = Application.objects.order_by("-received_at", "-id")
    if key != ALL:
        rows = rows.open() if key == OPEN_ONES else rows.filter(status=key)
    for word in words.split()[:5]:
        rows = rows.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(guardian_name__icontains=word)
            | Q(guardian_email__icontains=word)
            | Q(guardian_phone__icontains=word)
        )
    return rows


def of_student(student: User | UUID) -> ApplicationQuerySet:
    """Return the applications by which somebody came to the school, the latest first."""
    return Application.objects.filter(student=student).order_by("-received_at", "-id")
