"""Who would like to come next year: from a first question to a place, and one who came."""

from datetime import date, time, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from psycopg.types.json import Jsonb

from academics.services.files import APPLICATIONS
from core import rls
from core.models import Tenant
from school.seeds import names
from school.seeds.builder import new_id
from school.seeds.files import pdf

COLUMNS = (
    "id", "status", "first_name", "last_name", "birth_date", "entry_date", "level", "record",
    "guardian_name", "guardian_email", "guardian_phone", "guardian_relation", "message", "notes",
    "source", "entered_by", "received_at", "created_at", "updated_at",
)  # fmt: skip
DOCUMENT_COLUMNS = (
    "id", "application_id", "stored_name", "filename", "content_type", "size", "uploaded_by",
    "created_at", "updated_at",
)  # fmt: skip
# Where each one is now, and by which steps it came there.
WAYS = {
    "inquiry": (),
    "applied": ("applied",),
    "accepted": ("applied", "accepted"),
    "enrolled": ("applied", "accepted", "enrolled"),
    "declined": ("applied", "declined"),
    "withdrawn": ("withdrawn",),
}
NOW = (
    "inquiry", "inquiry", "inquiry", "applied", "applied", "applied", "applied", "accepted",
    "accepted", "enrolled", "declined", "withdrawn",
)  # fmt: skip
REASONS = {"declined": "No place left in this year.", "withdrawn": "The family moves elsewhere."}
MESSAGES = (
    "May we come and see the school?",
    "Her brother is at your school already.",
    "He plays the violin and would like to go on with it.",
    None,
)
STEP = """
    update applications set status = %(status)s, reason = %(reason)s, student_id = %(student)s,
           decided_by = %(by)s, decided_at = %(at)s
     where tenant_id = %(tenant)s and id = %(id)s
"""


def build(builder):
    """Add a few applications; each goes its way by the steps that the office takes."""
    rng = builder.rng("applications")
    made = [_application(builder, rng, number, now) for number, now in enumerate(NOW)]
    builder.load("applications", COLUMNS, [row for row, _now, _at in made])
    for row, now, at in made:
        _go(builder, row[0], now, at)
    tenant = Tenant(pk=builder.tenant_id, schema_name=builder.profile.subdomain)
    # The context is for the folder; the rows are written as the owner.
    with rls.tenant_context(tenant, role="admin"):
        for name in default_storage.listdir(APPLICATIONS)[1]:
            default_storage.delete(APPLICATIONS + name)
        some = [row for row, now, _at in made if now in ("accepted", "enrolled")]
        papers = [_paper(builder, rng, row) for row in some]
    builder.load("application_documents", DOCUMENT_COLUMNS, papers)


def _application(builder, rng, number, now):
    """Return (row, where it is now, when that was)."""
    days = 30 if now == "enrolled" else 3 + 2 * number
    at = builder.at(builder.today - timedelta(days=days), time(9 + number % 8, rng.randint(0, 59)))
    child, _spelling = names.choose(rng)
    first, last = _parts(child)
    if now == "enrolled":
        child = builder.students[1].name
        first, last = _parts(child)
    parent = f"{names.choose(rng)[0].partition(' ')[0]} {last}"
    by_form = number % 3 != 0
    born = date(builder.today.year - rng.randint(6, 14), rng.randint(1, 12), rng.randint(1, 28))
    entry = date(builder.today.year + 1, 9, 1)
    row = (
        new_id(rng), "inquiry", first, last, born, entry, f"Year {entry.year - born.year - 4}",
        Jsonb({}), parent, f"family{number}@{builder.profile.email_domain}",
        builder.profile.phone % rng.randint(1000, 9999), rng.choice(("mother", "father")),
        MESSAGES[number % len(MESSAGES)], None if by_form else "Called us.",
        "form" if by_form else "office", None if by_form else builder.admin.id, at, at, at,
    )  # fmt: skip
    return row, now, at + timedelta(days=1)


def _parts(name):
    """Return a first and a last name; a name of one word is both."""
    first, _blank, last = name.partition(" ")
    return first, last or first


def _go(builder, key, now, at):
    for status in WAYS[now]:
        is_undecided = status == "applied"
        builder.cursor.execute(
            STEP,
            {
                "id": key,
                "tenant": builder.tenant_id,
                "status": status,
                "reason": REASONS.get(status),
                "student": builder.students[1].id if status == "enrolled" else None,
                "by": None if is_undecided else builder.admin.id,
                "at": None if is_undecided else at,
            },
        )


def _paper(builder, rng, row):
    """Write a certificate; return its row."""
    data = pdf(["Certificate of birth", f"{row[2]} {row[3]}", f"{row[4]:%d %B %Y}"])
    name = default_storage.save(f"{APPLICATIONS}{new_id(rng).hex}", ContentFile(data))
    at = row[-1]
    return (
        new_id(rng), row[0], name, "birth certificate.pdf", "application/pdf", len(data),
        builder.admin.id, at, at,
    )  # fmt: skip
