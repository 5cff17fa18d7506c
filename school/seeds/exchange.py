"""What people keep of the reports, and a file that came in."""

import hashlib
from datetime import time, timedelta

from psycopg.types.json import Jsonb

from school.seeds.builder import new_id

FILTER_COLUMNS = ("id", "user_id", "report", "name", "filters", "created_at", "updated_at")
SCHEDULE_COLUMNS = (
    "id", "owner_id", "name", "report", "filters", "file_format", "frequency", "weekday",
    "time_of_day", "next_run_at", "created_at", "updated_at",
)  # fmt: skip
RECIPIENT_COLUMNS = ("id", "schedule_id", "user_id", "created_at", "updated_at")
BATCH_COLUMNS = (
    "id", "target", "filename", "digest", "mapping", "status", "row_count", "changed_count",
    "unchanged_count", "requested_by", "applied_at", "created_at", "updated_at",
)  # fmt: skip
ROW_COLUMNS = (
    "id", "batch_id", "row_number", "table_name", "resource_id", "outcome", "before", "after",
    "created_at",
)  # fmt: skip

FILTERS = (
    # whose, report, name, filters
    ("admin", "attendance_report", "Absent last week", {"status": "absent", "period": "last_week"}),
    ("teacher", "attendance_summary", "My students this month", {"period": "this_month"}),
)
MONDAY, AT = 1, time(6)
CORRECTED = 4  # names that the imported file put right
UNCHANGED = 16


def build(builder):
    """Add saved filters, a report that comes on Mondays, and an import that was applied."""
    rng = builder.rng("exchange")
    day = builder.at(builder.today - timedelta(days=9), time(10, 40))
    builder.load("saved_filters", FILTER_COLUMNS, list(_filters(builder, rng, day)))
    schedule, batch = new_id(rng), new_id(rng)
    builder.load("report_schedules", SCHEDULE_COLUMNS, [_schedule(builder, schedule, day)])
    people = (builder.admin, builder.teacher)
    recipients = [(new_id(rng), schedule, person.id, day, day) for person in people]
    builder.load("report_recipients", RECIPIENT_COLUMNS, recipients)
    builder.load("import_batches", BATCH_COLUMNS, [_batch(builder, batch, day)])
    builder.load("import_rows", ROW_COLUMNS, list(_rows(builder, rng, batch, day)))


def _filters(builder, rng, day):
    for who, report, name, filters in FILTERS:
        person = getattr(builder, who)
        yield new_id(rng), person.id, report, name, Jsonb(filters), day, day


def _schedule(builder, schedule, day):
    next_monday = builder.today + timedelta(days=7 - builder.today.weekday())
    filters = Jsonb({"status": "absent", "period": "last_week"})
    return (
        schedule, builder.admin.id, "Last week's absences", "attendance_report", filters, "xlsx",
        "weekly", MONDAY, AT, builder.at(next_monday, AT), day, day,
    )  # fmt: skip


def _batch(builder, batch, day):
    filename = "names-corrected.csv"
    digest = hashlib.sha256(f"{builder.profile.subdomain}/{filename}".encode()).hexdigest()
    return (
        batch, "core.user", filename, digest, Jsonb({"E-mail": "email", "Name": "name"}),
        "applied", CORRECTED + UNCHANGED, CORRECTED, UNCHANGED, builder.admin.id, day, day, day,
    )  # fmt: skip


def _rows(builder, rng, batch, day):
    """Names that were typed in capitals, as they are now."""
    for number, student in enumerate(builder.students[10 : 10 + CORRECTED], 2):
        yield (
            new_id(rng), batch, number, "users", student.id, "changed",
            Jsonb({"name": student.name.upper()}), Jsonb({"name": student.name}), day,
        )  # fmt: skip
