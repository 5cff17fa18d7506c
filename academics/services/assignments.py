"""Assignments: closing them when they are due, and copying them to other classes."""

from datetime import date
from itertools import groupby

from django.db import connection, transaction

from academics.models import Assignment, SchoolClass
from academics.services import files
from core import rls
from core.models import Tenant, User

DUE = "select tenant_id, assignment_id from app.assignments_to_close()"
SOURCE = {"source": "closing"}
# Columns of the original that a copy gets; submissions stay with the original.
COPIED = ("title", "description", "type", "max_score", "content", "attachments")


def is_given(assignment: Assignment, day: date) -> bool:
    """Return whether students can see it on a date at the school (app.attended_assignments)."""
    return assignment.assigned_date <= day


def is_open(assignment: Assignment, day: date) -> bool:
    """Return whether work can be handed in on a date at the school (app.attended_assignments)."""
    over = assignment.closes_automatically and assignment.due_date < day
    return assignment.status == Assignment.Status.ACTIVE and is_given(assignment, day) and not over


def close_due() -> int:
    """Close overdue assignments that close automatically, in every school; return the number."""
    with connection.cursor() as cursor:
        cursor.execute(DUE)
        due = cursor.fetchall()
    closed = 0
    for tenant_id, rows in groupby(due, key=lambda row: row[0]):
        with rls.tenant_context(Tenant(pk=tenant_id), role="admin", request=SOURCE):
            assignments = Assignment.objects.active().filter(pk__in=[pk for _tenant, pk in rows])
            closed += assignments.update(status=Assignment.Status.CLOSED)
    return closed


@transaction.atomic
def copy(
    *,
    assignment: Assignment,
    school_class: SchoolClass,
    assigned_date: date,
    due_date: date,
    with_files: bool = True,
    by: User,
) -> Assignment:
    """Give an assignment, with its files, to another class; return the new one.

    Raises `FileRefused`, or the database's refusal.
    """
    made = Assignment.objects.create(
        **{name: getattr(assignment, name) for name in COPIED},
        school_class=school_class,
        assigned_date=assigned_date,
        due_date=due_date,
        closes_automatically=assignment.closes_automatically,
    )
    if with_files:
        given = assignment.files.filter(submission=None)
        files.copy(rows=given, assignment=made, by=by)
    return made


@transaction.atomic
def delete(assignment: Assignment) -> None:
    """Delete an assignment with its own files; refused when something was handed in."""
    files.remove(list(assignment.files.filter(submission=None)))
    assignment.delete()
