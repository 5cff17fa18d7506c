"""Taking attendance: a register is saved by one statement that detects concurrent changes."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from academics.models import Attendance, ClassSession
from academics.selectors.register import Meeting
from core import rls
from core.models import User

# A row of the form is written when nobody changed the mark since the form was opened: `version` is
# the mark's updated_at then, null where there was none. In the students' order, so that two
# savers of one register wait for each other instead of deadlocking. The key is that of a session,
# or a day (academics.services.daily_register).
WRITE = """
    with wanted as (
        select w.student_id, w.status, nullif(w.notes, '') as notes, w.version,
               w.minutes_late, nullif(w.code, '') as code
          from jsonb_to_recordset(%(marks)s::jsonb)
               as w(student_id uuid, status text, notes text, version timestamptz,
                    minutes_late integer, code text)
    )
    insert into {table} as a (tenant_id, {key}, student_id, status, notes, recorded_by,
                              minutes_late, code)
    select %(tenant)s, %(key)s, w.student_id, w.status, w.notes, %(by)s, w.minutes_late, w.code
      from wanted w order by w.student_id
    on conflict (tenant_id, {key}, student_id) do update
       set status = excluded.status, notes = excluded.notes,
           recorded_by = excluded.recorded_by, recorded_at = now(),
           minutes_late = excluded.minutes_late, code = excluded.code
     where a.updated_at = (select w.version from wanted w
                            where w.student_id = excluded.student_id)
    returning student_id
"""
SAVE = WRITE.format(table="attendance", key="class_session_id")


class Gone(Exception):
    """The session was deleted meanwhile."""


@dataclass(frozen=True)
class Mark:
    """A student's new mark, and the version of the mark that it replaces."""

    student_id: UUID
    status: str
    notes: str
    version: datetime | None
    minutes_late: int | None = None
    code: str = ""


@transaction.atomic
def save(*, session: ClassSession | Meeting, marks: Iterable[Mark], by: User) -> set[UUID]:
    """Record the marks; returns the ids of the students whose marks were written.

    Those not returned were changed by somebody else since the form was opened, and stay as they
    are. A scheduled session counts as held once attendance is taken. The caller has made sure that
    the students belong on the register. Raises DatabaseError when the session takes no attendance
    (core.constraints.explain), or is gone.
    """
    written = write_marks(SAVE, session.pk, marks, by)
    if written and session.status == ClassSession.Status.SCHEDULED:
        ClassSession.objects.filter(pk=session.pk).update(status=ClassSession.Status.COMPLETED)
    return written


def write_marks(sql: str, key: UUID | date, marks: Iterable[Mark], by: User) -> set[UUID]:
    """Write marks of one session or day by `WRITE`; return the students of those written."""
    values = {
        "tenant": rls.current_tenant_id(),
        "key": key,
        "by": by.pk,
        "marks": json.dumps([asdict(mark) for mark in marks], default=str),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def cancel(*, session: ClassSession, notes: str | None) -> None:
    """Cancel a session that was not held; raises `Gone`, or ValidationError once it was held."""
    # Waits for people who are taking it; later ones are refused.
    row = ClassSession.objects.select_for_update(of=["self"]).filter(pk=session.pk).first()
    if row is None:
        raise Gone
    if Attendance.objects.filter(class_session=row).exists():
        raise ValidationError(
            _("Attendance was taken at this session, so it took place and cannot be cancelled.")
        )
    row.status, row.notes = ClassSession.Status.CANCELLED, notes or None
    row.save(update_fields=["status", "notes"])


def restore(*, session: ClassSession) -> None:
    """Put a cancelled session back on the timetable."""
    ClassSession.objects.filter(pk=session.pk, status=ClassSession.Status.CANCELLED).update(
        status=ClassSession.Status.SCHEDULED
    )
