"""Who changed the grades of a class or the marks of a session, for its teacher.

The database decides whose classes are one's own (academics/sql/changes_of_marks.sql).
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

from academics.models import Attendance, Grade
from core.audit import changes
from core.models import AuditLog

MOST = 200  # the latest ones

GRADES = """
    select entry_id, at, action, row_id, student, work, who, changes::text
      from app.grade_changes(%s, %s)
"""
MARKS = """
    select entry_id, at, action, row_id, student, null, who, changes::text
      from app.attendance_changes(%s, %s)
"""


@dataclass
class MarkEntry(changes.Entry):
    """An audit entry with whose mark it was, for which work (of grades), and who changed it."""

    student: str = ""
    work: str | None = None
    who: str | None = None


def of_grades(class_id: UUID) -> list[MarkEntry]:
    """Return the latest changes of the grades of a class, newest first."""
    return _entries("grade", GRADES, class_id)


def of_marks(session_id: UUID) -> list[MarkEntry]:
    """Return the latest changes of the attendance of a session, newest first."""
    return _entries("attendance", MARKS, session_id)


def of_grade(grade: Grade) -> list[MarkEntry]:
    """Return the changes of one `Grade`, its assignment loaded."""
    entries = of_grades(grade.assignment.school_class_id)
    return [entry for entry in entries if entry.log.resource_id == grade.pk]


def of_cell(class_id: UUID, student_id: str | None, assignment_id: str | None) -> list[MarkEntry]:
    """Return the changes of one cell of a class's gradebook; [] for invalid ids."""
    try:
        key = {"student_id": UUID(student_id or ""), "assignment_id": UUID(assignment_id or "")}
    except ValueError:
        return []
    grade_ids = set(Grade.objects.filter(**key).values_list("pk", flat=True))
    return [entry for entry in of_grades(class_id) if entry.log.resource_id in grade_ids]


def of_mark(mark: Attendance) -> list[MarkEntry]:
    """Return the changes of one `Attendance`."""
    return [e for e in of_marks(mark.class_session_id) if e.log.resource_id == mark.pk]


def _entries(kind: str, sql: str, key: UUID) -> list[MarkEntry]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [key, MOST])
        rows = cursor.fetchall()
    logs: list[AuditLog] = []
    further: dict[UUID, tuple[str, str | None, str | None]] = {}
    for entry_id, at, action, row_id, student, work, who, values in rows:
        log = AuditLog(
            id=entry_id,
            timestamp=at,
            action=action,
            resource_type=kind,
            resource_id=row_id,
            changes=json.loads(values or "null", parse_float=Decimal),
        )
        further[entry_id] = (student, work, who)
        if log.changes:
            logs.append(log)
    return [
        MarkEntry(entry.log, entry.title, entry.url, entry.changes, *further[entry.log.pk])
        for entry in changes.readable(logs)
    ]
