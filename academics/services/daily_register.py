"""Taking the attendance of a day, by one statement that detects concurrent changes."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from academics.services.register import Mark
from core import rls
from core.models import User

# As academics.services.register.SAVE, for a day instead of a session.
SAVE = """
    with wanted as (
        select w.student_id, w.status, nullif(w.notes, '') as notes, w.version,
               w.minutes_late, nullif(w.code, '') as code
          from jsonb_to_recordset(%(marks)s::jsonb)
               as w(student_id uuid, status text, notes text, version timestamptz,
                    minutes_late integer, code text)
    )
    insert into daily_attendance (tenant_id, student_id, day, status, notes, recorded_by,
                                  minutes_late, code)
    select %(tenant)s, w.student_id, %(day)s, w.status, w.notes, %(by)s, w.minutes_late, w.code
      from wanted w order by w.student_id
    on conflict (tenant_id, student_id, day) do update
       set status = excluded.status, notes = excluded.notes,
           recorded_by = excluded.recorded_by, recorded_at = now(),
           minutes_late = excluded.minutes_late, code = excluded.code
     where daily_attendance.updated_at = (select w.version from wanted w
                                           where w.student_id = excluded.student_id)
    returning student_id
"""


@transaction.atomic
def save(*, day: date, marks: Iterable[Mark], by: User) -> set[UUID]:
    """Record the marks of a day; returns the ids of the students whose marks were written.

    Those not returned were changed by somebody else since the form was opened, and stay as they
    are. The caller has made sure that the students belong on the register. Raises DatabaseError
    for a day to come (core.constraints.explain).
    """
    values = {
        "tenant": rls.current_tenant_id(),
        "day": day,
        "by": by.pk,
        "marks": json.dumps([asdict(mark) for mark in marks], default=str),
    }
    with connection.cursor() as cursor:
        cursor.execute(SAVE, values)
        return {row[0] for row in cursor.fetchall()}
