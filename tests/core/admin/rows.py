"""One row of every table that a person of the cast may see."""

import uuid

from django.contrib.admin.models import CHANGE, LogEntry

from core.models import Conversation, Domain
from core.rls import tenant_context
from tests.factories import core, exchange

FROM_CAST = {
    "academics.academicyear": "academic_year",
    "academics.term": "term",
    "academics.schoolclass": "school_class",
    "academics.schedule": "schedule",
    "academics.closedday": "closed_day",
    "academics.enrollment": "enrollment",
    "academics.classsession": "session",
    "academics.attendance": "attendance",
    "academics.assignment": "assignment",
    "academics.submission": "submission",
    "academics.grade": "grade",
    "academics.gradingscale": "grading_scale",
    "core.mail": "mail",
    "core.guardian": "guardian_record",
    "core.studentguardian": "student_guardian",
    "academics.waitlistentry": "waitlist_entry",
    "core.tenant": "tenant",
    "core.user": "student",
    "finance.invoice": "invoice",
    "finance.payment": "payment",
    "oneroster.sourcedrecord": "sourced_record",
    "exchange.importbatch": "import_batch",
    "reporting.reportschedule": "report_schedule",
}

# What a teacher sees of their own only -> whose it is.
PERSONAL = {"exchange.importbatch": "requested_by", "reporting.reportschedule": "owner"}


def own_row(school, model, user):
    """Return a row of `model` at the school; of tables of one's own, one of `user`'s."""
    label = model._meta.label_lower
    if label in PERSONAL and user != school.admin:
        return _copy(school, getattr(school, FROM_CAST[label]), PERSONAL[label], user)
    if label in FROM_CAST:
        return getattr(school, FROM_CAST[label])
    with tenant_context(school.tenant, user):
        if label == "exchange.export":
            return exchange.export(requested_by=user)
        if model is Conversation:
            return core.conversation(user=user, title="Mine")
        if model is LogEntry:
            return LogEntry.objects.log_actions(
                user.pk, [school.student], CHANGE, "Changed.", single_object=True
            )
    with tenant_context(school.tenant, school.admin):
        rows = model._base_manager.all()
        return rows.get(domain=school.host) if model is Domain else rows[0]


def _copy(school, row, owner, user):
    """Return the same row once more, as `user`'s."""
    with tenant_context(school.tenant, user):
        row = type(row)(**{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields})
        row.pk, row._state.adding = uuid.uuid4(), True
        setattr(row, owner, user)
        row.save(force_insert=True)
        return row
