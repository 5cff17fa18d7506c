"""What the school keeps about one person, table by table, in words that the person understands.

Only the person's own rows and columns. Of others there is the name of a class's teacher, which is
on every timetable, and nothing else: not who recorded or changed something, and of what the person
did to rows of others only that they did it. The queries run under the policies of whoever asks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

from django.db.models import Count, Max, Min, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.models import (
    AttachmentFile,
    Attendance,
    Enrollment,
    Grade,
    SchoolClass,
    Submission,
    WaitlistEntry,
)
from core.audit import changes
from core.models import AuditLog, Conversation, Guardian, StudentGuardian, User
from exchange.models import Export, ImportBatch
from finance.models import Invoice, Payment
from oneroster.models import SourcedRecord
from reporting.models import ReportRecipient, ReportSchedule, SavedFilter

# Rows that are about a student, by the kinds of the audit trail.
OWN_ROWS = {
    "enrollment": Enrollment,
    "attendance": Attendance,
    "submission": Submission,
    "attachment_file": AttachmentFile,
    "grade": Grade,
    "waitlist_entry": WaitlistEntry,
    "student_guardian": StudentGuardian,
    "invoice": Invoice,
    "payment": Payment,
}
CHUNK = 1000  # rows that are fetched at a time


@dataclass(frozen=True)
class Table:
    """One table of the zip: the name of its file, its title, its headers and its rows.

    `rows(person)` yields lists of typed values (text, numbers, dates, aware datetimes, None).
    """

    name: str
    title: str
    headers: tuple[str, ...]
    rows: Callable


def tables():
    """Return every `Table`, in the order in which a person reads them."""
    return [
        Table("profile", _("Profile"), (_("What"), _("Value")), _profile),
        _listed(
            "oneroster",
            _("Names in other systems (OneRoster)"),
            SourcedRecord,
            "resource_id",
            ("created_at",),
            [("sourced_id", None), ("data", None), ("created_at", _("Recorded"))],
        ),
        _listed(
            "classes-attended",
            _("Classes attended"),
            Enrollment,
            "student",
            ("enrollment_date",),
            [
                ("school_class__name", _("Class")),
                ("school_class__code", None),
                ("school_class__subject", None),
                ("school_class__level", None),
                ("school_class__teacher__name", _("Teacher")),
                ("enrollment_date", None),
                ("completion_date", None),
                ("status", None),
                ("attendance_rate", _("Attendance rate (%)")),
                ("current_grade", None),
                ("report_comment", None),
            ],
        ),
        _listed(
            "waitlists",
            _("Waiting for a seat"),
            WaitlistEntry,
            "student",
            ("queued_at",),
            [
                ("school_class__name", _("Class")),
                ("queued_at", None),
                ("status", None),
                ("decided_at", None),
            ],
        ),
        _listed(
            "guardians",
            _("Guardians"),
            StudentGuardian,
            "student",
            ("created_at",),
            [
                ("guardian__name", _("Name")),
                ("relation", None),
                ("has_custody", None),
                ("is_emergency_contact", None),
                ("portal_access", None),
            ],
        ),
        _listed(
            "guardian",
            _("What is kept of a guardian"),
            Guardian,
            "user",
            ("created_at",),
            [
                ("name", None),
                ("phone", None),
                ("other_phone", None),
                ("email", None),
                ("address", None),
                ("notes", None),
            ],
        ),
        _listed(
            "children",
            _("Children"),
            StudentGuardian,
            "guardian__user",
            ("created_at",),
            [("student__name", _("Name")), ("relation", None), ("portal_access", None)],
        ),
        _listed(
            "classes-taught",
            _("Classes taught"),
            SchoolClass,
            "teacher",
            ("start_date",),
            [
                ("name", _("Class")),
                ("code", None),
                ("subject", None),
                ("level", None),
                ("description", None),
                ("schedule_description", None),
                ("start_date", None),
                ("end_date", None),
                ("status", None),
                ("enrolled_count", None),
            ],
        ),
        _listed(
            "attendance",
            _("Attendance"),
            Attendance,
            "student",
            (
                "class_session__session_date",
                "class_session__start_time",
            ),
            [
                ("class_session__session_date", None),
                ("class_session__start_time", None),
                ("class_session__school_class__name", _("Class")),
                ("class_session__topic", None),
                ("status", None),
                ("notes", None),
                ("recorded_at", None),
            ],
        ),
        _listed(
            "assignments-and-submissions",
            _("Assignments and what was handed in"),
            Submission,
            "student",
            ("submitted_at",),
            [
                ("assignment__title", _("Assignment")),
                ("assignment__school_class__name", _("Class")),
                ("assignment__type", None),
                ("assignment__assigned_date", None),
                ("assignment__due_date", None),
                ("submitted_at", None),
                ("status", None),
                ("content", None),
                ("attachments", None),
            ],
        ),
        _listed(
            "files-handed-in",
            _("Files handed in"),
            AttachmentFile,
            "student",
            ("created_at",),
            [
                ("assignment__title", _("Assignment")),
                ("filename", None),
                ("content_type", None),
                ("size", None),
                ("created_at", _("Uploaded")),
            ],
        ),
        _listed(
            "grades",
            _("Grades"),
            Grade,
            "student",
            ("graded_at",),
            [
                ("assignment__title", _("Assignment")),
                ("assignment__school_class__name", _("Class")),
                ("score", None),
                ("assignment__max_score", None),
                ("grade", None),
                ("excused", None),
                ("feedback", None),
                ("graded_at", None),
            ],
        ),
        _listed(
            "invoices",
            _("Invoices"),
            Invoice,
            "student",
            ("issue_date",),
            [
                ("invoice_number", None),
                ("issue_date", None),
                ("due_date", None),
                ("amount", None),
                ("currency", None),
                ("status", None),
                ("description", None),
                ("line_items", None),
            ],
        ),
        _listed(
            "payments",
            _("Payments"),
            Payment,
            "student",
            ("payment_date",),
            [
                ("payment_date", None),
                ("amount", None),
                ("currency", None),
                ("payment_method", None),
                ("invoice__invoice_number", _("Invoice")),
                ("transaction_id", None),
                ("receipt_url", None),
                ("notes", None),
            ],
        ),
        Table(
            "work-recorded",
            _("Work recorded for others (numbers only)"),
            (_("What"), _("How many"), _("First"), _("Last")),
            _work_recorded,
        ),
        _listed(
            "exports",
            _("Files made"),
            Export,
            "requested_by",
            ("created_at",),
            [
                ("created_at", _("Made")),
                ("kind", None),
                ("template_id", None),
                ("file_format", None),
                ("row_count", None),
                ("origin", None),
                ("downloaded_at", None),
                ("expires_at", None),
            ],
        ),
        _listed(
            "imports",
            _("Files brought in (numbers only)"),
            ImportBatch,
            "requested_by",
            ("created_at",),
            [
                ("created_at", _("Uploaded")),
                ("target", None),
                ("status", None),
                ("created_count", None),
                ("changed_count", None),
                ("unchanged_count", None),
                ("rejected_count", None),
            ],
        ),
        _listed(
            "scheduled-reports",
            _("Scheduled reports of one's own"),
            ReportSchedule,
            "owner",
            ("name",),
            [
                ("name", None),
                ("report", None),
                ("file_format", None),
                ("frequency", None),
                ("time_of_day", None),
                ("is_active", None),
                ("last_run_at", None),
            ],
        ),
        _listed(
            "reports-received",
            _("Scheduled reports received"),
            ReportRecipient,
            "user",
            ("created_at",),
            [
                ("schedule__report", None),
                ("schedule__frequency", None),
                ("created_at", _("Since")),
            ],
        ),
        _listed(
            "saved-filters",
            _("Saved filters"),
            SavedFilter,
            "user",
            ("created_at",),
            [("report", None), ("name", None), ("created_at", _("Saved"))],
        ),
        _listed(
            "conversations",
            _("Conversations"),
            Conversation,
            "user",
            ("created_at",),
            [("created_at", _("Begun")), ("title", None), ("messages", None)],
        ),
        Table(
            "sign-ins",
            _("Sign-ins"),
            (_("Time"), _("IP address"), _("Browser")),
            _sign_ins,
        ),
        Table(
            "changes-to-their-data",
            _("Changes to this person's data (audit trail)"),
            (_("Time"), _("What happened"), _("By"), _("Change")),
            _changes_about,
        ),
        Table(
            "changes-by-them",
            _("Changes made by this person (audit trail)"),
            (_("Time"), _("What happened"), _("IP address"), _("Browser")),
            _changes_by,
        ),
    ]


# --- tables of a model's rows ---------------------------------------------------------------------


def _listed(name, title, model, key, order, columns):
    """Return the `Table` of the rows of `model` whose `key` is the person, in `order`.

    `columns` are pairs of a path and a header (None: the field's own name).
    """
    fields = [_field(model, path) for path, _header in columns]
    headers = tuple(
        str(header or capfirst(field.verbose_name))
        for field, (_path, header) in zip(fields, columns, strict=True)
    )
    paths = [path for path, _header in columns]

    def rows(person):
        found = model.all_objects.filter(**{key: person.pk}).order_by(*order, "pk")
        for row in found.values_list(*paths).iterator(chunk_size=CHUNK):
            yield [_value(field, value) for field, value in zip(fields, row, strict=True)]

    return Table(name, title, headers, rows)


def _field(model, path):
    """Return the model field at the end of a path across relations."""
    first, *rest = path.split("__")
    field = model._meta.get_field(first)
    for name in rest:
        field = field.related_model._meta.get_field(name)
    return field


def _value(field, value):
    """Return a value as a person reads it: labels for codes, lines for JSON."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if field.choices and value is not None:
        return str(dict(field.flatchoices).get(value, value))
    if field.name == "line_items":
        return "\n".join(_line_item(item) for item in value or [])
    if isinstance(value, dict | list):
        return _words(value)
    return value


def _line_item(item):
    return f"{item.get('description')}: {item.get('quantity')} × {item.get('unit_price')}"


def _words(value):
    """Return a JSON value as lines "key: value"; what lies deeper stands in one line."""
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_flat(item)}" for key, item in value.items())
    return "\n".join(_flat(item) for item in value)


def _flat(value):
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_flat, value))
    return "" if value is None else str(value)


# --- tables of their own --------------------------------------------------------------------------

PROFILE = (
    "name", "email", "email_verified", "role", "status", "phone", "avatar_url", "auth_id",
    "last_login", "created_at", "updated_at", "deleted_at",
)  # fmt: skip
PROFILE_LABELS = {
    "created_at": gettext_lazy("Created"),
    "updated_at": gettext_lazy("Last change"),
    "deleted_at": gettext_lazy("Deleted"),
}


def _profile(person):
    for name in PROFILE:
        field = User._meta.get_field(name)
        value = None if name == "email" and person.has_placeholder_email else getattr(person, name)
        yield [str(PROFILE_LABELS.get(name, capfirst(field.verbose_name))), _value(field, value)]
    for name in ("metadata", "preferences"):
        for key, value in (getattr(person, name) or {}).items():
            label = capfirst(User._meta.get_field(name).verbose_name)
            yield [f"{label}: {key.replace('_', ' ')}", _flat(value)]


def _work_recorded(person):
    for model, who, when in (
        (Attendance, "recorded_by", "recorded_at"),
        (Grade, "graded_by", "graded_at"),
        (Payment, "recorded_by", "created_at"),
    ):
        found = model.all_objects.filter(**{who: person}).aggregate(
            number=Count("pk"), first=Min(when), last=Max(when)
        )
        if found["number"]:
            name = capfirst(str(model._meta.verbose_name_plural))
            yield [name, found["number"], found["first"], found["last"]]


def _sign_ins(person):
    """Each sign-in sets the person's `last_login`, and so stands in the audit trail."""
    trail = _trail(resource_type="user", resource_id=person.pk, changes__has_key="last_login")
    for log in trail.iterator(chunk_size=CHUNK):
        yield [log.timestamp, *_browser(log)]


def _changes_about(person):
    own = Q(resource_type="user", resource_id=person.pk)
    for kind, model in OWN_ROWS.items():
        rows = model.all_objects.filter(student=person).values("pk")
        own |= Q(resource_type=kind, resource_id__in=rows)
    for log in _trail(own).iterator(chunk_size=CHUNK):
        if set(log.changes or {}) == {"last_login"}:
            continue  # stands among the sign-ins
        yield [log.timestamp, changes.action_name(log), _actor(log, person), _change(log, person)]


def _changes_by(person):
    for log in _trail(user=person).iterator(chunk_size=CHUNK):
        yield [log.timestamp, changes.action_name(log), *_browser(log)]


def _trail(*conditions, **filters):
    return AuditLog.objects.filter(*conditions, **filters).order_by("timestamp", "pk")


def _browser(log):
    metadata = log.metadata or {}
    return [metadata.get("ip_address"), metadata.get("user_agent")]


def _actor(log, person):
    """Say whose doing it was, without naming anybody else."""
    if log.user_id == person.pk:
        return _("this person")
    role = (log.metadata or {}).get("role")
    return str(dict(User.Role.choices).get(role, _("the school's system")))


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
