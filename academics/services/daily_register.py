"""Taking the attendance of a day."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import transaction

from academics.services.register import WRITE, Mark, write_marks
from core.models import User

SAVE = WRITE.format(table="daily_attendance", key="day")


@transaction.atomic
def save(*, day: date, marks: Iterable[Mark], by: User) -> set[UUID]:
    """Record the marks of a day; returns the ids of the students whose marks were written.

    Those not returned were changed by somebody else since the form was opened, and stay as they
    are. The caller has made sure that the students belong on the register. Raises DatabaseError
    for a day to come (core.constraints.explain).
    """
    return write_marks(SAVE, day, marks, by)
