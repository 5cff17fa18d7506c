"""Traces of use: conversations, calendar feeds, mails, and entries of the audit trail."""

import json
from datetime import time, timedelta

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from psycopg.types.json import Jsonb

from academics.models import Attendance, Grade, SchoolClass
from core.models import User
from core.rls import tenant_context
from finance.models import Invoice, Payment
from school.seeds.builder import new_id

CONVERSATION_COLUMNS = ("id", "user_id", "title", "messages", "created_at", "updated_at")
VIEW_COLUMNS = (
    "id", "user_id", "list_name", "name", "is_shared", "state", "created_at", "updated_at",
)  # fmt: skip
FEED_COLUMNS = ("id", "user_id", "created_at", "updated_at")
MAIL_COLUMNS = (
    "id", "recipient_id", "address", "kind", "subject", "state", "attempts", "error", "sent_at",
    "created_at", "updated_at",
)  # fmt: skip
RECORD_COLUMNS = ("id", "entity", "sourced_id", "data", "created_at", "updated_at")

TALKS = (
    ("admin", "Who is absent a lot?", "Which students missed more than a tenth of their lessons?",
     "Open Reports, then Attendance, and filter by absent."),
    ("admin", "Unpaid invoices", "How do I list what is overdue?",
     "Invoices have a filter by status; choose Overdue."),
    ("teacher", "Ideas for Algebra I", "A five-minute warm-up about slope?",
     "Let everybody draw a staircase and measure rise over run."),
    ("student", "Homework", "When is my next assignment due?",
     "Your page lists them by due date, the next one first."),
)  # fmt: skip


def build(builder):
    """Add conversations, calendar feeds, and the school's name in its district."""
    builder.load("conversations", CONVERSATION_COLUMNS, _conversations(builder))
    builder.load("calendar_feeds", FEED_COLUMNS, _feeds(builder))
    builder.load("saved_views", VIEW_COLUMNS, _views(builder))
    builder.load("mails", MAIL_COLUMNS, _mails(builder))
    builder.load("sourced_records", RECORD_COLUMNS, _records(builder))


def _conversations(builder):
    rng = builder.rng("conversations")
    for days, (who, title, question, answer) in enumerate(TALKS, start=2):
        asked = builder.at(builder.today - timedelta(days=days), time(14, rng.randint(0, 50)))
        messages = [
            {"role": "user", "content": question, "timestamp": asked.isoformat()},
            {
                "role": "assistant",
                "content": answer,
                "timestamp": (asked + timedelta(seconds=4)).isoformat(),
            },
        ]
        person = getattr(builder, who)
        yield new_id(rng), person.id, title, Jsonb(messages), asked, asked


def _mails(builder):
    rng = builder.rng("mails")
    for days, (who, state, error) in enumerate(
        [("teacher", "sent", ""), ("student", "failed", "550 5.1.1 no such mailbox")], start=20
    ):
        at = builder.at(builder.today - timedelta(days=days), time(9, rng.randint(0, 50)))
        person = getattr(builder, who)
        sent = at if state == "sent" else None
        yield (
            new_id(rng), person.id, person.email, "invitation", "Your account", state, 1, error,
            sent, at, at,
        )  # fmt: skip


VIEWS = (
    # whose, list, name, shared, state
    ("admin", "core.user", "Students with birthdays", True,
     {"columns": ["name", "shown_group", "record_student_number", "record_birth_date"],
      "filters": {"role__exact": ["student"]}, "search": "", "sort": ["name"]}),
    ("teacher", "core.user", "My students by phone", False,
     {"columns": ["name", "phone"], "filters": {}, "search": "", "sort": []}),
)  # fmt: skip


def _views(builder):
    rng = builder.rng("saved views")
    made = builder.at(builder.term_start, time(8))
    for who, list_name, name, is_shared, state in VIEWS:
        person = getattr(builder, who)
        yield new_id(rng), person.id, list_name, name, is_shared, Jsonb(state), made, made


def _feeds(builder):
    """The teacher and the student who sign in have their timetable in a calendar."""
    rng = builder.rng("calendar feeds")
    for person in (builder.teacher, builder.student):
        made = builder.at(builder.term_start, time(16, rng.randint(0, 59)))
        yield new_id(rng), person.id, made, made


def _records(builder):
    rng = builder.rng("records")
    made = builder.at(builder.term_start, time(7))
    school = {"name": builder.profile.name, "type": "school"}
    term = {
        "title": "Term",
        "type": "term",
        "startDate": str(builder.term_start),
        "endDate": str(builder.term_end),
    }
    for entity, name, data in (("orgs", "school", school), ("academicSessions", "term", term)):
        yield (
            new_id(rng), entity, f"{builder.profile.subdomain}-{name}", Jsonb(data), made, made
        )  # fmt: skip


# --- a few changes by people, for the audit trail -------------------------------------------------


def change(tenant, builder):
    """Change a few rows as the admin and the teacher, under the audit trail.

    Part of the loading transaction, so on the owner's connection.
    """
    with tenant_context(tenant, role="admin", using="owner"):
        admin, teacher = _get(User, builder.admin.id), _get(User, builder.teacher.id)
    request = {"user_agent": "Example data"}
    with tenant_context(tenant, admin, using="owner", request=request):
        _edit(admin, _get(User, builder.students[1].id), phone=builder.profile.phone % 4711)
        neighbour = _get(User, builder.students[2].id)
        _edit(
            admin,
            neighbour,
            metadata=neighbour.metadata | {"medical_notes": "Allergic to peanuts."},
        )
        _edit(admin, _get(SchoolClass, builder.sections[4].id), capacity=32)
        _pay(admin, tenant, builder)
    with tenant_context(tenant, teacher, using="owner", request=request):
        own = builder.sections[0].id
        absence = Attendance.objects.using("owner").filter(
            class_session__school_class=own, status="absent"
        )
        absence = absence.order_by("recorded_at", "id").first()
        _edit(teacher, absence, status="excused", notes="Note from a parent came later")
        grades = Grade.objects.using("owner").filter(
            student=builder.student.id, graded_by=teacher.id
        )
        grade = grades.order_by("graded_at", "id").first()
        _edit(teacher, grade, feedback="Well done. See me about the competition.")


def _get(model, pk):
    return model.objects.using("owner").get(pk=pk)


def _pay(admin, tenant, builder):
    """Record a cash payment for the oldest invoice without payments."""
    unpaid = Invoice.objects.using("owner").open().filter(payments=None)
    invoice = unpaid.exclude(student=builder.student.id).order_by("invoice_number").first()
    payment = Payment(
        tenant=tenant,
        id=new_id(builder.rng("payment")),
        invoice=invoice,
        student_id=invoice.student_id,
        amount=invoice.amount,
        currency=invoice.currency,
        payment_method="cash",
        payment_date=builder.today,
        recorded_by=admin,
    )
    payment.save(using="owner", force_insert=True)
    _log(admin, payment, ADDITION, [{"added": {}}])


def _edit(person, row, **values):
    """Set columns of a row as a person does in the admin, with the admin's own history entry."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using="owner", update_fields=list(values))
    labels = [str(row._meta.get_field(name).verbose_name) for name in values]
    _log(person, row, CHANGE, [{"changed": {"fields": labels}}])


def _log(person, row, action, message):
    LogEntry.objects.using("owner").create(
        user=person,
        content_type=ContentType.objects.db_manager("owner").get_for_model(row),
        object_id=row.pk,
        object_repr=str(row)[:200],
        action_flag=action,
        change_message=json.dumps(message),
    )
