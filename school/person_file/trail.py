"""Tables of the audit trail: changes to the person's data, and by the person.

They name no other people, and no values that once belonged to another student.
"""

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from academics.models import (
    Absence,
    AbsenceCall,
    Application,
    AttachmentFile,
    Attendance,
    DailyAttendance,
    Enrollment,
    Grade,
    Submission,
    WaitlistEntry,
)
from core.audit import changes
from core.models import AuditLog, StudentGuardian, User
from finance.models import Invoice, Payment
from school.person_file.table import CHUNK, Table

# Rows that are about a student, by the kinds of the audit trail.
OWN_ROWS = {
    "enrollment": Enrollment,
    "attendance": Attendance,
    "daily_attendance": DailyAttendance,
    "absence": Absence,
    "absence_call": AbsenceCall,
    "application": Application,
    "submission": Submission,
    "attachment_file": AttachmentFile,
    "grade": Grade,
    "waitlist_entry": WaitlistEntry,
    "student_guardian": StudentGuardian,
    "invoice": Invoice,
    "payment": Payment,
}


def sign_ins(person):
    """Yield the sign-ins: each sets `last_login`, which the audit trail records."""
    trail = _trail(resource_type="user", resource_id=person.pk, changes__has_key="last_login")
    for log in trail.iterator(chunk_size=CHUNK):
        yield [log.timestamp, *_browser(log)]


def changes_about(person):
    own = Q(resource_type="user", resource_id=person.pk)
    for kind, model in OWN_ROWS.items():
        rows = model.all_objects.filter(student=person).values("pk")
        own |= Q(resource_type=kind, resource_id__in=rows)
    for log in _trail(own).iterator(chunk_size=CHUNK):
        if set(log.changes or {}) == {"last_login"}:
            continue  # stands among the sign-ins
        yield [log.timestamp, changes.action_name(log), _actor(log, person), _change(log, person)]


def changes_by(person):
    for log in _trail(user=person).iterator(chunk_size=CHUNK):
        yield [log.timestamp, changes.action_name(log), *_browser(log)]


def _trail(*conditions, **filters):
    return AuditLog.objects.filter(*conditions, **filters).order_by("timestamp", "pk")


def _browser(log):
    metadata = log.metadata or {}
    return [metadata.get("ip_address"), metadata.get("user_agent")]


def _actor(log, person):
    """Return who made a change, without naming other people."""
    if log.user_id == person.pk:
        return gettext("this person")
    role = (log.metadata or {}).get("role")
    return str(dict(User.Role.choices).get(role, gettext("the school's system")))


def _change(log, person):
    """Return what changed, one line a column; columns that name other rows are left out.

    A row that once was another student's says only which columns changed.
    """
    (entry,) = changes.readable([_without_references(log)])
    was_others = _was_anothers(log, person)
    return "\n".join(
        item.label if was_others else f"{item.label}: {item.before or '–'} → {item.after or '–'}"
        for item in entry.changes
    )


def _without_references(log):
    model = changes.model_of(log.resource_type)
    columns = {field.column for field in model._meta.concrete_fields if field.is_relation}
    kept = {name: value for name, value in (log.changes or {}).items() if name not in columns}
    return AuditLog(action=log.action, resource_type=log.resource_type, changes=kept)


def _was_anothers(log, person):
    change = (log.changes or {}).get("student_id")
    sides = change.values() if isinstance(change, dict) else ()
    return any(side not in (None, str(person.pk)) for side in sides)


SIGN_INS = Table(
    "sign-ins",
    _("Sign-ins"),
    (_("Time"), _("IP address"), _("Browser")),
    sign_ins,
)
CHANGES_TO_THEIR_DATA = Table(
    "changes-to-their-data",
    _("Changes to this person's data (audit trail)"),
    (
        _("Time"),
        _("What happened"),
        _("By"),
        _("Change"),
    ),
    changes_about,
)
CHANGES_BY_THEM = Table(
    "changes-by-them",
    _("Changes made by this person (audit trail)"),
    (
        _("Time"),
        _("What happened"),
        _("IP address"),
        _("Browser"),
    ),
    changes_by,
)
